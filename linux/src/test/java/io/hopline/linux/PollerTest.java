package io.hopline.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PollerTest {
    @Test
    void findsTheReadableOnes() {
        try (Poller poller = new Poller(3);
                EventFd first = EventFd.open();
                EventFd second = EventFd.open()) {
            poller.watch(0, first.fd());
            poller.watch(2, second.fd());
            assertThat(poller.poll(0)).isZero();
            second.signal();
            second.signal();
            assertThat(poller.poll(-1)).isEqualTo(1);
            assertThat(poller.readable(0)).isFalse();
            assertThat(poller.readable(2)).isTrue();
            assertThat(second.drain()).isTrue();
            assertThat(second.drain()).isFalse();
            assertThat(poller.poll(0)).isZero();
            second.signal();
            poller.clear(2);
            assertThat(poller.poll(0)).isZero();
            assertThat(poller.readable(2)).isFalse();
        }
    }

    @Test
    void aSignalFromAnotherThreadEndsTheWait() throws InterruptedException {
        try (Poller poller = new Poller(1);
                EventFd event = EventFd.open()) {
            poller.watch(0, event.fd());
            Thread other = Thread.ofPlatform().start(event::signal);
            assertThat(poller.poll(60_000)).isEqualTo(1);
            other.join();
        }
    }

    @Test
    void aClosedDescriptorHasFailed() {
        try (Poller poller = new Poller(1)) {
            EventFd event = EventFd.open();
            poller.watch(0, event.fd());
            event.close();
            assertThat(poller.poll(0)).isEqualTo(1);
            assertThat(poller.failed(0)).isTrue();
            assertThat(poller.readable(0)).isFalse();
        }
        assertThatThrownBy(() -> new Poller(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aGroupIsReadableWhileAMemberIs() {
        try (Poller poller = new Poller(1);
                EventFd first = EventFd.open();
                EventFd second = EventFd.open();
                ReadinessGroup group = ReadinessGroup.open()) {
            group.add(first.fd());
            group.add(second.fd());
            poller.watch(0, group.fd());
            assertThat(poller.poll(0)).isZero();
            second.signal();
            assertThat(poller.poll(0)).isEqualTo(1);
            assertThat(poller.poll(0)).as("level-triggered").isEqualTo(1);
            second.drain();
            assertThat(poller.poll(0)).isZero();
        }
    }
}
