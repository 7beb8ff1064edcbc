package io.hopline.lb.proxy;

import io.hopline.lb.http.HeaderFields;
import io.hopline.lb.http.RequestHead;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Where one exchange's request goes and its answer comes from: a connection of HTTP/1.1, or a stream of HTTP/2. Event loop only. */
interface Upstream {
    BackendPool pool();

    /** True when its connection served a request before, so that the backend may be about to close it. */
    boolean usedBefore();

    /** How the backend turned the request away without looking at it, so that it may be sent again whatever it asks; or null. */
    default Tries.@Nullable Failure turnedAway() {
        return null;
    }

    /** The proxy's end of the connection. */
    InetSocketAddress localAddress();

    /** False when the backend does not keep up with the request's body. */
    boolean takesBody();

    /** Sends the head; what comes back goes to this exchange. */
    void begin(Exchange exchange, RequestHead head);

    /** A piece of the request's body, which the upstream now owns. */
    void body(ByteBuf piece);

    /** The request is whole, and the exchange is told when the kernel has it; or a tunnel's client says no more. */
    void end(@Nullable HeaderFields trailers);

    /** Sends what was written. */
    void flush();

    /** The client keeps up: more of the answer may come. */
    void read();

    /** From here on bytes go both ways as they are. */
    void tunnel();

    /** The answer is whole; {@code reusable} unless the request is not. */
    void done(boolean reusable);

    /** Gives up without telling the exchange. */
    void close();
}
