package io.hopline.cli;

import io.hopline.linux.LinuxException;
import io.hopline.linux.NetNs;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.pcap4j.core.BpfProgram.BpfCompileMode;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapDumper;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapHandle.TimestampPrecision;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.PcapNetworkInterface.PromiscuousMode;
import org.pcap4j.core.PcapStat;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/**
 * {@code hopline capture}: a port's frames into a pcap file with nanosecond stamps. They are libpcap's, taken from the
 * kernel's device, wherever that is; the switch's worker has no part in it.
 */
@Command(
        name = "capture",
        mixinStandardHelpOptions = true,
        description = {
            "Write the frames of a vNIC, or of another port of this host's node, to a pcap file; needs root.",
            "Until Ctrl-C, --count or --seconds ends it. Segments that are cut later are seen whole."
        },
        footer = {
            "",
            "Examples:",
            "  hopline capture web1 -w web1.pcap",
            "  hopline capture web1 -w syns.pcap --count 100 'tcp port 80 and tcp[tcpflags] & tcp-syn != 0'",
            "  hopline capture web1 -w - | tcpdump -nr -          (or wireshark -k -i -)",
            "  hopline capture eth1 -w underlay.pcap --seconds 10 udp port 4789"
        })
final class CaptureCommand implements Callable<Integer> {
    private static final int READ_TIMEOUT_MS = 100;
    private static final int FLUSH_MS = 200;
    private static final int KERNEL_BUFFER_BYTES = 16 << 20;
    private static final int LARGEST_FRAME_BYTES = 262_144;
    /** As pcap_loop(3PCAP) has it. */
    private static final int UNLIMITED = -1;

    private static final long NS_PER_S = 1_000_000_000;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", paramLabel = "VNIC", description = "or the node's name for another port")
    private String vnic = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "FILTER", description = "in pcap-filter(7)'s language")
    private List<String> filter = List.of();

    @Option(
            names = {"-w", "--write"},
            paramLabel = "FILE",
            required = true,
            description = "overwritten if it exists; - is standard output")
    private String file = "";

    @Option(
            names = {"-c", "--count"},
            paramLabel = "N",
            description = "end after so many frames")
    @Nullable
    private Integer count;

    @Option(names = "--seconds", paramLabel = "N", description = "end after so long")
    @Nullable
    private Integer seconds;

    @Option(
            names = {"-s", "--snaplen"},
            paramLabel = "BYTES",
            defaultValue = "" + LARGEST_FRAME_BYTES,
            description = "keep no more of a frame (default: ${DEFAULT-VALUE}, all of it)")
    private int snaplen;

    @Option(names = "--node", paramLabel = "unix:PATH", description = "default: the one in /run/hopline")
    @Nullable
    private String node;

    @Override
    public Integer call() throws InterruptedException {
        requirePositive("--count", count);
        requirePositive("--seconds", seconds);
        if (snaplen < 1 || snaplen > LARGEST_FRAME_BYTES) {
            throw CliException.badInput("--snaplen: 1 to " + LARGEST_FRAME_BYTES + " is wanted, not " + snaplen);
        }
        JsonNode port = port(NodeControl.of(node).request(Map.of("cmd", "list")));
        try (PcapHandle frames = open(port)) {
            narrow(frames);
            write(frames);
        } catch (NotOpenException impossible) {
            throw new IllegalStateException(impossible);
        }
        return 0;
    }

    private static void requirePositive(String option, @Nullable Integer value) {
        if (value != null && value < 1) {
            throw CliException.badInput(option + ": at least 1 is wanted, not " + value);
        }
    }

    private JsonNode port(JsonNode list) {
        List<JsonNode> ports = list.path("ports").valueStream().toList();
        JsonNode port = ports.stream()
                .filter(each -> each.path("name").asString().equals(vnic))
                .findFirst()
                .orElseThrow(() -> CliException.failed("this host's node has no port '" + vnic + "'; it has "
                        + ports.stream()
                                .map(each -> each.path("name").asString())
                                .sorted()
                                .toList()));
        if (!port.has("netdev")) {
            throw CliException.failed("port '" + vnic + "' has no device of its own; capture the uplink it uses");
        }
        return port;
    }

    /** A socket stays in the namespace it was opened in. */
    private PcapHandle open(JsonNode port) {
        String device = port.path("netdev").asString();
        try (NetNs place = NetNs.at(Path.of(port.path("netns").asString()))) {
            return place.call(() -> new PcapHandle.Builder(device)
                    .snaplen(snaplen)
                    .promiscuousMode(PromiscuousMode.NONPROMISCUOUS)
                    .timeoutMillis(READ_TIMEOUT_MS)
                    .bufferSize(KERNEL_BUFFER_BYTES)
                    .timestampPrecision(TimestampPrecision.NANO)
                    .build());
        } catch (LinuxException | PcapNativeException failure) {
            throw CliException.failed("cannot capture on " + device + " of '" + vnic + "': " + failure.getMessage()
                    + "; it takes root on the node's host");
        }
    }

    private void narrow(PcapHandle frames) throws NotOpenException {
        try {
            frames.setFilter(String.join(" ", filter), BpfCompileMode.OPTIMIZE);
        } catch (PcapNativeException failure) {
            throw CliException.badInput("FILTER: " + failure.getMessage());
        }
    }

    private void write(PcapHandle frames) throws NotOpenException, InterruptedException {
        int most = count == null ? UNLIMITED : count;
        var writing = new Writing(frames, most);
        try (var termination = new Termination(writing::stop);
                PcapDumper dumper = frames.dumpOpen(file)) {
            say("capturing on '" + vnic + "', Ctrl-C ends it");
            boolean counted = writing.run(dumper, seconds == null ? Long.MAX_VALUE : seconds * NS_PER_S);
            PcapStat seen = frames.getStats();
            long lost = seen.getNumPacketsDropped();
            say((counted ? most : seen.getNumPacketsReceived() - lost) + " frames, " + lost + " lost for want of room");
        } catch (PcapNativeException failure) {
            throw CliException.failed("capture to " + file + ": " + failure.getMessage());
        }
    }

    /** Standard output may be the capture itself. */
    private void say(String what) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("hopline: " + what);
        err.flush();
    }

    /** libpcap's own loop from the kernel's ring to the file, on a thread of its own so that it can be ended. */
    private static final class Writing {
        private final PcapHandle frames;
        private final int most;
        private volatile boolean stopped;
        private volatile @Nullable PcapNativeException failure;

        Writing(PcapHandle frames, int most) {
            this.frames = frames;
            this.most = most;
        }

        /** Any thread may call. */
        void stop() {
            stopped = true;
        }

        /**
         * Returns when it was stopped, after {@code most} frames, or after {@code forNs} nanoseconds.
         *
         * @return whether it was the number of frames that ended it
         */
        boolean run(PcapDumper dumper, long forNs) throws PcapNativeException, NotOpenException, InterruptedException {
            long beganNs = System.nanoTime();
            boolean broken = false;
            Thread loop = Thread.ofPlatform().name("capture").start(() -> loop(dumper));
            while (loop.isAlive()) {
                loop.join(FLUSH_MS);
                dumper.flush();
                if (stopped || System.nanoTime() - beganNs >= forNs) {
                    frames.breakLoop();
                    broken = true;
                }
            }
            if (failure != null) {
                throw failure;
            }
            return !broken;
        }

        private void loop(PcapDumper dumper) {
            try {
                frames.loop(most, dumper);
            } catch (PcapNativeException ended) {
                failure = ended;
            } catch (InterruptedException toldToStop) {
                Thread.currentThread().interrupt();
            } catch (NotOpenException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }
}
