package io.hopline.lb.proxy;

import io.hopline.lb.http.HeaderFields;
import io.hopline.lb.http.Http2Heads;
import io.hopline.lb.http.RequestHead;
import io.hopline.lb.http.ResponseHead;
import io.hopline.lb.http.WebSocketKey;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One exchange on a backend's connection of HTTP/2. What the client does not take yet is not given back to the stream's
 * window, and the backend stops sending it (RFC 9113, section 5.2). A WebSocket is asked for by a CONNECT, and success agrees
 * to it (RFC 8441, section 5). Event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells failures to the pipeline, where they are handled.
final class Http2BackendStream implements Upstream {
    private static final String MALFORMED = "sent an answer that is not well-formed HTTP/2";

    private final Http2Backend connection;
    private final Http2Link<Http2BackendStream> link;
    private final boolean usedBefore;
    private @Nullable Http2Stream stream;
    private @Nullable Exchange exchange;
    private @Nullable ChannelFuture lastWrite;
    /** Waits until it is known whether the backend takes WebSockets. */
    private @Nullable RequestHead waiting;
    /** What agrees to a WebSocket in HTTP/1.1; empty when none was asked for. */
    private String accept = "";

    private Tries.@Nullable Failure turnedAway;
    private int streamId;
    private int unconsumed;
    private boolean toHead;
    private boolean bodyFollows;
    private boolean answered;
    private boolean requestWhole;
    private boolean ended;
    private boolean tunnel;
    private boolean outputEnded;
    private boolean completing;

    /** @param usedBefore whether the connection has carried another exchange to its end */
    Http2BackendStream(Http2Backend connection, boolean usedBefore) {
        this.connection = connection;
        this.link = connection.link();
        this.usedBefore = usedBefore;
    }

    @Override
    public BackendPool pool() {
        return connection.pool();
    }

    @Override
    public boolean usedBefore() {
        return usedBefore;
    }

    @Override
    public Tries.@Nullable Failure turnedAway() {
        return turnedAway;
    }

    @Override
    public InetSocketAddress localAddress() {
        return connection.localAddress();
    }

    @Override
    public boolean takesBody() {
        return stream != null && link.isWritable(stream);
    }

    @Override
    public void begin(Exchange next, RequestHead head) {
        exchange = next;
        toHead = head.isHead();
        bodyFollows = head.hasBody();
        if (head.websocket()) {
            accept = WebSocketKey.accept(head);
            if (!connection.settled(this)) {
                waiting = head;
                return;
            }
        }
        open(head);
    }

    private void open(RequestHead head) {
        if (head.websocket() && !connection.connects()) {
            turnedAway = Tries.Failure.NO_WEBSOCKET;
            closeSoon();
            return;
        }
        boolean last = !bodyFollows && !head.websocket();
        streamId = connection.nextStreamId();
        lastWrite = link.headers(streamId, Http2Heads.write(head, connection.scheme()), last);
        stream = connection.begun(streamId, this);
        if (stream == null) {
            turnedAway = Tries.Failure.REFUSED;
            closeSoon();
        }
    }

    /** Not now, as the exchange is about to say more. */
    private void closeSoon() {
        connection.soon(this::closed);
    }

    /** The backend's SETTINGS are here, or the connection has ended without them. */
    void settled() {
        RequestHead head = waiting;
        waiting = null;
        if (head == null) {
            return;
        }
        if (connection.isActive()) {
            open(head);
            flush();
        } else {
            closed();
        }
    }

    @Override
    public void body(ByteBuf piece) {
        lastWrite = link.data(streamId, piece, false);
    }

    @Override
    public void end(@Nullable HeaderFields trailers) {
        if (tunnel) {
            endOutput();
            return;
        }
        if (bodyFollows) {
            lastWrite = trailers == null
                    ? link.data(streamId, Unpooled.EMPTY_BUFFER, true)
                    : link.headers(streamId, Http2Heads.write(trailers), true);
        }
        requestWhole = true;
    }

    private void endOutput() {
        outputEnded = true;
        lastWrite = link.data(streamId, Unpooled.EMPTY_BUFFER, true);
        link.flushSoon();
    }

    @Override
    public void flush() {
        link.flushSoon();
        Exchange current = exchange;
        if (requestWhole && current != null && lastWrite != null) {
            requestWhole = false;
            lastWrite.addListener(written -> current.requestWritten());
        }
    }

    @Override
    public void read() {
        Http2Stream open = stream;
        if (unconsumed > 0 && open != null) {
            int bytes = unconsumed;
            unconsumed = 0;
            try {
                link.consume(open, bytes);
            } catch (Http2Exception e) {
                reset(Http2Error.INTERNAL_ERROR);
            }
        }
    }

    @Override
    public void tunnel() {
        tunnel = true;
    }

    @Override
    public void done(boolean reusable) {
        exchange = null;
        if (tunnel && ended) {
            leaveTunnel();
        } else if (!reusable || !ended) {
            reset(Http2Error.NO_ERROR);
        }
    }

    /** The backend has said all: so do we, unless it does not even take what the client has said. */
    private void leaveTunnel() {
        Http2Stream open = stream;
        if (open == null) {
            return;
        }
        if (link.owes(open)) {
            reset(Http2Error.CANCEL);
        } else if (!outputEnded) {
            endOutput();
        }
    }

    @Override
    public void close() {
        exchange = null;
        if (waiting != null) {
            waiting = null;
            connection.ended();
        } else {
            reset(Http2Error.CANCEL);
        }
    }

    private void reset(Http2Error error) {
        if (stream != null) {
            connection.resetStream(streamId, error);
        }
    }

    void headers(Http2Headers headers, boolean endOfStream) {
        Exchange current = exchange;
        if (current == null) {
            return;
        }
        current.answerBytesArrived();
        if (answered) {
            HeaderFields trailers = endOfStream && !tunnel ? Http2Heads.trailers(headers) : null;
            if (trailers == null) {
                current.badAnswer(MALFORMED);
            } else {
                ended = true;
                current.answerEnded(trailers);
            }
            return;
        }
        ResponseHead head = Http2Heads.response(headers, endOfStream, toHead);
        if (head == null || (head.isInterim() && endOfStream)) {
            current.badAnswer(MALFORMED);
        } else if (head.isInterim()) {
            current.interim(head);
        } else {
            answered = true;
            boolean agrees = !accept.isEmpty() && head.status() / 100 == 2;
            current.answer(agrees ? Http2Heads.agreed(head, accept) : head);
            if (endOfStream && exchange == current) {
                ended = true;
                current.answerEnded(null);
            }
            readCompletes();
        }
    }

    /** Bytes that may be given back to the window at once, of so many. */
    int data(ByteBuf piece, int bytes, boolean endOfStream) {
        Exchange current = exchange;
        if (current == null) {
            return bytes;
        }
        current.answerBytesArrived();
        current.answerBody(piece.retain());
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
            connection.soon(() -> {
                completing = false;
                if (exchange != null) {
                    exchange.backendReadComplete();
                }
            });
        }
    }

    /** The backend says that it has not looked at the request (RFC 9113, sections 6.8 and 8.7). */
    void refuse() {
        turnedAway = Tries.Failure.REFUSED;
    }

    void writable() {
        if (exchange != null) {
            exchange.backendWritable();
        }
    }

    /** The stream is over, by whomever. */
    void closed() {
        stream = null;
        Exchange orphan = exchange;
        exchange = null;
        connection.ended();
        if (orphan != null) {
            orphan.backendLost(this);
        }
    }
}
