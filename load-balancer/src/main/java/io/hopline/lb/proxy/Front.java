package io.hopline.lb.proxy;

import io.hopline.lb.http.HeaderFields;
import io.hopline.lb.http.Peer;
import io.hopline.lb.http.Refusal;
import io.hopline.lb.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where one request came from and its answer goes: a connection of HTTP/1.1, or a stream of HTTP/2. It frames what it is
 * given as its protocol does, and says by {@link #takesAnswer} when it has enough. Event loop only.
 */
interface Front {
    Peer peer();

    default InetSocketAddress clientAddress() {
        return peer().address();
    }

    /** {@code http} or {@code https}, as the client sees it. */
    default String scheme() {
        return peer().scheme();
    }

    /** False when the client does not keep up: its backend is not read on until {@link Exchange#frontWritable}. */
    boolean takesAnswer();

    /** Something moved; the time limits count from here. */
    void progressed();

    /** Asks for the pieces of the request's body that there was no room for. */
    void pump();

    /** An answer before the answer, such as 100 Continue; sent at once to a client that knows it. */
    void interim(ResponseHead head);

    /** The answer's head; its fields are the client's, without those about a connection. */
    void answer(ResponseHead head);

    /** A piece of the answer's body, which the front now owns. */
    void answerBody(ByteBuf piece);

    /** The answer is whole: sends what is left. The exchange then says {@link #exchangeEnded}. */
    ChannelFuture answerEnd(@Nullable HeaderFields trailers);

    /** The backend agreed to a WebSocket: from here on bytes go both ways until one side closes (RFC 6455, 4.2.2). */
    void tunnel(ResponseHead head);

    /** Sends what was written. */
    void flush();

    /** Answers without a backend: the status, and one line that says why. Ends the exchange. */
    void refuse(Refusal refusal);

    /** The answer is written; the front may take another request. */
    void exchangeEnded();

    /** Breaks off, so that the client cannot take half an answer for a whole one. */
    void abort();
}
