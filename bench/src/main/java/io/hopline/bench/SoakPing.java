package io.hopline.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** ICMP echo by iputils' ping, which compares the bytes that come back. */
final class SoakPing {
    private static final int PATTERN_BYTES = 16;
    private static final int COUNT = 4;
    private static final Pattern SUMMARY = Pattern.compile("(\\d+) packets transmitted, (\\d+) received");

    private final SoakGuest from;
    private final SoakGuest to;
    private final boolean ipv6;
    private final SoakCounts counts;

    SoakPing(SoakGuest from, SoakGuest to, boolean ipv6, SoakCounts counts) {
        this.from = from;
        this.to = to;
        this.ipv6 = ipv6;
        this.counts = counts;
    }

    /** Sends some echo requests of one size and pattern. */
    void run(int payloadBytes, RandomGenerator random) throws InterruptedException {
        byte[] pattern = new byte[PATTERN_BYTES];
        random.nextBytes(pattern);
        List<String> command = new ArrayList<>(List.of("ping", "-n", "-i", "0.05", "-W", "1"));
        command.addAll(List.of("-c", String.valueOf(COUNT), "-s", String.valueOf(payloadBytes)));
        command.addAll(List.of("-p", HexFormat.of().formatHex(pattern), to.address(ipv6)));
        try {
            String output = from.ns().call(() -> output(command));
            Matcher summary = SUMMARY.matcher(output);
            if (summary.find()) {
                counts.pingsSent.addAndGet(Long.parseLong(summary.group(1)));
                counts.pingsAnswered.addAndGet(Long.parseLong(summary.group(2)));
            }
            String lower = output.toLowerCase(Locale.ROOT);
            if (lower.contains("wrong data byte") || lower.contains("bad checksum") || lower.contains("dup!")) {
                counts.problem(String.join(" ", command) + ":\n" + output);
            }
        } catch (IOException e) {
            counts.problem("ping: " + e.getMessage());
        }
    }

    private static String output(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
