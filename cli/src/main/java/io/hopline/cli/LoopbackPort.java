package io.hopline.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** TCP ports for processes that are told where to listen before they start. */
public final class LoopbackPort {
    private LoopbackPort() {}

    /** The kernel picks a port; nobody else is likely to be given the same one before its owner starts. */
    public static int free() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException failure) {
            throw CliException.failed("no free port on loopback: " + failure.getMessage());
        }
    }
}
