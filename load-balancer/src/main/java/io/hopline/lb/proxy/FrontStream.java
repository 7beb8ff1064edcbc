package io.hopline.lb.proxy;

import io.hopline.lb.http.HeaderFields;
import io.hopline.lb.http.Http2Heads;
import io.hopline.lb.http.Peer;
import io.hopline.lb.http.Refusal;
import io.hopline.lb.http.RequestHead;
import io.hopline.lb.http.RequestRules;
import io.hopline.lb.http.ResponseHead;
import io.hopline.lb.http.WebSocketKey;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One request of an HTTP/2 client and its answer; event loop only. What the backend does not take yet waits here, and its
 * bytes are not given back to the stream's window until it is taken, so that the client stops (RFC 9113, section 5.2).
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells failures to the pipeline, where they are handled.
final class FrontStream implements Front {
    private final Http2Client client;
    private final Http2Link<FrontStream> link;
    private final Http2Stream stream;
    private final RequestHead request;
    private final long firstByteNs;
    private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>(0);
    private @Nullable Exchange exchange;
    private @Nullable HeaderFields trailers;
    /** The last piece of the answer's body, which may turn out to end it. */
    private @Nullable ByteBuf held;

    private @Nullable ChannelFuture lastWrite;
    private long progressNs = System.nanoTime();
    private boolean tunnel;
    private boolean requestEnded;
    private boolean endTold;
    private boolean answerEnded;

    FrontStream(Http2Client client, Http2Stream stream, RequestHead request, boolean ends) {
        this.client = client;
        this.link = client.link();
        this.stream = stream;
        this.request = request;
        this.requestEnded = ends;
        this.endTold = !request.hasBody();
        this.firstByteNs = client.loop().proxy().clock().getAsLong();
    }

    /** Refuses the request or lets an exchange begin. */
    void begin() {
        ProxyLoop loop = client.loop();
        loop.proxy().tally().requests.increment();
        Refusal refusal = RequestRules.check(request);
        if (refusal != null) {
            loop.proxy().tally().refused.increment();
            refuse(refusal);
            return;
        }
        exchange = Exchange.route(this, loop, request, firstByteNs);
        if (exchange != null) {
            exchange.start();
        }
    }

    /** A piece of the body, borrowed; true when it went on and its bytes may be given back to the window. */
    boolean data(ByteBuf piece) {
        progressed();
        if (exchange == null) {
            return true;
        }
        if (waiting.isEmpty() && takesBody(exchange)) {
            exchange.body(piece.retain());
            flushRequest();
            return true;
        }
        waiting.add(piece.retain());
        return false;
    }

    /** What follows the head of a WebSocket is for when there is one. */
    private boolean takesBody(Exchange current) {
        return current.takesBody() && (tunnel || !request.websocket());
    }

    /** END_STREAM. */
    void requestEnded(@Nullable HeaderFields trailerFields) {
        progressed();
        requestEnded = true;
        trailers = trailerFields;
        pump();
    }

    @Override
    public void pump() {
        while (exchange != null && !waiting.isEmpty() && takesBody(exchange)) {
            ByteBuf piece = waiting.remove();
            giveBack(piece.readableBytes());
            exchange.body(piece);
        }
        if (exchange != null && requestEnded && !endTold && waiting.isEmpty() && exchange.takesBody()) {
            endTold = true;
            exchange.requestEnded(trailers);
        }
        flushRequest();
    }

    /** Whether a WebSocket was asked for: of frames only DATA may follow its head (RFC 9113, section 8.5). */
    boolean connects() {
        return request.websocket();
    }

    private void flushRequest() {
        if (exchange != null) {
            exchange.flush();
        }
    }

    private void giveBack(int bytes) {
        try {
            if (bytes > 0) {
                link.consume(stream, bytes);
            }
        } catch (Http2Exception e) {
            abort();
        }
    }

    @Override
    public Peer peer() {
        return client.peer();
    }

    @Override
    public boolean takesAnswer() {
        return link.isWritable(stream);
    }

    @Override
    public void progressed() {
        progressNs = System.nanoTime();
    }

