package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.linux.EventFd;
import io.hopline.packet.Batch;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import io.hopline.packet.PortCounters;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PortWatchTest {
    private static final int MANY = 3 * PortWatch.ALWAYS_BUSY;

    private final EventFd wakeUp = EventFd.open();
    private final PortWatch watch = new PortWatch(wakeUp);
    private final List<EventPort> ports = new ArrayList<>();

    @AfterEach
    void close() {
        watch.close();
        wakeUp.close();
        assertThat(ports).allMatch(port -> port.closed);
    }

    private void add(int count) {
        for (int i = 0; i < count; i++) {
            EventPort port = new EventPort(ports.size() + 1);
            ports.add(port);
            watch.add(port.number, port);
        }
    }

    /** The numbers of the ports that the last poll found readable. */
    private List<Integer> readable() {
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < watch.busy(); i++) {
            if (watch.readable(i)) {
                assertThat(watch.number(i)).isEqualTo(((EventPort) watch.port(i)).number);
                found.add(watch.number(i));
            }
        }
        return found;
    }

    private EventPort port(int number) {
        return ports.get(number - 1);
    }

    @Test
    void aFewPortsAreAlwaysBusy() {
        add(PortWatch.ALWAYS_BUSY);
        watch.rest();
        watch.rest();
        assertThat(watch.busy()).isEqualTo(PortWatch.ALWAYS_BUSY);
        assertThat(watch.poll(0)).isFalse();
        port(3).ready.signal();
        assertThat(watch.poll(-1)).isTrue();
        assertThat(readable()).containsExactly(3);
    }

    @Test
    void ofManyOnlyThoseThatHadFramesAreBusy() {
        add(MANY);
        watch.rest();
        assertThat(watch.busy()).as("new ones may expect frames").isEqualTo(MANY);
        watch.used(4);
        int kept = watch.number(4);
        watch.rest();
        assertThat(watch.busy()).isEqualTo(1);
        assertThat(watch.number(0)).isEqualTo(kept);
        assertThat(watch.poll(0)).isFalse();
        int first = kept == 40 ? 41 : 40;
        port(first).ready.signal();
        port(7).ready.signal();
        assertThat(watch.poll(-1)).isTrue();
        assertThat(readable()).containsExactlyInAnyOrder(first, 7);
        assertThat(watch.busy()).isEqualTo(kept == 7 ? 2 : 3);
        assertThat(watch.size()).isEqualTo(MANY);
    }

    @Test
    void portsComeAndGoWhetherBusyOrIdle() {
        add(MANY);
        watch.rest();
        watch.rest();
        assertThat(watch.busy()).isZero();
        port(20).ready.signal();
        watch.poll(-1);
        for (int number : new int[] {20, 1, MANY, 5}) {
            Port gone = watch.remove(number);
            assertThat(gone).isSameAs(port(number));
            port(number).close();
        }
        assertThat(watch.remove(20)).isNull();
        assertThat(watch.size()).isEqualTo(MANY - 4);
        assertThat(watch.poll(0)).isFalse();
        for (EventPort port : ports) {
            if (!port.closed) {
                port.ready.signal();
            }
        }
        assertThat(watch.poll(-1)).isTrue();
        assertThat(readable()).hasSize(MANY - 4).doesNotContain(20, 1, MANY, 5);
    }

    @Test
    void aMutedPortIsPassedOverUntilItIsUnmuted() {
        add(2);
        port(1).ready.signal();
        watch.poll(-1);
        watch.mute(watch.number(0) == 1 ? 0 : 1);
        assertThat(watch.poll(0)).isFalse();
        watch.unmute();
        assertThat(watch.poll(-1)).isTrue();
        assertThat(readable()).containsExactly(1);
    }

    @Test
    void whoWakesTheWorkerEndsTheWaitOnce() {
        add(1);
        wakeUp.signal();
        assertThat(watch.poll(-1)).isTrue();
        assertThat(readable()).isEmpty();
        assertThat(watch.poll(0)).isFalse();
    }

    /** A port that is readable when its eventfd is. */
    private static final class EventPort implements Port {
        final int number;
        final EventFd ready = EventFd.open();
        boolean closed;

        EventPort(int number) {
            this.number = number;
        }

        @Override
        public String name() {
            return "port" + number;
        }

        @Override
        public Kind kind() {
            return Kind.VNIC;
        }

        @Override
        public MacAddress mac() {
            return new MacAddress(number);
        }

        @Override
        public int mtu() {
            return 1500;
        }

        @Override
        public boolean isUp() {
            return true;
        }

        @Override
        public int readinessFd() {
            return ready.fd();
        }

        @Override
        public int receive(FramePool pool, Batch into) {
            return 0;
        }

        @Override
        public void transmit(Frame frame) {
            frame.release();
        }

        @Override
        public void flush() {}

        @Override
        public PortCounters counters() {
            return new PortCounters();
        }

        @Override
        public void close() {
            closed = true;
            ready.close();
        }
    }
}
