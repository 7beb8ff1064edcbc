package io.hopline.lb;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One connection of HTTP/2 to a backend; belongs to a pool, and to one exchange at a time, so that no request waits behind
 * another's body. What the client does not take yet is not given back to the window, and the backend stops. Event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells failures to the pipeline, where they are handled.
final class Http2Backend extends Http2EventAdapter implements PooledUpstream {
    private static final int MAX_HEADER_LIST_BYTES = 65_536;
    private static final int MAX_STREAM_ID = 1 << 30;

    private final BackendPool pool;
    private final Channel channel;
    private final String scheme;
    private final Http2ConnectionHandler handler;
    private @Nullable Exchange exchange;
    private @Nullable ChannelFuture lastWrite;
    private int streamId;
    private int unconsumed;
    private boolean toHead;
    private boolean bodyFollows;
    private boolean answered;
    private boolean requestWhole;
    private boolean ended;
    private boolean completing;
    private boolean usedBefore;
    private long idleSinceNs;

    private Http2Backend(BackendPool pool, Channel channel, String scheme) {
        this.pool = pool;
        this.channel = channel;
        this.scheme = scheme;
        this.handler = new Http2ConnectionHandlerBuilder()
                .server(false)
                .frameListener(this)
                .initialSettings(new Http2Settings().pushEnabled(false).maxHeaderListSize(MAX_HEADER_LIST_BYTES))
                .validateHeaders(true)
                .gracefulShutdownTimeoutMillis(0)
                .build();
    }

    /** Speaks on a connection that is being opened. */
    static Http2Backend on(Channel channel, BackendPool pool, String scheme) {
        Http2Backend backend = new Http2Backend(pool, channel, scheme);
        backend.handler.connection().addListener(backend);
        backend.handler.encoder().flowController().listener(backend::writabilityChanged);
        channel.pipeline().addLast(backend.handler);
        return backend;
    }

    /** The connection is open: its end is told to the pool from now on. */
    void opened() {
        channel.closeFuture().addListener(closed -> {
            pool.closed(this);
            lost();
        });
    }

    @Override
    public BackendPool pool() {
        return pool;
    }

    @Override
    public boolean usedBefore() {
        return usedBefore;
    }

    @Override
    public long idleSinceNs() {
        return idleSinceNs;
    }

    @Override
    public boolean isOpen() {
        return channel.isActive()
                && !handler.connection().goAwayReceived()
                && !handler.connection().goAwaySent()
                && streamId < MAX_STREAM_ID;
    }

    @Override
    public InetSocketAddress localAddress() {
        return (InetSocketAddress) channel.localAddress();
    }

    private @Nullable Http2Stream stream() {
        return handler.connection().stream(streamId);
    }

    @Override
    public boolean takesBody() {
        Http2Stream stream = stream();
        return stream != null
                && channel.isWritable()
                && handler.encoder().flowController().isWritable(stream);
    }

    private ChannelHandlerContext context() {
        return channel.pipeline().context(handler);
    }

    @Override
    public void begin(Exchange next, RequestHead head) {
        exchange = next;
        toHead = head.isHead();
        bodyFollows = head.hasBody();
        answered = false;
        requestWhole = false;
        ended = false;
        unconsumed = 0;
        streamId = handler.connection().local().incrementAndGetNextStreamId();
        ChannelHandlerContext ctx = context();
        ChannelFuture written = handler.encoder()
                .writeHeaders(ctx, streamId, Http2Heads.write(head, scheme), 0, !bodyFollows, ctx.newPromise());
        lastWrite = written;
        written.addListener(done -> {
            if (!done.isSuccess()) {
                channel.close();
            }
        });
    }

    @Override
    public void body(ByteBuf piece) {
        ChannelHandlerContext ctx = context();
        lastWrite = handler.encoder().writeData(ctx, streamId, piece, 0, false, ctx.newPromise());
    }

