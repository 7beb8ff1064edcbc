package io.hopline.lb.proxy;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How the proxy's sockets reach the kernel. */
record ProxyTransport(
        String name,
        IoHandlerFactory handler,
        Class<? extends ServerSocketChannel> listener,
        Class<? extends SocketChannel> connection) {
    private static final String LEAK_DETECTION = "io.netty.leakDetection.level";
    private static final Logger LOG = LoggerFactory.getLogger(ProxyTransport.class);

    static {
        // Netty's search for lost buffers takes two stack traces of every 128th buffer, a tenth of the proxy's own
        // time.
        if (System.getProperty(LEAK_DETECTION) == null) {
            ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        }
    }

    static ProxyTransport ioUring() {
        return new ProxyTransport(
                "io_uring",
                IoUringIoHandler.newFactory(),
                IoUringServerSocketChannel.class,
                IoUringSocketChannel.class);
    }

    static ProxyTransport nio() {
        return new ProxyTransport(
                "nio", NioIoHandler.newFactory(), NioServerSocketChannel.class, NioSocketChannel.class);
    }

    /** io_uring where the kernel and the library allow it, else NIO, said once per proxy. */
    static ProxyTransport best() {
        if (IoUring.isAvailable()) {
            return ioUring();
        }
        Throwable cause = IoUring.unavailabilityCause();
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        LOG.warn("io_uring is not available, the L7 proxy runs on NIO: {}", cause.toString());
        return nio();
    }

    /** From now on what fills no segment waits for {@link #endOutput}, to leave in one segment with that end (tcp(7), TCP_CORK). */
    static void corked(SocketChannel channel) {
        if (channel instanceof UnixChannel) {
            channel.config().setOption(IoUringChannelOption.TCP_CORK, true);
        }
    }

    /** Ends our half of a connection when all that was written is with the kernel. */
    @SuppressWarnings("FutureReturnValueIgnored") // Netty tells failures to the pipeline, where they are handled.
    static void endOutput(SocketChannel channel) {
        if (!(channel instanceof UnixChannel unix && unix.fd() instanceof Socket socket)) {
            channel.shutdownOutput();
        } else if (channel.isActive()) {
            // Not by the channel, which makes an exception with a stack for what might still be written.
            try {
                socket.shutdown(false, true);
            } catch (IOException e) {
                channel.close();
            }
        }
    }
}
