package io.hopline.lb.proxy;

import io.hopline.lb.http.HeaderFields;
import io.hopline.lb.http.Http2Heads;
import io.hopline.lb.http.Peer;
import io.hopline.lb.http.RequestHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;

/**
 * A client's connection of HTTP/2: each of its streams is a {@link FrontStream}; event loop only.
 *
 * <p>Netty keeps the protocol, its flow control and the limits on resets (CVE-2023-44487, CVE-2025-8671), on CONTINUATION
 * and on empty frames; this adds one on PING, SETTINGS and PRIORITY. A client may have {@value #MAX_STREAMS} requests at
 * once, and of what it sends no more than {@value #CONNECTION_WINDOW} bytes wait for backends.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells failures to the pipeline, where they are handled.
final class Http2Client extends Http2EventAdapter implements Client {
    static final int MAX_STREAMS = 128;
    static final int CONNECTION_WINDOW = 1 << 19;
    private static final int STREAM_WINDOW = 1 << 17;

    /** Most frames that ask for nothing, in a window. */
    private static final int MAX_IDLE_FRAMES = 500;

    private static final long WINDOW_NS = 10_000_000_000L;

    private final ProxyLoop loop;
    private final Channel channel;
    private final Peer peer;
    private final Http2Link<FrontStream> link;
    private long progressNs = System.nanoTime();
    private long windowNs = progressNs;
    private int idleFrames;

    private Http2Client(ProxyLoop loop, Channel channel, Peer peer) {
        this.loop = loop;
        this.channel = channel;
        this.peer = peer;
        Http2Connection connection = new DefaultHttp2Connection(true);
        // Streams in turn: priorities are no more (RFC 9113, section 5.3), and a tree of them is dear for each stream.
        connection
                .remote()
                .flowController(
                        new DefaultHttp2RemoteFlowController(connection, new UniformStreamByteDistributor(connection)));
        this.link = new Http2Link<>(
                channel,
                new Http2ConnectionHandlerBuilder()
                        .connection(connection)
                        .frameListener(this)
                        .initialSettings(new Http2Settings()
                                .maxConcurrentStreams(MAX_STREAMS)
                                .connectProtocolEnabled(true)
                                .initialWindowSize(STREAM_WINDOW)
                                .maxHeaderListSize(loop.settings().maxHeaderBytes()))
                        .validateHeaders(true)
                        .gracefulShutdownTimeoutMillis(loop.settings().drainTimeoutMs())
                        .build());
    }

    /** Takes a connection over that is open and speaks HTTP/2 from its next byte on. */
    static void start(ProxyLoop loop, Channel channel, Peer peer) {
        Http2Client client = new Http2Client(loop, channel, peer);
        client.link.start(client, client::writabilityChanged);
        client.link.widen(CONNECTION_WINDOW - Http2CodecUtil.DEFAULT_WINDOW_SIZE);
        loop.add(client);
        channel.closeFuture().addListener(closed -> loop.remove(client));
        channel.flush();
        channel.read();
    }

    /** Positive when the bytes begin as a client's connection of HTTP/2 does, negative when not, 0 when too few are here. */
    static int matchesPreface(ByteBuf in) {
        ByteBuf preface = Http2CodecUtil.connectionPrefaceBuf();
        try {
            int length = Math.min(in.readableBytes(), preface.readableBytes());
            if (!ByteBufUtil.equals(in, in.readerIndex(), preface, 0, length)) {
                return -1;
            }
            return length == preface.readableBytes() ? 1 : 0;
        } finally {
            preface.release();
        }
    }

    ProxyLoop loop() {
        return loop;
    }

    Peer peer() {
        return peer;
    }

    Http2Link<FrontStream> link() {
        return link;
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext ctx,
            int streamId,
            Http2Headers headers,
            int streamDependency,
            short weight,
            boolean exclusive,
            int padding,
            boolean endOfStream)
            throws Http2Exception {
        onHeadersRead(ctx, streamId, headers, padding, endOfStream);
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext ctx, int streamId, Http2Headers headers, int padding, boolean endOfStream)
            throws Http2Exception {
        progressNs = System.nanoTime();
        Http2Stream stream = link.connection().stream(streamId);
        FrontStream known = link.find(stream);
        if (known == null) {
            RequestHead head = Http2Heads.request(headers, endOfStream);
            if (head == null) {
                loop.proxy().tally().requests.increment();
                loop.proxy().tally().refused.increment();
                throw Http2Exception.streamError(streamId, Http2Error.PROTOCOL_ERROR, "malformed request");
            }
            FrontStream front = new FrontStream(this, stream, head, endOfStream);
            link.own(stream, front);
            front.begin();
        } else {
            HeaderFields trailers = endOfStream && !known.connects() ? Http2Heads.trailers(headers) : null;
            if (trailers == null) {
                throw Http2Exception.streamError(streamId, Http2Error.PROTOCOL_ERROR, "malformed trailers");
            }
            known.requestEnded(trailers);
        }
    }

    @Override
    public int onDataRead(ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream) {
        progressNs = System.nanoTime();
        FrontStream front = link.find(streamId);
        int bytes = data.readableBytes();
        if (front == null) {
            return bytes + padding;
        }
        int consumed = front.data(data) ? bytes : 0;
        if (endOfStream) {
            front.requestEnded(null);
        }
        return consumed + padding;
    }

    @Override
    public void onStreamClosed(Http2Stream stream) {
        progressNs = System.nanoTime();
        FrontStream front = link.find(stream);
        if (front != null) {
            front.closed();
        }
    }

    private void writabilityChanged(Http2Stream stream) {
        FrontStream front = link.find(stream);
        if (front != null && link.isWritable(stream)) {
            front.writable();
        }
    }

    @Override
    public void onPingRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
        idleFrame();
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) throws Http2Exception {
        idleFrame();
    }

    @Override
    public void onPriorityRead(
            ChannelHandlerContext ctx, int streamId, int streamDependency, short weight, boolean exclusive) {
        idleFrames++;
    }

    private void idleFrame() throws Http2Exception {
        long nowNs = System.nanoTime();
        if (nowNs - windowNs > WINDOW_NS) {
            windowNs = nowNs;
            idleFrames = 0;
        }
        if (++idleFrames > MAX_IDLE_FRAMES) {
            throw Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, "too many frames that ask for nothing");
        }
    }

    @Override
    public void tick(long nowNs) {
        Http2Connection connection = link.connection();
        if (connection.numActiveStreams() > 0) {
            tickStreams(connection, nowNs);
        } else if (nowNs - progressNs > loop.settings().idleTimeoutMs() * 1_000_000L) {
            channel.close();
        }
    }

    private void tickStreams(Http2Connection connection, long nowNs) {
        try {
            connection.forEachActiveStream(stream -> {
                FrontStream front = link.find(stream);
                if (front != null) {
                    front.tick(nowNs);
                }
                return true;
            });
        } catch (Http2Exception e) {
            throw new IllegalStateException("a tick throws none", e);
        }
    }

    @Override
    public void drain() {
        channel.close();
    }

    @Override
    public void abort() {
        channel.unsafe().closeForcibly();
    }
}
