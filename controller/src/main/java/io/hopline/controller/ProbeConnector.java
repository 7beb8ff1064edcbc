package io.hopline.controller;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;

/** Makes sockets where clients are: a namespace outside the hosts, which only the caller of the controller can enter. */
@FunctionalInterface
public interface ProbeConnector {
    /** An unconnected, blocking TCP socket for either IP version. Called on any thread; the caller closes it. */
    SocketChannel open() throws IOException;

    /** As {@link #open}, a UDP socket; this process's own namespace is where clients are, if nobody says otherwise. */
    default DatagramChannel openDatagrams() throws IOException {
        return DatagramChannel.open();
    }
}
