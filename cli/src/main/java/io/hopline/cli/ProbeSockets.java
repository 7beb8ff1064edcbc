package io.hopline.cli;

import io.hopline.controller.ProbeConnector;
import io.hopline.linux.NetNs;
import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** Client sockets in one network namespace. */
final class ProbeSockets implements ProbeConnector, AutoCloseable {
    private final NetNs netns;

    private ProbeSockets(NetNs netns) {
        this.netns = netns;
    }

    /** In the namespace that {@code ip netns} knows by that name, or in our own for null. */
    static ProbeSockets of(@Nullable String name) {
        return new ProbeSockets(name == null ? NetNs.current() : NetNs.open(name));
    }

    @Override
    public SocketChannel open() throws IOException {
        return netns.call(SocketChannel::open);
    }

    @Override
    public DatagramChannel openDatagrams() throws IOException {
        return netns.call(() -> DatagramChannel.open());
    }

    @Override
    public void close() {
        netns.close();
    }
}
