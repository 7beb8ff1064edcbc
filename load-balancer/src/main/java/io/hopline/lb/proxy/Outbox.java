package io.hopline.lb.proxy;

import io.hopline.lb.http.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;
import org.jspecify.annotations.Nullable;

/**
 * Collects what is written to a connection until it is flushed: heads and small pieces in one buffer, so that a small
 * message is one write to the kernel, and large pieces as they are, without a copy. Event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells failures to the pipeline, where they are handled.
final class Outbox {
    /** Up to this many bytes a copy is cheaper than another element of a vectored write. */
    private static final int COPIED_BYTES = 4096;

    private static final int BUFFER_BYTES = 1024;

    private final SocketChannel channel;
    private @Nullable ByteBuf buffer;
    private boolean unflushed;

    Outbox(SocketChannel channel) {
        this.channel = channel;
    }

    /** Where to write the next bytes, all at once. */
    ByteBuf buffer() {
        ByteBuf current = buffer;
        if (current == null) {
            current = channel.alloc().directBuffer(BUFFER_BYTES);
            buffer = current;
        }
        unflushed = true;
        return current;
    }

    /** Takes over a piece. */
    void add(ByteBuf piece) {
        if (piece.readableBytes() <= COPIED_BYTES) {
            buffer().writeBytes(piece);
            piece.release();
            return;
        }
        passBuffer();
        channel.write(piece, channel.voidPromise());
        unflushed = true;
    }

    /** Takes over a piece and writes it as a chunk; an empty one would end the body, and is dropped. */
    void addChunk(ByteBuf piece) {
        if (!piece.isReadable()) {
            piece.release();
            return;
        }
        Wire.chunkSize(buffer(), piece.readableBytes());
        add(piece);
        buffer().writeShort(Wire.CRLF);
    }

    /** Sends what there is; true when there was something. */
    boolean flush() {
        if (!unflushed) {
            return false;
        }
        passBuffer();
        unflushed = false;
        channel.flush();
        return true;
    }

    /** Sends what there is and says when the kernel has it. */
    ChannelFuture flushAndTell() {
        ByteBuf last = buffer();
        buffer = null;
        unflushed = false;
        return channel.writeAndFlush(last);
    }

    /** The same when {@link #endOutput} comes next. */
    ChannelFuture flushLast() {
        ProxyTransport.corked(channel);
        return flushAndTell();
    }

    /** Sends what there is and says that no more follows, within TLS and by FIN; the future tells when it is said. */
    ChannelFuture endOutput() {
        passBuffer();
        unflushed = false;
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        ChannelFuture said = tls == null ? channel.write(Unpooled.EMPTY_BUFFER) : tls.closeOutbound();
        said.addListener(flushed -> ProxyTransport.endOutput(channel));
        channel.flush();
        return said;
    }

    /** Drops what was not passed on; the connection is over. */
    void discard() {
        if (buffer != null) {
            buffer.release();
            buffer = null;
        }
    }

    private void passBuffer() {
        if (buffer != null) {
            channel.write(buffer, channel.voidPromise());
            buffer = null;
        }
    }
}
