package io.hopline.lb;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection: takes requests one at a time, in order, and answers them; event loop only.
 *
 * <p>Reads only when nothing waits in {@code inbox}, so pipelined requests cost one read's worth of memory. While a
 * request is answered one such read stays pending, to learn that the client has gone.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells failures to the pipeline, where they are handled.
final class FrontConnection extends ChannelInboundHandlerAdapter {
    /** How long a client may take to close after our last answer, while what it still sends is thrown away. */
    private static final long LINGER_NS = 2_000_000_000L;

    private final ProxyLoop loop;
    private final SocketChannel channel;
    private final RequestDecoder decoder;
    private final ResponseEncoder encoder;
    private final ArrayDeque<Object> inbox = new ArrayDeque<>();
    private final InetSocketAddress clientAddress;
    private @Nullable Exchange exchange;
    private long progressNs = System.nanoTime();
    private boolean lingering;
    private boolean pumping;
    private boolean reading;
    private boolean inReadLoop;
    private boolean outputEnded;

    FrontConnection(ProxyLoop loop, SocketChannel channel, RequestDecoder decoder, ResponseEncoder encoder) {
        this.loop = loop;
        this.channel = channel;
        this.decoder = decoder;
        this.encoder = encoder;
        this.clientAddress = channel.remoteAddress();
    }

    InetSocketAddress clientAddress() {
        return clientAddress;
    }

    boolean isWritable() {
        return channel.isWritable();
    }