    @Override
    public void interim(ResponseHead head) {
        link.headers(stream.id(), Http2Heads.write(head), false);
        link.flushSoon();
    }

    @Override
    public void answer(ResponseHead given) {
        // To a client that asks for a WebSocket success means that there is one.
        boolean misleads = request.websocket() && given.status() / 100 == 2;
        ResponseHead head = misleads ? given.withStatus(HttpResponseStatus.BAD_GATEWAY) : given;
        boolean last = head.framing() == ResponseHead.Framing.NONE
                || (head.framing() == ResponseHead.Framing.SIZED && head.bodyBytes() == 0);
        lastWrite = link.headers(stream.id(), Http2Heads.write(head), last);
        answerEnded = last;
        link.flushSoon();
    }

    @Override
    public void answerBody(ByteBuf piece) {
        if (answerEnded) {
            piece.release();
            return;
        }
        writeHeld(false);
        held = piece;
    }

    private void writeHeld(boolean last) {
        ByteBuf piece = held;
        if (piece != null) {
            held = null;
            writeData(piece, last);
        }
    }

    private void writeData(ByteBuf piece, boolean last) {
        lastWrite = link.data(stream.id(), piece, last);
        answerEnded = last;
        link.flushSoon();
    }

    @Override
    public ChannelFuture answerEnd(@Nullable HeaderFields trailerFields) {
        if (!answerEnded) {
            if (trailerFields != null) {
                writeHeld(false);
                lastWrite = link.headers(stream.id(), Http2Heads.write(trailerFields), true);
                answerEnded = true;
            } else if (held != null) {
                writeHeld(true);
            } else {
                writeData(Unpooled.EMPTY_BUFFER, true);
            }
        }
        link.flushSoon();
        ChannelFuture last = lastWrite;
        return last == null ? link.channel().newSucceededFuture() : last;
    }

    @Override
    public void tunnel(ResponseHead head) {
        tunnel = true;
        endTold = false;
        head.fields().remove(WebSocketKey.ACCEPT_FIELD);
        lastWrite = link.headers(stream.id(), Http2Heads.write(head.withStatus(HttpResponseStatus.OK)), false);
        link.flushSoon();
        pump();
    }

    @Override
    public void flush() {
        writeHeld(false);
    }

    @Override
    public void refuse(Refusal refusal) {
        client.loop()
                .proxy()
                .answeredItself(
                        client.peer(), exchange != null, refusal.status().code(), firstByteNs);
        answer(refusal.head(request.isHead()));
        if (!request.isHead()) {
            answerBody(ByteBufUtil.writeAscii(link.channel().alloc(), refusal.text()));
        }
        answerEnd(null);
        exchangeEnded();
    }

    @Override
    public void exchangeEnded() {
        exchange = null;
        dropWaiting();
        if (!requestEnded) {
            // The rest of the request is of no use to anyone, RFC 9113 section 8.1; but the answer goes first.
            ChannelFuture last = lastWrite;
            if (last == null) {
                reset(Http2Error.NO_ERROR);
            } else {
                last.addListener(written -> reset(Http2Error.NO_ERROR));
            }
        }
    }

    @Override
    public void abort() {
        exchange = null;
        dropWaiting();
        reset(Http2Error.INTERNAL_ERROR);
    }

    private void reset(Http2Error error) {
        link.reset(stream.id(), error);
    }

    /** The stream is over, by whomever. */
    void closed() {
        dropWaiting();
        if (exchange != null) {
            Exchange left = exchange;
            exchange = null;
            left.clientGone();
        }
    }

    void writable() {
        progressed();
        if (exchange != null) {
            exchange.frontWritable();
        }
    }

    void tick(long nowNs) {
        if (exchange != null) {
            exchange.tick(nowNs - progressNs);
        }
    }

    private void dropWaiting() {
        while (!waiting.isEmpty()) {
            ByteBuf piece = waiting.remove();
            giveBack(piece.readableBytes());
            piece.release();
        }
        if (held != null) {
            held.release();
            held = null;
        }
    }
}