    @Override
    public void end(@Nullable HeaderFields trailers) {
        ChannelHandlerContext ctx = context();
        if (bodyFollows && trailers != null) {
            lastWrite = handler.encoder()
                    .writeHeaders(ctx, streamId, Http2Heads.write(trailers), 0, true, ctx.newPromise());
        } else if (bodyFollows) {
            lastWrite = handler.encoder().writeData(ctx, streamId, Unpooled.EMPTY_BUFFER, 0, true, ctx.newPromise());
        }
        requestWhole = true;
    }

    @Override
    public void flush() {
        channel.flush();
        Exchange current = exchange;
        if (requestWhole && current != null && lastWrite != null) {
            requestWhole = false;
            lastWrite.addListener(written -> current.requestWritten());
        }
    }

    @Override
    public void read() {
        Http2Stream stream = stream();
        if (unconsumed > 0 && stream != null) {
            int bytes = unconsumed;
            unconsumed = 0;
            try {
                if (handler.decoder().flowController().consumeBytes(stream, bytes)) {
                    channel.flush();
                }
            } catch (Http2Exception e) {
                channel.close();
            }
        }
    }

    @Override
    public void tunnel() {
        throw new IllegalStateException("HTTP/2 does not switch protocols");
    }

    @Override
    public void done(boolean reusable) {
        if (reusable && ended && isOpen()) {
            pool.release(this);
        } else {
            close();
        }
    }

    @Override
    public void becomeIdle(long nowNs) {
        exchange = null;
        usedBefore = true;
        idleSinceNs = nowNs;
    }

    @Override
    public void close() {
        exchange = null;
        channel.close();
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext ctx,
            int id,
            Http2Headers headers,
            int streamDependency,
            short weight,
            boolean exclusive,
            int padding,
            boolean endOfStream) {
        onHeadersRead(ctx, id, headers, padding, endOfStream);
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext ctx, int id, Http2Headers headers, int padding, boolean endOfStream) {
        Exchange current = exchange;
        if (current == null || id != streamId) {
            return;
        }
        current.answerBytesArrived();
        if (answered) {
            HeaderFields trailers = endOfStream ? Http2Heads.trailers(headers) : null;
            if (trailers == null) {
                current.badAnswer("sent an answer that is not well-formed HTTP/2");
            } else {
                ended = true;
                current.answerEnded(trailers);
            }
            return;
        }
        ResponseHead head = Http2Heads.response(headers, endOfStream, toHead);
        if (head == null || (head.isInterim() && endOfStream)) {
            current.badAnswer("sent an answer that is not well-formed HTTP/2");
        } else if (head.isInterim()) {
            current.interim(head);
        } else {
            answered = true;
            current.answer(head);
            if (endOfStream && exchange == current) {
                ended = true;
                current.answerEnded(null);
            }
            readCompletes();
        }
    }

    @Override
    public int onDataRead(ChannelHandlerContext ctx, int id, ByteBuf data, int padding, boolean endOfStream) {
        int bytes = data.readableBytes() + padding;
        Exchange current = exchange;
        if (current == null || id != streamId) {
            return bytes;
        }
        current.answerBytesArrived();
        current.answerBody(data.retain());
        if (endOfStream && exchange == current) {
            ended = true;
            current.answerEnded(null);
            return bytes;
        }
        unconsumed += bytes;
        readCompletes();
        return 0;
    }

    /** Once all that has arrived is passed on, asks for more if the client keeps up. */
    private void readCompletes() {
        if (!completing) {
            completing = true;
            channel.eventLoop().execute(() -> {
                completing = false;
                if (exchange != null) {
                    exchange.backendReadComplete();
                }
            });
        }
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int id, long errorCode) {
        if (id == streamId && !(ended && errorCode == Http2Error.NO_ERROR.code())) {
            lost();
        }
    }

    private void lost() {
        Exchange orphan = exchange;
        if (orphan != null) {
            exchange = null;
            orphan.backendLost(this);
            channel.close();
        }
    }

    private void writabilityChanged(Http2Stream stream) {
        if (exchange != null && stream.id() == streamId && takesBody()) {
            exchange.backendWritable();
        }
    }
}
