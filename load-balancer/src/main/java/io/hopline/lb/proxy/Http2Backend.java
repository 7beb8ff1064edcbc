package io.hopline.lb.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One connection of HTTP/2 to a backend, which carries a {@link Http2BackendStream} for each of many exchanges. Event loop only.
 *
 * <p>The connection's window has room for the windows of all its streams, so that an answer whose client does not read holds
 * up no other. Until the backend's SETTINGS are here one stream is open; then as many as it allows, at most those that were
 * configured (RFC 9113, section 5.1.2), and it is known whether it takes WebSockets (RFC 8441, section 3). After a GOAWAY, and after {@value #MAX_RESETS} streams that were broken off, it takes
 * no more: backends count resets, and may end the connection with what others have on it.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells failures to the pipeline, where they are handled.
final class Http2Backend extends Http2EventAdapter implements PooledConnection {
    private static final int MAX_HEADER_LIST_BYTES = 65_536;
    private static final int MAX_STREAM_ID = 1 << 30;
    private static final int MAX_RESETS = 64;

    private final BackendPool pool;
    private final Channel channel;
    private final String scheme;
    private final int maxStreams;
    private final Http2Link<Http2BackendStream> link;
    private int active;
    private int lastStreamId;
    private int resets;
    private boolean settingsRead;
    private boolean connects;
    /** The one stream that may be open before the backend's SETTINGS, if it cannot begin without them. */
    private @Nullable Http2BackendStream held;

    /** Known when it is open. */
    private @Nullable BooleanSupplier timing;

    private boolean retired;
    private boolean usedBefore;
    private long idleSinceNs;

    private Http2Backend(BackendPool pool, Channel channel, String scheme, int maxStreams) {
        this.pool = pool;
        this.channel = channel;
        this.scheme = scheme;
        this.maxStreams = maxStreams;
        this.link = new Http2Link<>(
                channel,
                new Http2ConnectionHandlerBuilder()
                        .server(false)
                        .frameListener(this)
                        .initialSettings(
                                new Http2Settings().pushEnabled(false).maxHeaderListSize(MAX_HEADER_LIST_BYTES))
                        .validateHeaders(true)
                        .gracefulShutdownTimeoutMillis(0)
                        .build());
    }

    /**
     * Speaks on a connection that is being opened.
     *
     * @param maxStreams most exchanges at once
     */
    static Http2Backend on(Channel channel, BackendPool pool, String scheme, int maxStreams) {
        Http2Backend backend = new Http2Backend(pool, channel, scheme, maxStreams);
        backend.link.start(backend, backend::writabilityChanged);
        return backend;
    }

    /** The connection is open: its end is told to the pool from now on. */
    void opened() {
        link.widen((maxStreams - 1) * Http2CodecUtil.DEFAULT_WINDOW_SIZE);
        channel.closeFuture().addListener(closed -> {
            firstSettings();
            pool.closed(this);
        });
    }

    @Override
    public boolean isOpen() {
        return channel.isActive()
                && !retired
                && resets < MAX_RESETS
                && !link.connection().goAwayReceived()
                && !link.connection().goAwaySent()
                && lastStreamId < MAX_STREAM_ID;
    }

    @Override
    public boolean carriesMany() {
        return true;
    }

    @Override
    public boolean hasRoom() {
        int allowed =
                settingsRead ? Math.min(maxStreams, link.connection().local().maxActiveStreams()) : 1;
        return active < allowed;
    }

    @Override
    public Upstream upstream() {
        active++;
        return new Http2BackendStream(this, usedBefore);
    }

    @Override
    public long idleSinceNs() {
        return active > 0 ? Long.MAX_VALUE : idleSinceNs;
    }

    @Override
    public void exchangeEnded(long nowNs) {
        usedBefore = true;
        idleSinceNs = nowNs;
    }

    @Override
    public void retire() {
        retired = true;
        if (active == 0) {
            channel.close();
        }
    }

    BackendPool pool() {
        return pool;
    }

    @Override
    public boolean isTimed() {
        BooleanSupplier known = timing;
        if (known == null) {
            known = pool.timing(localAddress());
            timing = known;
        }
        return known.getAsBoolean();
    }

    @Override
    public InetSocketAddress localAddress() {
        return (InetSocketAddress) channel.localAddress();
    }

    String scheme() {
        return scheme;
    }

    Http2Link<Http2BackendStream> link() {
        return link;
    }

    /** Whether a stream may begin that needs the backend's SETTINGS; if not, the stream is told when they are here. */
    boolean settled(Http2BackendStream stream) {
        if (!settingsRead) {
            held = stream;
        }
        return settingsRead;
    }

    boolean isActive() {
        return channel.isActive();
    }

    /** Whether the backend said that it takes a CONNECT for a WebSocket (SETTINGS_ENABLE_CONNECT_PROTOCOL). */
    boolean connects() {
        return connects;
    }

    /** The next stream's number, for a request that is written at once. */
    int nextStreamId() {
        lastStreamId = link.connection().local().incrementAndGetNextStreamId();
        return lastStreamId;
    }

    /** From here on what happens to the stream is told to {@code upstream}; null when the stream could not be opened. */
    @Nullable
    Http2Stream begun(int streamId, Http2BackendStream upstream) {
        Http2Stream stream = link.connection().stream(streamId);
        if (stream != null) {
            link.own(stream, upstream);
        }
        return stream;
    }

    /** An exchange's stream is over, or never was. */
    void ended() {
        active--;
        pool.release(this);
    }

    void resetStream(int streamId, Http2Error error) {
        resets++;
        link.reset(streamId, error);
    }

    void soon(Runnable task) {
        channel.eventLoop().execute(task);
    }

    private void firstSettings() {
        if (!settingsRead) {
            settingsRead = true;
            Http2BackendStream waited = held;
            held = null;
            if (waited != null) {
                waited.settled();
            }
            pool.ready(this);
        }
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) {
        connects |= Boolean.TRUE.equals(settings.connectProtocolEnabled());
        firstSettings();
    }

    @Override
    public void onGoAwayReceived(int lastId, long errorCode, ByteBuf debugData) {
        if (active == 0) {
            channel.close();
        }
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
        Http2BackendStream stream = link.find(id);
        if (stream != null) {
            stream.headers(headers, endOfStream);
        }
    }

    @Override
    public int onDataRead(ChannelHandlerContext ctx, int id, ByteBuf data, int padding, boolean endOfStream) {
        Http2BackendStream stream = link.find(id);
        int bytes = data.readableBytes() + padding;
        return stream == null ? bytes : stream.data(data, bytes, endOfStream);
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int id, long errorCode) {
        Http2BackendStream stream = link.find(id);
        if (stream != null && errorCode == Http2Error.REFUSED_STREAM.code()) {
            stream.refuse();
        }
    }

    @Override
    public void onStreamClosed(Http2Stream closed) {
        Http2BackendStream stream = link.find(closed);
        if (stream != null) {
            Http2Connection connection = link.connection();
            if (connection.goAwayReceived() && closed.id() > connection.local().lastStreamKnownByPeer()) {
                stream.refuse();
            }
            stream.closed();
        }
    }

    private void writabilityChanged(Http2Stream stream) {
        Http2BackendStream upstream = link.find(stream);
        if (upstream != null && link.isWritable(stream)) {
            upstream.writable();
        }
    }
}