    /** Something moved; the time limits count from here. */
    void progressed() {
        progressNs = System.nanoTime();
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        loop.add(this);
        if (loop.draining()) {
            ctx.close();
        } else {
            readIfUseful();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (lingering) {
            ReferenceCountUtil.release(message);
            return;
        }
        inReadLoop = true;
        progressed();
        inbox.add(message);
        pump();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        reading = false;
        inReadLoop = false;
        if (exchange != null) {
            exchange.flush();
        }
        readIfUseful();
    }

    /** Moves what has arrived on, as far as there is somewhere for it to go. */
    void pump() {
        if (pumping) {
            return;
        }
        pumping = true;
        try {
            Object message = inbox.peek();
            while (message != null && take(message)) {
                message = inbox.peek();
            }
        } finally {
            pumping = false;
        }
        if (!inReadLoop && exchange != null) {
            exchange.flush();
        }
        readIfUseful();
    }

    /** Handles the first message of the inbox, or leaves it there and returns false. */
    private boolean take(Object message) {
        if (message instanceof TimedRequest request) {
            if (exchange != null || lingering || !channel.isWritable()) {
                return false;
            }
            inbox.remove();
            begin(request);
        } else if (message instanceof HttpContent content) {
            if (exchange != null && !exchange.takesBody()) {
                return false;
            }
            inbox.remove();
            if (exchange != null) {
                exchange.body(content);
            } else {
                content.release();
            }
        } else {
            inbox.remove();
            ReferenceCountUtil.release(message);
        }
        return true;
    }

    private void begin(TimedRequest request) {
        loop.proxy().tally().requests.increment();
        Refusal refusal = RequestRules.check(request);
        if (refusal != null) {
            loop.proxy().tally().refused.increment();
            refuse(refusal, request.method(), request.protocolVersion(), false);
            return;
        }
        String target = RequestRules.originForm(request.uri());
        LoopRoute route = loop.route(
                RequestRules.host(request), request.method().name(), target, new NettyFields(request.headers()));
        boolean keep = ProxyHeaders.keepsAlive(request.protocolVersion(), request.headers())
                && !ProxyHeaders.hasBody(request)
                && !loop.draining();
        if (route == null) {
            Refusal none = new Refusal(HttpResponseStatus.NOT_FOUND, "no route for this host and path");
            refuse(none, request.method(), request.protocolVersion(), keep);
        } else if (route.isEmpty()) {
            Refusal none = new Refusal(HttpResponseStatus.SERVICE_UNAVAILABLE, "no backend is healthy");
            refuse(none, request.method(), request.protocolVersion(), keep);
        } else {
            exchange = new Exchange(this, loop, request, route);
            exchange.start();
        }
    }

    private void readIfUseful() {
        boolean nextIsAwaited = exchange == null || exchange.requestComplete() || exchange.takesBody();
        if (!reading && inbox.isEmpty() && (lingering || nextIsAwaited) && channel.isActive()) {
            reading = true;
            channel.read();
        }
    }

    void writeHead(HttpResponse response, HttpMethod method) {
        encoder.answersHead(method.equals(HttpMethod.HEAD));
        write(response);
    }

    void write(Object message) {
        channel.write(message, channel.voidPromise());
    }

    ChannelFuture writeAndFlush(Object message) {
        return channel.writeAndFlush(message);
    }

    void flush() {
        channel.flush();
    }

    /** Answers without a backend: the status, and one line that says why. */
    void refuse(Refusal refusal, HttpMethod method, HttpVersion clientVersion, boolean keepAlive) {
        HttpResponseStatus status = refusal.status();
        ByteBuf body = ByteBufUtil.writeAscii(channel.alloc(), status + ": " + refusal.reason() + "\n");
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
                .set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
        ProxyHeaders.announce(response.headers(), clientVersion, keepAlive);
        encoder.answersHead(method.equals(HttpMethod.HEAD));
        loop.proxy().tally().answered(status.code());
        writeAndFlush(response);
        exchangeEnded(keepAlive);
        pump();
    }

    /** The answer is written; the caller pumps when it is done with the exchange. */
    void exchangeEnded(boolean keepAlive) {
        exchange = null;
        progressed();
        if (!keepAlive || loop.draining()) {
            linger();
        }
    }

    /**
     * Ends our half and waits for the client to end its own: closing with unread bytes would reset the connection and take
     * the answer with it (RFC 9112, section 9.6).
     */
    private void linger() {
        lingering = true;
        releaseInbox();
        channel.write(Unpooled.EMPTY_BUFFER).addListener(flushed -> {
            outputEnded = true;
            progressed();
            channel.shutdownOutput();
        });
        channel.flush();
    }

    /** Breaks the connection off with a reset, so that the client cannot take half an answer for a whole one. */
    void abort() {
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        channel.close();
    }

    void drain() {
        if (exchange == null && inbox.isEmpty() && !decoder.underWay() && !lingering) {
            linger();
        }
    }

    void tick(long nowNs) {
        long silentNs = nowNs - progressNs;
        if (lingering) {
            long limitNs = outputEnded ? LINGER_NS : loop.settings().requestTimeoutMs() * 1_000_000L;
            if (silentNs > limitNs) {
                channel.close();
            }
        } else if (exchange != null) {
            exchange.tick(silentNs);
        } else if (decoder.underWay()) {
            if (nowNs - decoder.beganNs() > loop.settings().requestTimeoutMs() * 1_000_000L) {
                Refusal late =
                        new Refusal(HttpResponseStatus.REQUEST_TIMEOUT, "the request did not come to its end in time");
                refuse(late, HttpMethod.GET, HttpVersion.HTTP_1_1, false);
            }
        } else if (silentNs > loop.settings().idleTimeoutMs() * 1_000_000L) {
            channel.close();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (channel.isWritable()) {
            progressed();
            if (exchange != null) {
                exchange.frontWritable();
            }
            pump();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        loop.remove(this);
        lingering = true;
        releaseInbox();
        if (exchange != null) {
            Exchange left = Objects.requireNonNull(exchange);
            exchange = null;
            left.clientGone();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    private void releaseInbox() {
        for (Object message = inbox.poll(); message != null; message = inbox.poll()) {
            ReferenceCountUtil.release(message);
        }
    }
}
