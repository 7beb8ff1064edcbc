package io.hopline.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import tools.jackson.databind.json.JsonMapper;

/**
 * The sender of requests at planned times, inside the client's namespace. Each line of standard input, {@code REQUESTS_PER_SECOND
 * CONNECTIONS MILLISECONDS [ADDRESS,ADDRESS...]}, is answered with a line of JSON; it ends with its input. The connections are
 * to each address; without one, to the balancer's.
 */
@Command(
        name = "http-load",
        hidden = true,
        description = "Requests at planned times; used by the other bench commands.")
final class HttpLoadCommand implements Callable<Integer> {
    private static final String PRECISE_NS = "1000";
    /** Word of a line, where there are addresses. */
    private static final int ADDRESSES = 3;

    @Override
    public Integer call() throws Exception {
        sleepPrecisely();
        try (var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                String[] words = line.split(" ");
                PacedRequests.Result result = new PacedRequests(targets(words), WebLoad.request("keep-alive"))
                        .run(
                                Double.parseDouble(words[0]),
                                Integer.parseInt(words[1]),
                                Long.parseLong(words[2]) * 1_000_000);
                System.out.println(JsonMapper.shared().writeValueAsString(result));
                System.out.flush();
            }
        }
        return 0;
    }

    private static List<InetSocketAddress> targets(String[] words) {
        String addresses = words.length > ADDRESSES ? words[ADDRESSES] : Frontage.VIP;
        return Stream.of(addresses.split(","))
                .map(address -> new InetSocketAddress(address, Frontage.HTTP_PORT))
                .toList();
    }

    /** Has the kernel wake this thread when it asked to be, and not up to 50 us later (proc(5), timerslack_ns). */
    private static void sleepPrecisely() throws IOException {
        Path task = Files.readSymbolicLink(Path.of("/proc/thread-self"));
        Path slack = Path.of("/proc", task.getFileName().toString(), "timerslack_ns");
        if (Files.isWritable(slack)) {
            Files.writeString(slack, PRECISE_NS);
        }
    }
}
