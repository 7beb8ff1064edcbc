package io.hopline.lb.proxy;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One end of a WebSocket, as Netty speaks it: by Upgrade over HTTP/1.1, or by extended CONNECT over HTTP/2 (RFC 8441). What
 * it hears is kept for the test: {@code open}, frames, {@code close} for a frame that says so, {@code end} when the other
 * side says no more, {@code reset} when it breaks off, {@code status 502} or the like when there is no WebSocket.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A write that fails shows as a reset.
final class WebSocketPeer extends ChannelInboundHandlerAdapter {
    private static final int MAX_FRAME = 1 << 21;
    private static final String SUBPROTOCOL = "sec-websocket-protocol";

    /** Netty's threads, and the servers that were started on them. */
    static final class Group implements AutoCloseable {
        private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
        /** The server's ends of the WebSockets, as they are asked for. */
        final BlockingQueue<WebSocketPeer> accepted = new LinkedBlockingQueue<>();

        /** A server of one protocol; over HTTP/2 it may keep to itself that it takes WebSockets. */
        InetSocketAddress server(boolean http2, boolean announces) {
            Channel server = new ServerBootstrap()
                    .group(loops)
                    .channel(NioServerSocketChannel.class)
                    .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                    .childHandler(new ChannelInitializer<SocketChannel>() {
                        @Override
                        protected void initChannel(SocketChannel channel) {
                            if (http2) {
                                serveHttp2(channel.pipeline(), announces);
                            } else {
                                serveHttp1(channel.pipeline());
                            }
                        }
                    })
                    .bind(ProxyRig.loopback(0))
                    .syncUninterruptibly()
                    .channel();
            return (InetSocketAddress) server.localAddress();
        }

        private void serveHttp1(ChannelPipeline pipeline) {
            pipeline.addLast(
                    new HttpServerCodec(),
                    new HttpObjectAggregator(4096),
                    new WebSocketServerProtocolHandler(WebSocketServerProtocolConfig.newBuilder()
                            .websocketPath("/chat")
                            .subprotocols("chat")
                            .checkStartsWith(true)
                            .handleCloseFrames(false)
                            .sendCloseFrame(null)
                            .decoderConfig(WebSocketDecoderConfig.newBuilder()
                                    .maxFramePayloadLength(MAX_FRAME)
                                    .build())
                            .build()),
                    acceptedPeer());
        }

