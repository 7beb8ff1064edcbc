package io.hopline.node;

import io.hopline.linux.EventFd;
import io.hopline.linux.Poller;
import io.hopline.linux.ReadinessGroup;
import io.hopline.packet.Port;
import org.jspecify.annotations.Nullable;

/**
 * The ports of one worker and which of them have frames. Owned by the worker's thread.
 *
 * <p>poll(2) looks at the ports that had frames lately, and at one descriptor that stands for all others, an epoll set
 * (docs/decisions/0021: poll costs by the port, epoll costs whoever sends to a port in it). When that one has something,
 * poll(2) looks at all ports once, and those that have frames are among the first again.
 */
final class PortWatch implements AutoCloseable {
    /** Most ports a worker serves. */
    static final int MAX_PORTS = 1024;
    /** Up to so many ports all count as busy. */
    static final int ALWAYS_BUSY = 16;

    private static final int WAKE_UP = 0;
    private static final int IDLE = 1;
    private static final int FIRST_PORT = 2;

    private final EventFd wakeUp;
    private final Poller poller = new Poller(FIRST_PORT + MAX_PORTS);
    private final ReadinessGroup idle = ReadinessGroup.open();
    /** The busy ones first; port i has slot {@code FIRST_PORT + i} of the poller. */
    private final @Nullable Port[] ports = new Port[MAX_PORTS];

    private final int[] numbers = new int[MAX_PORTS];
    private final boolean[] used = new boolean[MAX_PORTS];
    private int size;
    private int busy;

    /** @param wakeUp ends a wait, and stays the caller's */
    PortWatch(EventFd wakeUp) {
        this.wakeUp = wakeUp;
        poller.watch(WAKE_UP, wakeUp.fd());
    }

    /** All ports. */
    int size() {
        return size;
    }

    /** Ports 0 to this less one may be {@link #readable}. */
    int busy() {
        return busy;
    }

    Port port(int index) {
        Port port = ports[index];
        if (port == null) {
            throw new IndexOutOfBoundsException(index);
        }
        return port;
    }

    int number(int index) {
        return numbers[index];
    }

    boolean readable(int index) {
        return poller.readable(FIRST_PORT + index);
    }

    boolean failed(int index) {
        return poller.failed(FIRST_PORT + index);
    }

    /** The port had frames: it stays among the busy ones past the next {@link #rest}. */
    void used(int index) {
        used[index] = true;
    }

    /**
     * Waits until a port has frames or has failed, or somebody wakes the worker.
     *
     * @param timeoutMs longest wait; 0 looks only
     * @return whether anything was ready
     */
    boolean poll(int timeoutMs) {
        if (poller.poll(timeoutMs, FIRST_PORT + busy) == 0) {
            return false;
        }
        if (poller.readable(WAKE_UP)) {
            wakeUp.drain();
        }
        if (poller.readable(IDLE)) {
            wakeIdle();
        }
        return true;
    }

    private void wakeIdle() {
        poller.poll(0, FIRST_PORT + size);
        for (int i = busy; i < size; i++) {
            if (readable(i) || failed(i)) {
                used[i] = true;
                idle.remove(port(i).readinessFd());
                swap(i, busy++);
            }
        }
        watchIdle();
        poller.poll(0, FIRST_PORT + busy);
    }

    private void watchIdle() {
        if (busy < size) {
            poller.watch(IDLE, idle.fd());
        } else {
            poller.clear(IDLE);
        }
    }

    /** To be called now and then: what had no frames since the last time is idle from now on, if there are many ports. */
    void rest() {
        for (int i = busy - 1; i >= 0; i--) {
            if (used[i] || size <= ALWAYS_BUSY) {
                used[i] = false;
            } else {
                idle.add(port(i).readinessFd());
                swap(i, --busy);
            }
        }
        watchIdle();
    }

    /** Looks past a port that has failed, until the next {@link #unmute}. */
    void mute(int index) {
        poller.clear(FIRST_PORT + index);
    }

    void unmute() {
        for (int i = 0; i < size; i++) {
            poller.watch(FIRST_PORT + i, port(i).readinessFd());
        }
    }

    private void swap(int one, int other) {
        Port port = port(one);
        int number = numbers[one];
        boolean wasUsed = used[one];
        put(one, port(other), numbers[other], used[other]);
        put(other, port, number, wasUsed);
    }

    private void put(int index, Port port, int number, boolean wasUsed) {
        ports[index] = port;
        numbers[index] = number;
        used[index] = wasUsed;
        poller.watch(FIRST_PORT + index, port.readinessFd());
    }

    /** Takes a port in, as a busy one. */
    void add(int number, Port port) {
        if (size == MAX_PORTS) {
            throw new IllegalStateException("a worker serves at most " + MAX_PORTS + " ports");
        }
        put(size, port, number, true);
        swap(size++, busy++);
    }

    /** Takes a port out; null when there is none of this number. */
    @Nullable
    Port remove(int number) {
        for (int i = 0; i < size; i++) {
            if (numbers[i] == number) {
                Port port = port(i);
                int last = i;
                if (i < busy) {
                    swap(i, --busy);
                    last = busy;
                } else {
                    idle.remove(port.readinessFd());
                }
                swap(last, --size);
                ports[size] = null;
                poller.clear(FIRST_PORT + size);
                watchIdle();
                return port;
            }
        }
        return null;
    }

    /** Closes the ports it still has, too. */
    @Override
    public void close() {
        for (int i = size - 1; i >= 0; i--) {
            port(i).close();
        }
        idle.close();
        poller.close();
    }
}
