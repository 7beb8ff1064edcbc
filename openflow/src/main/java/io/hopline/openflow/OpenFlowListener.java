package io.hopline.openflow;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.Consumer;

/** Accepts OpenFlow connections; each is handed to its own virtual thread. */
public final class OpenFlowListener implements AutoCloseable {
    private final ServerSocketChannel server;
    private final OpenFlowAddress address;

    private OpenFlowListener(ServerSocketChannel server, OpenFlowAddress address) {
        this.server = server;
        this.address = address;
    }

    /**
     * Listens from now on.
     *
     * @param address {@code ptcp:} or {@code punix:}; a socket file that nobody listens on is replaced
     * @param handler called on a virtual thread of its own for each connection, which it closes
     * @throws IOException naming the address when it cannot be bound
     */
    public static OpenFlowListener listen(OpenFlowAddress address, Consumer<SocketChannel> handler) throws IOException {
        if (!address.passive()) {
            throw new IllegalArgumentException("cannot listen on '" + address + "': use ptcp: or punix:");
        }
        ServerSocketChannel server = ServerSocketChannel.open(address.family());
        try {
            if (address.socketAddress() instanceof UnixDomainSocketAddress unix) {
                removeStale(unix.getPath());
            }
            server.bind(address.socketAddress());
        } catch (IOException e) {
            server.close();
            throw new IOException("cannot listen on " + address + ": " + e.getMessage(), e);
        }
        OpenFlowListener listener = new OpenFlowListener(server, address);
        Thread.ofVirtual().name("openflow-listen-" + address).start(() -> listener.accept(handler));
        return listener;
    }

    private static void removeStale(Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        if (!Files.readAttributes(path, BasicFileAttributes.class).isOther()) {
            throw new IOException("there is a file that is not a socket");
        }
        try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            throw new IOException("another process listens there");
        } catch (ConnectException e) {
            Files.delete(path);
        }
    }

    private void accept(Consumer<SocketChannel> handler) {
        while (server.isOpen()) {
            try {
                SocketChannel channel = server.accept();
                Thread.ofVirtual().name("openflow-" + address).start(() -> handler.accept(channel));
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                pauseAfterFailure();
            }
        }
    }

    /** Accepting fails when file descriptors run out; trying again at once would only burn the CPU. */
    private static void pauseAfterFailure() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Where it listens, with the port that was chosen when 0 was asked for. */
    public SocketAddress localAddress() throws IOException {
        return server.getLocalAddress();
    }

    /** Stops accepting and removes the socket file; connections stay. */
    @Override
    public void close() throws IOException {
        server.close();
        if (address.socketAddress() instanceof UnixDomainSocketAddress unix) {
            Files.deleteIfExists(unix.getPath());
        }
    }
}
