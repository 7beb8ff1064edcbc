package io.hopline.lb.proxy;

import io.hopline.lb.http.BodyReader;
import io.hopline.lb.http.HeadParser;
import io.hopline.lb.http.HeadScanner;
import io.hopline.lb.http.HeaderFields;
import io.hopline.lb.http.Peer;
import io.hopline.lb.http.Refusal;
import io.hopline.lb.http.RequestHead;
import io.hopline.lb.http.RequestRules;
import io.hopline.lb.http.ResponseHead;
import io.hopline.lb.http.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection of HTTP/1.1: takes requests one at a time, in order, and answers them; event loop only.
 *
 * <p>Reads only when nothing waits in {@code input}, so pipelined requests cost one read's worth of memory, and an idle
 * connection holds no buffer. While a request is answered one read stays pending, to learn that the client has gone.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells failures to the pipeline, where they are handled.
final class FrontConnection extends ChannelInboundHandlerAdapter implements Front, Client {
    /** How long a client may take to close after our last answer, while what it still sends is thrown away. */
    private static final long LINGER_NS = 2_000_000_000L;

    private final ProxyLoop loop;
    private final SocketChannel channel;
    private final Peer peer;
    private final HeadScanner scanner;
    private final BodyReader body;
    private final Outbox out;
    /** What has arrived and was not taken yet. */
    private @Nullable ByteBuf input;

    private @Nullable Exchange exchange;
    /** The request under way; null between requests. */
    private @Nullable RequestHead request;

    private long firstByteNs;
    private long beganNs;
    private long progressNs = System.nanoTime();
    private boolean keepAlive;
    private boolean chunking;
    private boolean tunnel;
    private boolean lingering;
    /** What {@code input} holds is the beginning of something whose rest must come first. */
    private boolean starved;

    private boolean pumping;
    private boolean reading;
    private boolean inReadLoop;
    private boolean outputEnded;
    private boolean halfClosed;
    private boolean blankLineSeen;
    /** Nothing has been read of this connection yet. */
    private boolean fresh = true;

    FrontConnection(ProxyLoop loop, SocketChannel channel, Peer peer) {
        this.peer = peer;
        this.loop = loop;
        this.channel = channel;
        this.scanner = new HeadScanner(loop.settings().maxHeaderBytes());
        this.body = new BodyReader(loop.settings().maxHeaderBytes());
        this.out = new Outbox(channel);
    }

    @Override
    public Peer peer() {
        return peer;
    }

    @Override
    public boolean takesAnswer() {
        return channel.isWritable();
    }

    @Override
    public void progressed() {
        progressNs = System.nanoTime();
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        start();
    }

