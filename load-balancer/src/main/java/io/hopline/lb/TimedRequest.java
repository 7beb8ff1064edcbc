package io.hopline.lb;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;

/** A request that knows when its first byte was read; Netty's own equality is meant. */
@SuppressWarnings({"EqualsHashCode", "MissingOverride"})
final class TimedRequest extends DefaultHttpRequest {
    private final long firstByteNs;

    TimedRequest(HttpVersion version, HttpMethod method, String target, HttpHeadersFactory headers, long firstByteNs) {
        super(version, method, target, headers);
        this.firstByteNs = firstByteNs;
    }

    long firstByteNs() {
        return firstByteNs;
    }
}
