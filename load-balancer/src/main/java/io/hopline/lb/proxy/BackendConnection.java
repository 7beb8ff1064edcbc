package io.hopline.lb.proxy;

import io.hopline.lb.http.BodyReader;
import io.hopline.lb.http.HeadScanner;
import io.hopline.lb.http.HeaderFields;
import io.hopline.lb.http.RequestHead;
import io.hopline.lb.http.ResponseHead;
import io.hopline.lb.http.WebSocketKey;
import io.hopline.lb.http.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** One connection of HTTP/1.1 to a backend; belongs to a pool, and to one exchange at a time. Event loop only. */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells failures to the pipeline, where they are handled.
final class BackendConnection extends ChannelInboundHandlerAdapter implements Upstream, PooledConnection {
    private static final int MAX_HEAD_BYTES = 65_536;

    private final BackendPool pool;
    private final ProxyLoop loop;
    private final SocketChannel channel;
    private final boolean shared;
    private final HeadScanner scanner = new HeadScanner(MAX_HEAD_BYTES);
    private final BodyReader body = new BodyReader(MAX_HEAD_BYTES);
    private final Outbox out;
    /** Known when it is open. */
    private @Nullable BooleanSupplier timing;

    private @Nullable ByteBuf input;
    private @Nullable Exchange exchange;
    /** The answer whose body is being read; null before its head. */
    private @Nullable ResponseHead answer;

    private boolean toHead;
    private boolean chunking;
    private boolean requestWhole;
    private boolean tunnel;
    private boolean usedBefore;
    private boolean broken;
    /** What must agree to a WebSocket that a client of HTTP/2 cannot check itself (RFC 6455, section 4.1); else empty. */
    private String accept = "";

    private long idleSinceNs;

    /** @param shared whether it may serve another client's request after the first */
    BackendConnection(BackendPool pool, ProxyLoop loop, SocketChannel channel, boolean shared) {
        this.shared = shared;
        this.pool = pool;
        this.loop = loop;
        this.channel = channel;
        this.out = new Outbox(channel);
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
    public boolean isTimed() {
        BooleanSupplier known = timing;
        if (known == null) {
            known = pool.timing(channel.localAddress());
            timing = known;
        }
        return known.getAsBoolean();
    }

    @Override
    public InetSocketAddress localAddress() {
        return channel.localAddress();
    }

    @Override
    public boolean isOpen() {
        return channel.isActive();
    }

    @Override
    public boolean carriesMany() {
        return false;
    }

    @Override
    public boolean hasRoom() {
        return exchange == null;
    }

    @Override
    public Upstream upstream() {
        return this;
    }

    @Override
    public void retire() {
        close();
    }

    @Override
    public boolean takesBody() {
        return channel.isWritable();
    }

    @Override
    public void begin(Exchange next, RequestHead head) {
        exchange = next;
        answer = null;
        toHead = head.isHead();
        chunking = head.bodyBytes() == RequestHead.UNKNOWN_LENGTH;
        requestWhole = false;
        accept = head.websocket() && head.isHttp2() ? WebSocketKey.accept(head) : "";
        head.writeTo(out.buffer());
    }

    @Override
    public void body(ByteBuf piece) {
        if (chunking) {
            out.addChunk(piece);
        } else {
            out.add(piece);
        }
    }

    @Override
    public void end(@Nullable HeaderFields trailers) {
        if (tunnel) {
            out.endOutput();
            return;
        }
        // Trailer fields are dropped: few servers expect them, and RFC 9110, 6.5.1 lets us.
        if (chunking) {
            ByteBuf buffer = out.buffer();
            buffer.writeBytes(Wire.LAST_CHUNK);
            buffer.writeShort(Wire.CRLF);
        }
        requestWhole = true;
    }

    @Override
    public void flush() {
        Exchange current = exchange;
        if (requestWhole && current != null) {
            requestWhole = false;
            out.flushAndTell().addListener(written -> current.requestWritten());
        } else {
            out.flush();
        }
    }

    @Override
    public void read() {
        channel.read();
    }

    @Override
    public void tunnel() {
        tunnel = true;
        chunking = false;
        body.expectUntilClose();
    }

    @Override
    public void done(boolean reusable) {
        ResponseHead last = answer;
        if (reusable
                && shared
                && !tunnel
                && input == null
                && last != null
                && last.keepsAlive()
                && last.framing() != ResponseHead.Framing.UNTIL_CLOSE) {
            pool.release(this);
        } else {
            close();
        }
    }

    @Override
    public void exchangeEnded(long nowNs) {
        exchange = null;
        answer = null;
        usedBefore = true;
        idleSinceNs = nowNs;
    }

    @Override
    public void close() {
        exchange = null;
        channel.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (exchange == null || !(message instanceof ByteBuf bytes)) {
            // Nobody asked: whatever it says must not become the answer to the next request.
            ReferenceCountUtil.release(message);
            ctx.close();
            return;
        }
        exchange.answerBytesArrived();
        input = input == null ? bytes : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), input, bytes);
        boolean moved = true;
        while (moved && exchange != null && input != null) {
            moved = answer == null ? readHead(exchange, input) : readBody(exchange, input);
        }
    }

    private boolean readHead(Exchange current, ByteBuf in) {
        int length = scanner.scan(in);
        if (length == HeadScanner.MORE) {
            return false;
        }
        ResponseHead head = null;
        if (length != HeadScanner.BAD) {
            byte[] bytes = ByteBufUtil.getBytes(in, in.readerIndex(), length, true);
            in.skipBytes(length);
            releaseReadInput(in);
            head = loop.parser().response(bytes, toHead);
        }
        if (head == null) {
            current.badAnswer("sent an answer that is not well-formed HTTP/1.1");
            return false;
        }
        if (head.isInterim() && head.status() != 101) {
            current.interim(head);
            return true;
        }
        if (head.status() == 101
                && !accept.isEmpty()
                && !accept.equals(head.fields().get(WebSocketKey.ACCEPT_FIELD))) {
            current.badAnswer("agreed to another WebSocket than was asked for");
            return false;
        }
        answer = head;
        switch (head.framing()) {
            case NONE -> body.expect(0);
            case SIZED -> body.expect(head.bodyBytes());
            case STREAMED -> body.expectChunks();
            case UNTIL_CLOSE -> body.expectUntilClose();
        }
        current.answer(head);
        if (body.done() && exchange == current) {
            current.answerEnded(null);
        }
        return true;
    }

    private boolean readBody(Exchange current, ByteBuf in) {
        ByteBuf piece = body.next(in);
        releaseReadInput(in);
        if (piece != null) {
            current.answerBody(piece);
        }
        if (body.bad()) {
            current.badAnswer("sent an answer that is not well-formed HTTP/1.1");
        } else if (body.done() && exchange == current) {
            current.answerEnded(body.trailers());
        }
        return piece != null;
    }

    private void releaseReadInput(ByteBuf in) {
        if (!in.isReadable() && input == in) {
            input = null;
            in.release();
        }
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
        if (input != null) {
            input.release();
            input = null;
        }
        out.discard();
        Exchange orphan = exchange;
        if (orphan != null && answer != null && !broken && body.closed()) {
            orphan.answerEnded(null);
        } else if (orphan != null) {
            exchange = null;
            orphan.backendLost(this);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // A reset is no end: what ends with the connection was not all.
        broken = true;
        ctx.close();
    }
}
