package io.hopline.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class SocketQueueTest {
    @Test
    void whatNobodyReadsWaitsAndThenIsDropped() {
        byte[] loopback = {127, 0, 0, 1};
        try (UdpSocket idle = UdpSocket.open(loopback, 0);
                UdpSocket sender = UdpSocket.open(loopback, 0);
                MessageBatch batch = new MessageBatch(1, 1);
                Arena arena = Arena.ofConfined()) {
            MemorySegment datagram = arena.allocate(1000);
            SocketQueue before = SocketQueue.of(idle.fd()).orElseThrow();
            assertThat(before.receiveBytes()).isZero();
            assertThat(before.drops()).isZero();
            batch.buffer(0, datagram, 0, 1000);
            batch.destination(0, 0x7f000001, idle.localPort());
            assertThat(sender.send(batch, 0, 1)).isEqualTo(1);
            assertThat(SocketQueue.of(idle.fd()).orElseThrow().receiveBytes()).isGreaterThan(1000);
            long enough = before.receiveLimitBytes() / 1000 + 2;
            for (int i = 0; i < enough; i++) {
                sender.send(batch, 0, 1);
            }
            SocketQueue full = SocketQueue.of(idle.fd()).orElseThrow();
            assertThat(full.drops()).isPositive();
            assertThat(full.receiveLimitBytes()).isEqualTo(before.receiveLimitBytes());
        }
    }

    @Test
    void whatIsNoSocketHasNone() {
        try (EventFd event = EventFd.open()) {
            assertThat(SocketQueue.of(event.fd())).isEmpty();
        }
        assertThat(SocketQueue.of(-1)).isEmpty();
    }
}
