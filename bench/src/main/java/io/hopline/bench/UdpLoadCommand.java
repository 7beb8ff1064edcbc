package io.hopline.bench;

import io.hopline.packet.Ipv4Address;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/**
 * One end of the UDP load, inside a guest's namespace. Each line of standard input asks for something and is answered with
 * a line of JSON; it ends with its input. A sender understands {@code TRIAL FRAMES_PER_SECOND PAYLOAD_BYTES MILLISECONDS},
 * a receiver {@code begin TRIAL} and {@code counts}.
 */
@Command(name = "udp-load", hidden = true, description = "One end of the UDP load; used by the other bench commands.")
final class UdpLoadCommand implements Callable<Integer> {
    /** UDP port of the receiver. */
    static final int PORT = 9099;

    @Option(names = "--to", paramLabel = "IP", description = "sends there; without it, receives")
    private @Nullable String to;

    @Override
    public Integer call() throws Exception {
        try (var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            if (to == null) {
                receive(input);
            } else {
                send(input, Ipv4Address.parse(to).bits());
            }
        }
        return 0;
    }

    private static void send(BufferedReader input, int ipv4) throws IOException {
        try (var sender = new UdpSender(ipv4, PORT)) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                String[] words = line.split(" ");
                answer(sender.send(
                        Integer.parseInt(words[0]),
                        Double.parseDouble(words[1]),
                        Integer.parseInt(words[2]),
                        Long.parseLong(words[3]) * 1_000_000));
            }
        }
    }

    private static void receive(BufferedReader input) throws IOException, InterruptedException {
        try (var receiver = new UdpReceiver(PORT)) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                if (line.startsWith("begin ")) {
                    receiver.begin(Integer.parseInt(line.substring("begin ".length())));
                }
                answer(receiver.counts());
            }
        }
    }

    private static void answer(Object record) {
        System.out.println(JsonMapper.shared().writeValueAsString(record));
        System.out.flush();
    }
}
