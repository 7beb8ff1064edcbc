package io.hopline.vswitch;

import io.hopline.packet.Port;

/** Flushes ports; what times frames on their way out comes with it. */
@FunctionalInterface
public interface PortFlusher {
    /**
     * @param number the port's OpenFlow number
     */
    void flush(int number, Port port);
}
