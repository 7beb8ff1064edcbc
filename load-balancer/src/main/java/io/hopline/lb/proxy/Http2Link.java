package io.hopline.lb.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

/**
 * A connection of HTTP/2, be it a client's or a backend's: writes frames to its streams, and remembers whose each stream is.
 * Event loop only.
 *
 * @param <S> who is told what happens to a stream
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells failures to the pipeline, where they are handled.
final class Http2Link<S> {
    private final Channel channel;
    private final Http2ConnectionHandler handler;
    private final Http2Connection.PropertyKey owner;
    private boolean flushing;

    Http2Link(Channel channel, Http2ConnectionHandler handler) {
        this.channel = channel;
        this.handler = handler;
        this.owner = handler.connection().newKey();
    }

    /** Speaks on the channel from its next byte on, and tells what happens to streams, and which are writable again. */
    void start(Http2Connection.Listener events, Http2RemoteFlowController.Listener writable) {
        connection().addListener(events);
        handler.encoder().flowController().listener(writable);
        channel.pipeline().addLast(handler);
    }

    Channel channel() {
        return channel;
    }

    Http2Connection connection() {
        return handler.connection();
    }

    /** Lets the other end send so many bytes more before we take any, on all streams together. */
    void widen(int bytes) {
        try {
            handler.decoder().flowController().incrementWindowSize(connection().connectionStream(), bytes);
        } catch (Http2Exception e) {
            throw new IllegalStateException("the first window is smaller than the greatest", e);
        }
    }

    void own(Http2Stream stream, S by) {
        stream.setProperty(owner, by);
    }

    @Nullable
    S find(@Nullable Http2Stream stream) {
        return stream == null ? null : stream.getProperty(owner);
    }

    @Nullable
    S find(int streamId) {
        return find(connection().stream(streamId));
    }

    /** Writes a head or, as the last of a stream, trailers. */
    ChannelFuture headers(int streamId, Http2Headers headers, boolean last) {
        ChannelHandlerContext ctx = context();
        return handler.encoder().writeHeaders(ctx, streamId, headers, 0, last, ctx.newPromise());
    }

    /** Writes a piece of a body, which it takes over. */
    ChannelFuture data(int streamId, ByteBuf piece, boolean last) {
        ChannelHandlerContext ctx = context();
        return handler.encoder().writeData(ctx, streamId, piece, 0, last, ctx.newPromise());
    }

    /** Ends a stream at once, unless the connection has ended. */
    void reset(int streamId, Http2Error error) {
        ChannelHandlerContext ctx = context();
        if (ctx != null) {
            handler.resetStream(ctx, streamId, error.code(), ctx.newPromise());
            flushSoon();
        }
    }

    /** True when the other end takes more of this stream now. */
    boolean isWritable(Http2Stream stream) {
        return channel.isWritable() && handler.encoder().flowController().isWritable(stream);
    }

    /** True while something that was written to the stream waits for its window or for a flush. */
    boolean owes(Http2Stream stream) {
        return handler.encoder().flowController().hasFlowControlled(stream);
    }

    /**
     * Gives bytes back to the window of a stream: so many more may come.
     *
     * @throws Http2Exception when the stream has not had so many
     */
    void consume(Http2Stream stream, int bytes) throws Http2Exception {
        if (handler.decoder().flowController().consumeBytes(stream, bytes)) {
            flushSoon();
        }
    }

    /** Sends what was written once everything that happens now has happened, so that many messages are one write. */
    void flushSoon() {
        if (!flushing) {
            flushing = true;
            channel.eventLoop().execute(() -> {
                flushing = false;
                channel.flush();
            });
        }
    }

    private ChannelHandlerContext context() {
        return channel.pipeline().context(handler);
    }
}
