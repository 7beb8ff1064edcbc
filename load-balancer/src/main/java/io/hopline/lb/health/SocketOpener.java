package io.hopline.lb.health;

import java.io.IOException;
import java.nio.channels.SocketChannel;

/**
 * Opens the sockets of health checks where they belong: the node does it inside the namespace of the service port, so that
 * the probe travels through the virtual network as a request does.
 */
@FunctionalInterface
public interface SocketOpener {
    /** A TCP socket, not connected; the caller closes it. Called on the checker's thread, and must not block for long. */
    SocketChannel open(HealthCheck check) throws IOException;
}
