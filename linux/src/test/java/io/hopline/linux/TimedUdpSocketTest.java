package io.hopline.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("netns")
class TimedUdpSocketTest {
    @BeforeEach
    void needsNamespaces() {
        assumeTrue(Namespaces.possible(), Namespaces.REASON);
    }

    private static int await(TimedUdpSocket socket) {
        try (Poller poller = new Poller(1)) {
            poller.watch(0, socket.fd());
            poller.poll(5_000);
        }
        return socket.receive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void aDatagramIsStampedAsItGoesAndAsItComesAndTellsItsTtl(String text) throws UnknownHostException {
        byte[] address = InetAddress.getByName(text).getAddress();
        try (NetNs ns = NetNs.anonymous();
                TimedUdpSocket asked = ns.call(() -> TimedUdpSocket.open(address, 862, false));
                TimedUdpSocket asking = ns.call(() -> TimedUdpSocket.open(address, 0, true))) {
            assertThat(asked.receive()).isEqualTo(-Errno.EAGAIN);
            asking.datagram().set(ValueLayout.JAVA_BYTE, 99, (byte) 42);
            long before = Clock.realtimeNs();
            assertThat(asking.send(100, address, 862)).isZero();

            assertThat(await(asked)).isEqualTo(100);
            long after = Clock.realtimeNs();
            assertThat(asked.datagram().get(ValueLayout.JAVA_BYTE, 99)).isEqualTo((byte) 42);
            long cameNs = asked.kernelNs();
            assertThat(cameNs).isBetween(before, after);
            assertThat(asked.ttl()).isEqualTo(255);
            assertThat(asked.sourceAddress()).isEqualTo(address);
            assertThat(asked.sourcePort()).isEqualTo(asking.localPort());

            int frame = asking.receiveSent();
            assertThat(frame).isGreaterThan(100);
            assertThat(asking.datagram().get(ValueLayout.JAVA_BYTE, frame - 1)).isEqualTo((byte) 42);
            assertThat(asking.kernelNs()).isBetween(before, cameNs);
            assertThat(asking.receiveSent()).isEqualTo(-Errno.EAGAIN);

            assertThat(asked.reply(44)).isZero();
            assertThat(await(asking)).isEqualTo(44);
            assertThat(asking.kernelNs()).isBetween(cameNs, Clock.realtimeNs());
            assertThat(asked.receiveSent())
                    .as("nobody asked for send stamps here")
                    .isEqualTo(-Errno.EAGAIN);
        }
    }

    @Test
    void aDatagramThatIsTooLongHasNoBytes() throws UnknownHostException {
        byte[] address = InetAddress.getByName("127.0.0.1").getAddress();
        try (NetNs ns = NetNs.anonymous();
                TimedUdpSocket asked = ns.call(() -> TimedUdpSocket.open(address, 862, false));
                UdpSocket other = ns.call(() -> UdpSocket.open(address, 0));
                Arena arena = Arena.ofConfined();
                MessageBatch batch = new MessageBatch(1, 1)) {
            batch.buffer(0, arena.allocate(TimedUdpSocket.MAX_BYTES + 1), 0, TimedUdpSocket.MAX_BYTES + 1);
            batch.destination(0, 0x7f000001, 862);
            assertThat(other.send(batch, 0, 1)).isEqualTo(1);
            assertThat(await(asked)).isZero();
        }
    }

    @Test
    void aPortThatIsTakenIsNamed() throws UnknownHostException {
        byte[] address = InetAddress.getByName("127.0.0.1").getAddress();
        try (NetNs ns = NetNs.anonymous();
                TimedUdpSocket first = ns.call(() -> TimedUdpSocket.open(address, 862, false))) {
            assertThat(first.localPort()).isEqualTo(862);
            assertThatThrownBy(() -> ns.call(() -> TimedUdpSocket.open(address, 862, false)))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("127.0.0.1:862");
        }
    }
}
