package io.hopline.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class TracepointRingTest {
    private static final String FORMAT = """
            name: tcp_probe
            ID: 2273
            format:
            \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
            \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

            \tfield:__u8 saddr[28];\toffset:8;\tsize:28;\tsigned:0;
            \tfield:const void * skaddr;\toffset:128;\tsize:8;\tsigned:0;

            print fmt: "family=%s", REC->family
            """;

    private record Event(int port, long ns) {}

    @Test
    void aLayoutIsReadFromTheKernelsWords() {
        Tracepoint tracepoint = Tracepoint.parse("tcp:tcp_probe", FORMAT);
        assertThat(tracepoint.id()).isEqualTo(2273);
        assertThat(tracepoint.offset("common_pid")).isEqualTo(4);
        assertThat(tracepoint.offset("saddr")).isEqualTo(8);
        assertThat(tracepoint.offset("skaddr")).isEqualTo(128);
        assertThatThrownBy(() -> tracepoint.offset("colour"))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("tcp:tcp_probe")
                .hasMessageContaining("no field colour");
    }

    @Test
    void processorsComeInRanges() {
        assertThat(TracepointRing.processors("0")).containsExactly(0);
        assertThat(TracepointRing.processors("0-2,5")).containsExactly(0, 1, 2, 5);
    }

    @Test
    @Tag("netns")
    void aReadOnAChosenPortIsToldWithItsTimeAndNoOther() throws IOException {
        assumeTrue(Namespaces.possible(), Namespaces.REASON);
        Tracepoint read;
        TracepointRing ring;
        try {
            read = Tracepoint.of("tcp:tcp_rcv_space_adjust");
            ring = TracepointRing.open();
        } catch (LinuxException e) {
            assumeTrue(false, "needs root and tracepoints: " + e.getMessage());
            return;
        }
        try (ring;
                NetNs ns = NetNs.anonymous();
                ServerSocket chosen = ns.call(() -> new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
                ServerSocket other = ns.call(() -> new ServerSocket(0, 1, InetAddress.getLoopbackAddress()))) {
            ring.filter(read, "sport == " + chosen.getLocalPort());
            long before = Clock.monotonicNs();
            sendAndRead(ns, other);
            sendAndRead(ns, chosen);
            long after = Clock.monotonicNs();
            assertThat(drain(ring, read)).singleElement().satisfies(event -> {
                assertThat(event.port).isEqualTo(chosen.getLocalPort());
                assertThat(event.ns).isBetween(before, after);
            });
            ring.filter(read, "");
            sendAndRead(ns, chosen);
            assertThat(drain(ring, read)).isEmpty();
            assertThat(ring.lost()).isZero();
            assertThatThrownBy(() -> ring.filter(read, "sprot == 1"))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("tcp_rcv_space_adjust: sprot == 1");
        }
    }

    @Test
    @Tag("netns")
    void atracepointThatIsNotThereIsNamed() {
        assumeTrue(Namespaces.possible(), Namespaces.REASON);
        assertThatThrownBy(() -> Tracepoint.of("tcp:no_such_place")).isInstanceOf(LinuxException.class);
    }

    private static void sendAndRead(NetNs ns, ServerSocket listening) throws IOException {
        try (Socket client = ns.call(() -> new Socket(listening.getInetAddress(), listening.getLocalPort()));
                Socket server = listening.accept()) {
            client.getOutputStream().write(new byte[10]);
            assertThat(server.getInputStream().readNBytes(10)).hasSize(10);
        }
    }

    private static List<Event> drain(TracepointRing ring, Tracepoint read) {
        List<Event> events = new ArrayList<>();
        ring.drain((id, ns, memory) -> {
            assertThat(id).isEqualTo(read.id());
            int port = Short.toUnsignedInt(memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, read.offset("sport")));
            events.add(new Event(port, ns));
        });
        return events;
    }
}