        private void serveHttp2(ChannelPipeline pipeline, boolean announces) {
            Http2Settings settings = Http2Settings.defaultSettings();
            if (announces) {
                settings.connectProtocolEnabled(true);
            }
            pipeline.addLast(
                    Http2FrameCodecBuilder.forServer().initialSettings(settings).build(),
                    new Http2MultiplexHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel stream) {
                            stream.pipeline().addLast(new StreamBytes(true), acceptedPeer());
                        }
                    }));
        }

        private WebSocketPeer acceptedPeer() {
            return new WebSocketPeer(accepted::add);
        }

        WebSocketPeer accepted() throws InterruptedException {
            return Objects.requireNonNull(accepted.poll(60, TimeUnit.SECONDS), "no WebSocket came");
        }

        /** A client that asks the proxy for a WebSocket. */
        WebSocketPeer client(HttpProxy proxy, boolean http2) {
            WebSocketPeer peer = new WebSocketPeer(opened -> {});
            Bootstrap bootstrap = new Bootstrap()
                    .group(loops)
                    .channel(NioSocketChannel.class)
                    .option(ChannelOption.ALLOW_HALF_CLOSURE, true);
            Channel connection = bootstrap
                    .handler(new ChannelInitializer<SocketChannel>() {
                        @Override
                        protected void initChannel(SocketChannel channel) {
                            if (http2) {
                                channel.pipeline()
                                        .addLast(
                                                Http2FrameCodecBuilder.forClient()
                                                        .build(),
                                                new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
                            } else {
                                askHttp1(channel.pipeline(), peer);
                            }
                        }
                    })
                    .connect(proxy.address())
                    .syncUninterruptibly()
                    .channel();
            if (http2) {
                Http2StreamChannel stream = new Http2StreamChannelBootstrap(connection)
                        .handler(new ChannelInitializer<Http2StreamChannel>() {
                            @Override
                            protected void initChannel(Http2StreamChannel channel) {
                                channel.pipeline().addLast(new StreamBytes(false), peer);
                            }
                        })
                        .open()
                        .syncUninterruptibly()
                        .getNow();
                Http2Headers head = new DefaultHttp2Headers()
                        .method("CONNECT")
                        .scheme("http")
                        .authority("h")
                        .path("/chat?room=1")
                        .add(":protocol", "websocket")
                        .add("sec-websocket-version", "13")
                        .add(SUBPROTOCOL, "chat");
                stream.writeAndFlush(new DefaultHttp2HeadersFrame(head)).syncUninterruptibly();
            }
            return peer;
        }

        private static void askHttp1(ChannelPipeline pipeline, WebSocketPeer peer) {
            pipeline.addLast(
                    new HttpClientCodec(),
                    new HttpObjectAggregator(4096),
                    new WebSocketClientProtocolHandler(WebSocketClientProtocolConfig.newBuilder()
                            .webSocketUri(URI.create("ws://h/chat?room=1"))
                            .subprotocol("chat")
                            .version(WebSocketVersion.V13)
                            .customHeaders(new DefaultHttpHeaders().add("x-more", "1"))
                            .handleCloseFrames(false)
                            .sendCloseFrame(null)
                            .maxFramePayloadLength(MAX_FRAME)
                            .build()),
                    peer);
        }

        @Override
        public void close() {
            loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    /** Between the frames of an HTTP/2 stream and the bytes of a WebSocket. */
    private static final class StreamBytes extends ChannelDuplexHandler {
        private final boolean server;

        StreamBytes(boolean server) {
            this.server = server;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof Http2HeadersFrame head) {
                head(ctx, head.headers());
            } else if (message instanceof Http2DataFrame data) {
                ctx.fireChannelRead(data.content());
                if (data.isEndStream()) {
                    ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
                }
            } else {
                ReferenceCountUtil.release(message);
            }
        }

        private void head(ChannelHandlerContext ctx, Http2Headers head) {
            boolean opens = server
                    ? "CONNECT".contentEquals(head.method()) && "websocket".contentEquals(head.get(":protocol"))
                    : "200".contentEquals(head.status()) && "chat".contentEquals(head.get(SUBPROTOCOL));
            if (!opens) {
                ctx.fireUserEventTriggered("status " + head.status());
                return;
            }
            if (server) {
                ctx.writeAndFlush(new DefaultHttp2HeadersFrame(
                        new DefaultHttp2Headers().status("200").add(SUBPROTOCOL, head.get(SUBPROTOCOL))));
            }
            ctx.pipeline()
                    .addAfter(ctx.name(), "decoder", new WebSocket13FrameDecoder(server, true, MAX_FRAME))
                    .addAfter(ctx.name(), "encoder", new WebSocket13FrameEncoder(!server));
            ctx.fireUserEventTriggered("open");
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            ctx.write(message instanceof ByteBuf bytes ? new DefaultHttp2DataFrame(bytes) : message, promise);
        }
    }

    /** Who is told that there is a WebSocket. */
    interface Opened {
        void opened(WebSocketPeer peer);
    }

    private final Opened opened;
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final Queue<byte[]> pieces = new ArrayDeque<>();
    /** Frames that were taken of those that were to be poured. */
    final AtomicLong poured = new AtomicLong();

    private @Nullable ChannelHandlerContext context;

    private WebSocketPeer(Opened opened) {
        this.opened = opened;
    }

    /** What comes next, within a minute. */
    String next() throws InterruptedException {
        return Objects.requireNonNull(heard.poll(60, TimeUnit.SECONDS), "nothing came");
    }

    Channel channel() {
        return Objects.requireNonNull(context).channel();
    }

    private void write(Object message) {
        ChannelHandlerContext ctx = Objects.requireNonNull(context);
        ctx.writeAndFlush(message);
    }

    /** Sends so many frames, as fast as they are taken. */
    void pour(byte[] payload, int times) {
        ChannelHandlerContext ctx = Objects.requireNonNull(context);
        ctx.executor().execute(() -> {
            pieces.addAll(Collections.nCopies(times, payload));
            channelWritabilityChanged(ctx);
        });
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        while (!pieces.isEmpty() && ctx.channel().isWritable()) {
            send(pieces.remove());
            poured.incrementAndGet();
        }
    }

    void send(byte[] payload) {
        write(new BinaryWebSocketFrame(Unpooled.wrappedBuffer(payload)));
    }

    void sendClose() {
        write(new CloseWebSocketFrame(1000, "bye"));
    }

    /** Says no more, but hears. */
    void endOutput() {
        if (channel() instanceof SocketChannel socket) {
            socket.shutdownOutput();
        } else {
            write(new DefaultHttp2DataFrame(true));
        }
    }

    /** Breaks off. */
    void reset() {
        if (channel() instanceof SocketChannel socket) {
            socket.config().setSoLinger(0);
            socket.close();
        } else {
            write(new DefaultHttp2ResetFrame(Http2Error.CANCEL));
        }
    }

    /** A frame as it is told to the test: its length and what its bytes add up to. */
    static String binary(byte[] payload) {
        return "binary " + payload.length + " " + ByteBufUtil.hashCode(Unpooled.wrappedBuffer(payload));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        try {
            if (message instanceof BinaryWebSocketFrame frame) {
                heard.add("binary " + frame.content().readableBytes() + " " + ByteBufUtil.hashCode(frame.content()));
            } else if (message instanceof CloseWebSocketFrame frame) {
                heard.add("close " + frame.statusCode());
            } else if (message instanceof WebSocketFrame frame) {
                heard.add("unexpected " + frame);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event.equals("open")
                || event == WebSocketClientProtocolHandler.ClientHandshakeStateEvent.HANDSHAKE_COMPLETE
                || event instanceof WebSocketServerProtocolHandler.HandshakeComplete) {
            heard.add("open");
            opened.opened(this);
        } else if (event instanceof ChannelInputShutdownEvent) {
            heard.add("end");
        } else if (event instanceof Http2ResetFrame) {
            heard.add("reset");
        } else if (event instanceof String status) {
            heard.add(status);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof WebSocketClientHandshakeException refused) {
            heard.add("status "
                    + Objects.requireNonNull(refused.response()).status().code());
        } else {
            heard.add(cause instanceof IOException ? "reset" : cause.toString());
        }
        ctx.close();
    }
}
