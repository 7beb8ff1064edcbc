package io.hopline.bench;

import io.hopline.cli.CliException;
import io.hopline.cli.JavaProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.json.JsonMapper;

/**
 * The UDP load between the guests of a rig: a sender's process and a receiver's, which stay for all trials, so that
 * later ones find their code compiled.
 */
final class UdpLoad implements Load {
    private static final int HEAP_MIB = 64;
    private static final long DRAIN_MS = 150;
    private static final int END_S = 5;

    private final End sender;
    private final End receiver;
    private int trial;

    private UdpLoad(End sender, End receiver) {
        this.sender = sender;
        this.receiver = receiver;
    }

    /** Starts both ends; they end with the rig. */
    static UdpLoad start(Rig rig) throws IOException {
        End receiver = End.start(rig, rig.second().netns(), List.of());
        End sender = End.start(
                rig, rig.first().netns(), List.of("--to=" + rig.second().ip()));
        return new UdpLoad(sender, receiver);
    }

    @Override
    public void warmUp(Rig rig, Stage.Pace pace) throws Exception {
        TcpThroughput.iperf(rig, 1, pace.warmUpS(), 0);
        trial(0, UdpRate.SMALLEST_PAYLOAD_BYTES, pace.trialMs());
    }

    @Override
    public UdpLoad udp() {
        return this;
    }

    /**
     * One trial.
     *
     * @param framesPerSecond 0 for as fast as the sender can
     */
    UdpTrial trial(double framesPerSecond, int payloadBytes, int durationMs) throws IOException, InterruptedException {
        trial++;
        receiver.ask("begin " + trial, UdpTrial.Received.class);
        UdpTrial.Sent sent =
                sender.ask(trial + " " + framesPerSecond + " " + payloadBytes + " " + durationMs, UdpTrial.Sent.class);
        Thread.sleep(DRAIN_MS);
        UdpTrial.Received received = receiver.ask("counts", UdpTrial.Received.class);
        return UdpTrial.of(sent, received);
    }

    /** Sends a little now and then until some of it arrives. */
    void awaitPath() throws IOException, InterruptedException {
        for (int i = 0; i < 50; i++) {
            if (trial(1000, 18, 20).received() > 0) {
                return;
            }
        }
        throw CliException.failed("no datagram gets from one guest to the other");
    }

    /** One process and its standard input and output. */
    private record End(Process process, Writer input, BufferedReader output) {
        static End start(Rig rig, String netns, List<String> options) throws IOException {
            // A session of its own, so that Ctrl-C reaches us alone.
            var command = new ArrayList<>(List.of("setsid", "nsenter", "--net=/run/netns/" + netns, "--"));
            var arguments = new ArrayList<>(List.of("bench", "udp-load"));
            arguments.addAll(options);
            command.addAll(JavaProcess.command(HEAP_MIB, arguments));
            Process process = new ProcessBuilder(command)
                    .redirectError(rig.directory().resolve("udp-load.log").toFile())
                    .start();
            rig.undoLater("the UDP load", () -> {
                process.destroy();
                if (!process.waitFor(END_S, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            });
            return new End(process, process.outputWriter(StandardCharsets.UTF_8), process.inputReader());
        }

        <T> T ask(String question, Class<T> answer) throws IOException {
            input.write(question + "\n");
            input.flush();
            String line = output.readLine();
            if (line == null) {
                throw CliException.failed("the UDP load ended by itself");
            }
            return JsonMapper.shared().readValue(line, answer);
        }
    }
}
