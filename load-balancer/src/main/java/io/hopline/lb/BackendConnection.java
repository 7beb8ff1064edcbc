package io.hopline.lb;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** One connection to a backend; belongs to a pool, and to one exchange at a time. Event loop only. */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells failures to the pipeline, where they are handled.
final class BackendConnection extends ChannelInboundHandlerAdapter {
    private final BackendPool pool;
    private final SocketChannel channel;
    private @Nullable Exchange exchange;
    private boolean usedBefore;
    private long idleSinceNs;

    BackendConnection(BackendPool pool, SocketChannel channel) {
        this.pool = pool;
        this.channel = channel;
    }

    /** Sits before the codec, where bytes are still bytes, and notes when an answer's first one arrives. */
    static final class ArrivalStamp extends ChannelInboundHandlerAdapter {
        private final BackendConnection connection;

        ArrivalStamp(BackendConnection connection) {
            this.connection = connection;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object bytes) {
            if (connection.exchange != null) {
                connection.exchange.answerBytesArrived();
            }
            ctx.fireChannelRead(bytes);
        }
    }

    BackendPool pool() {
        return pool;
    }

    /** True when it served a request before, so that the backend may be about to close it. */
    boolean usedBefore() {
        return usedBefore;
    }

    long idleSinceNs() {
        return idleSinceNs;
    }

    InetSocketAddress localAddress() {
        return channel.localAddress();
    }

    boolean isOpen() {
        return channel.isActive();
    }

    boolean isWritable() {
        return channel.isWritable();
    }

    void assign(Exchange next) {
        exchange = next;
    }

    /** Its exchange is over and it waits for another. */
    void becomeIdle(long nowNs) {
        exchange = null;
        usedBefore = true;
        idleSinceNs = nowNs;
    }

    ChannelFuture write(Object message) {
        return channel.write(message);
    }

    void flush() {
        channel.flush();
    }

    void read() {
        channel.read();
    }

    /** Closes without telling the exchange, which has given it up. */
    void close() {
        exchange = null;
        channel.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (exchange == null) {
            // Nobody asked: whatever it says must not become the answer to the next request.
            ReferenceCountUtil.release(message);
            ctx.close();
            return;
        }
        exchange.fromBackend(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (exchange != null) {
            exchange.backendReadComplete();
        } else {
            ctx.read();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (exchange != null && channel.isWritable()) {
            exchange.backendWritable();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        pool.closed(this);
        if (exchange != null) {
            Exchange orphan = exchange;
            exchange = null;
            orphan.backendLost(this);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