    /** The connection is there, and what comes next on it is the client's first request. */
    void start() {
        loop.add(this);
        if (loop.draining()) {
            channel.close();
        } else {
            readIfUseful();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (lingering || !(message instanceof ByteBuf bytes)) {
            ReferenceCountUtil.release(message);
            return;
        }
        inReadLoop = true;
        starved = false;
        progressed();
        if (input == null) {
            input = bytes;
            if (exchange == null) {
                requestBegins();
            }
        } else {
            input = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), input, bytes);
        }
        pump();
    }

    private void requestBegins() {
        firstByteNs = loop.proxy().clock().getAsLong();
        beganNs = progressNs;
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

    @Override
    public void pump() {
        if (pumping) {
            return;
        }
        pumping = true;
        try {
            boolean moved = true;
            while (moved) {
                moved = step();
            }
        } finally {
            pumping = false;
        }
        if (halfClosed && input == null && exchange != null) {
            exchange.requestEnded(null);
        }
        if (!inReadLoop && exchange != null) {
            exchange.flush();
        }
        readIfUseful();
    }

    /** A client that says no more, but hears: only in a tunnel that is told from one that has gone. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            halfClosed = true;
            progressed();
            pump();
            closeWhenBothEnded();
        }
    }

    /** Moves what has arrived on by one head or one piece; false when that must wait. */
    private boolean step() {
        ByteBuf in = input;
        if (in == null || lingering) {
            return false;
        }
        if (exchange == null) {
            return channel.isWritable() && readHead(in);
        }
        if (!exchange.takesBody()) {
            return false;
        }
        if (tunnel) {
            input = null;
            exchange.body(in);
            return false;
        }
        return !body.done() && readBody(in, exchange);
    }

    private boolean readHead(ByteBuf in) {
        if (fresh && !peer.secure()) {
            int matched = Http2Client.matchesPreface(in);
            if (matched > 0) {
                becomeHttp2(in);
                return false;
            }
            starved = matched == 0;
            if (starved) {
                return false;
            }
        }
        fresh = false;
        if (!blankLineSeen && in.readableBytes() >= 2 && in.getShort(in.readerIndex()) == Wire.CRLF) {
            // One empty line before a request is to be overlooked, RFC 9112 section 2.2.
            blankLineSeen = true;
            in.skipBytes(2);
            releaseReadInput(in);
            return true;
        }
        int length = scanner.scan(in);
        if (length == HeadScanner.MORE) {
            starved = true;
            return false;
        }
        if (length == HeadScanner.BAD) {
            begin(null, scanner.refusal());
            return false;
        }
        byte[] head = ByteBufUtil.getBytes(in, in.readerIndex(), length, true);
        in.skipBytes(length);
        releaseReadInput(in);
        RequestHead parsed = loop.parser().request(head);
        begin(parsed, parsed == null ? loop.parser().refusal() : RequestRules.check(parsed));
        return true;
    }

    /** The client knew that HTTP/2 is spoken here: the connection is another handler's (RFC 9113, section 3.3). */
    private void becomeHttp2(ByteBuf in) {
        input = null;
        lingering = true;
        loop.remove(this);
        loop.serve(channel, peer, true);
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.remove(this);
        pipeline.fireChannelRead(in);
    }

    private boolean readBody(ByteBuf in, Exchange current) {
        ByteBuf piece = body.next(in);
        releaseReadInput(in);
        if (piece != null) {
            current.body(piece);
        }
        if (body.bad()) {
            current.badBody();
            return false;
        }
        if (body.done()) {
            current.requestEnded(body.trailers());
        }
        starved = piece == null && !body.done();
        return piece != null;
    }

    private void releaseReadInput(ByteBuf in) {
        if (!in.isReadable() && input == in) {
            input = null;
            in.release();
        }
    }

    /** A head is read: refuses it or lets an exchange begin. */
    private void begin(@Nullable RequestHead head, @Nullable Refusal refusal) {
        loop.proxy().tally().requests.increment();
        request = head;
        blankLineSeen = false;
        if (head == null || refusal != null) {
            loop.proxy().tally().refused.increment();
            refuse(refusal == null ? HeadParser.MALFORMED : refusal, false);
            return;
        }
        keepAlive = head.keepsAlive();
        body.expect(head);
        exchange = Exchange.route(this, loop, head, firstByteNs);
        if (exchange != null) {
            exchange.start();
        }
    }

    private void readIfUseful() {
        boolean awaited = lingering || exchange == null || exchange.requestComplete() || exchange.takesBody();
        boolean mayRead = !reading && !halfClosed && channel.isActive();
        if (mayRead && awaited && (input == null || starved)) {
            reading = true;
            channel.read();
        }
    }

    @Override
    public void interim(ResponseHead head) {
        if (request != null && !request.isHttp10()) {
            ByteBuf buffer = out.buffer();
            head.writeTo(buffer);
            buffer.writeShort(Wire.CRLF);
            out.flush();
        }
    }

    @Override
    public void answer(ResponseHead head) {
        boolean http10 = request != null && request.isHttp10();
        boolean unsized =
                head.framing() == ResponseHead.Framing.STREAMED || head.framing() == ResponseHead.Framing.UNTIL_CLOSE;
        chunking = unsized && !http10;
        keepAlive &= !(unsized && http10) && !loop.draining();
        ByteBuf buffer = out.buffer();
        head.writeTo(buffer);
        if (chunking) {
            buffer.writeBytes(Wire.CHUNKED);
        }
        if (!keepAlive) {
            buffer.writeBytes(Wire.CLOSE);
        } else if (http10) {
            buffer.writeBytes(Wire.KEEP_ALIVE);
        }
        buffer.writeShort(Wire.CRLF);
    }

    @Override
    public void answerBody(ByteBuf piece) {
        if (chunking) {
            out.addChunk(piece);
        } else {
            out.add(piece);
        }
    }

    @Override
    public ChannelFuture answerEnd(@Nullable HeaderFields trailers) {
        if (chunking) {
            chunking = false;
            ByteBuf buffer = out.buffer();
            buffer.writeBytes(Wire.LAST_CHUNK);
            if (trailers != null && request != null && request.acceptsTrailers()) {
                buffer.ensureWritable(trailers.byteBound() + 2);
                trailers.writeTo(buffer);
            }
            buffer.writeShort(Wire.CRLF);
        }
        return stays() ? out.flushAndTell() : out.flushLast();
    }

    @Override
    public void tunnel(ResponseHead head) {
        tunnel = true;
        keepAlive = false;
        channel.config().setAllowHalfClosure(true);
        ByteBuf buffer = out.buffer();
        head.writeTo(buffer);
        buffer.writeBytes(Wire.UPGRADE_WEBSOCKET);
        buffer.writeShort(Wire.CRLF);
        out.flush();
        pump();
    }

    @Override
    public void flush() {
        out.flush();
    }

    @Override
    public void refuse(Refusal refusal) {
        refuse(refusal, stays());
    }

    private void refuse(Refusal refusal, boolean stays) {
        boolean toHead = request != null && request.isHead();
        ByteBuf buffer = out.buffer();
        refusal.head(toHead).writeTo(buffer);
        if (!stays) {
            buffer.writeBytes(Wire.CLOSE);
        } else if (request != null && request.isHttp10()) {
            buffer.writeBytes(Wire.KEEP_ALIVE);
        }
        buffer.writeShort(Wire.CRLF);
        if (!toHead) {
            ByteBufUtil.writeAscii(buffer, refusal.text());
        }
        loop.proxy().answeredItself(peer, exchange != null, refusal.status().code(), firstByteNs);
        keepAlive = stays;
        out.flush();
        exchangeEnded();
        pump();
    }

    @Override
    public void exchangeEnded() {
        boolean stays = stays();
        exchange = null;
        request = null;
        progressed();
        if (!stays) {
            linger();
        } else if (input != null) {
            requestBegins();
        }
    }

    /** Whether another request may come; an answer before the request was complete leaves the connection in the middle of a body. */
    private boolean stays() {
        return keepAlive && body.done() && !loop.draining();
    }

    /**
     * Ends our half and waits for the client to end its own: closing with unread bytes would reset the connection and take
     * the answer with it (RFC 9112, section 9.6).
     */
    private void linger() {
        lingering = true;
        releaseInput();
        out.endOutput().addListener(flushed -> {
            outputEnded = true;
            progressed();
            closeWhenBothEnded();
        });
    }

    private void closeWhenBothEnded() {
        if (outputEnded && halfClosed) {
            channel.close();
        }
    }

    @Override
    public void abort() {
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        // Past TLS, which would say that this is the end.
        channel.pipeline().firstContext().close();
    }

    @Override
    public void drain() {
        if (exchange == null && input == null && !lingering) {
            linger();
        }
    }

    @Override
    public void tick(long nowNs) {
        long silentNs = nowNs - progressNs;
        if (lingering) {
            long limitNs = outputEnded ? LINGER_NS : loop.settings().requestTimeoutMs() * 1_000_000L;
            if (silentNs > limitNs) {
                channel.close();
            }
        } else if (exchange != null) {
            exchange.tick(silentNs);
        } else if (input != null || blankLineSeen) {
            if (nowNs - beganNs > loop.settings().requestTimeoutMs() * 1_000_000L) {
                refuse(Admission.LATE, false);
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
        releaseInput();
        out.discard();
        if (exchange != null) {
            Exchange left = exchange;
            exchange = null;
            left.clientGone();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    private void releaseInput() {
        if (input != null) {
            input.release();
            input = null;
        }
    }
}
