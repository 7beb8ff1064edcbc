package io.hopline.bench;

import io.hopline.cli.CliException;
import java.io.IOException;
import java.util.List;

/**
 * The UDP load between the guests of a rig: a sender's process and a receiver's, which stay for all trials, so that
 * later ones find their code compiled.
 */
final class UdpLoad implements Load {
    private static final int HEAP_MIB = 64;
    private static final long DRAIN_MS = 150;

    private final LoadProcess sender;
    private final LoadProcess receiver;
    private int trial;

    private UdpLoad(LoadProcess sender, LoadProcess receiver) {
        this.sender = sender;
        this.receiver = receiver;
    }

    /** Starts both ends; they end with the rig. */
    static UdpLoad start(Rig rig) throws IOException {
        var receiver = LoadProcess.start(rig, rig.second().netns(), HEAP_MIB, List.of("bench", "udp-load"));
        var sender = LoadProcess.start(
                rig,
                rig.first().netns(),
                HEAP_MIB,
                List.of("bench", "udp-load", "--to=" + rig.second().ip()));
        return new UdpLoad(sender, receiver);
    }

    @Override
    public void warmUp(Rig rig, Stage.Pace pace) throws Exception {
        TcpThroughput.warmUp(rig, 1, pace);
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
}
