package io.hopline.node;

import io.hopline.packet.Port;
import org.jspecify.annotations.Nullable;

/** The ports of one worker, with their OpenFlow numbers, in arrays that its loop walks. Owned by the worker's thread. */
final class PortSlots {
    private final @Nullable Port[] ports;
    private final int[] numbers;
    private int size;

    PortSlots(int capacity) {
        ports = new Port[capacity];
        numbers = new int[capacity];
    }

    int size() {
        return size;
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

    void add(int number, Port port) {
        if (size == ports.length) {
            throw new IllegalStateException("a worker serves at most " + ports.length + " ports");
        }
        ports[size] = port;
        numbers[size++] = number;
    }

    /** Takes a port out; null when there is none of this number. */
    @Nullable
    Port remove(int number) {
        for (int i = 0; i < size; i++) {
            if (numbers[i] == number) {
                Port port = ports[i];
                size--;
                System.arraycopy(ports, i + 1, ports, i, size - i);
                System.arraycopy(numbers, i + 1, numbers, i, size - i);
                ports[size] = null;
                return port;
            }
        }
        return null;
    }
}
