package io.hopline.lb.proxy;

import io.hopline.lb.http.HeaderFields;
import io.hopline.lb.http.Http2Heads;
import io.hopline.lb.http.RequestHead;
import io.hopline.lb.http.ResponseHead;
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
 * window, and the backend stops sending it (RFC 9113, section 5.2). Event loop only.
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
    private int streamId;
    private int unconsumed;
    private boolean toHead;
    private boolean bodyFollows;
    private boolean answered;
    private boolean requestWhole;
    private boolean ended;
    private boolean refused;
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
    public boolean refused() {
        return refused;
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
        streamId = connection.nextStreamId();
        lastWrite = link.headers(streamId, Http2Heads.write(head, connection.scheme()), !bodyFollows);
        stream = connection.begun(streamId, this);
        if (stream == null) {
            refused = true;
            // Not now, as the exchange is about to say more.
            connection.soon(this::closed);
        }
    }

    @Override
    public void body(ByteBuf piece) {
        lastWrite = link.data(streamId, piece, false);
    }

    @Override
    public void end(@Nullable HeaderFields trailers) {
        if (bodyFollows) {
            lastWrite = trailers == null
                    ? link.data(streamId, Unpooled.EMPTY_BUFFER, true)
                    : link.headers(streamId, Http2Heads.write(trailers), true);
        }
        requestWhole = true;
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
        throw new IllegalStateException("HTTP/2 does not switch protocols");
    }

    @Override
    public void done(boolean reusable) {
        exchange = null;
        if (!reusable || !ended) {
            reset(Http2Error.NO_ERROR);
        }
    }

    @Override
    public void close() {
        exchange = null;
        reset(Http2Error.CANCEL);
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
            HeaderFields trailers = endOfStream ? Http2Heads.trailers(headers) : null;
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
            current.answer(head);
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
        refused = true;
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
