package io.hopline.lb.config;

/**
 * How the proxy speaks with the backends of a service.
 *
 * @param http2 HTTP/2 from the first byte, which gRPC needs (RFC 9113, section 3.3); else HTTP/1.1
 * @param proxyProtocol 1 or 2 to begin each connection with a PROXY header of that version, which says who the client is;
 *     such a connection serves one request, as another's client may be another; 0 for none
 * @param maxStreams most requests at once on one connection of HTTP/2, if the backend allows as many
 * @param ipv4 asks backends by IPv4 even when clients come by IPv6; else by the IP version of the virtual address
 * @param tls TLS to backends
 */
public record BackendProtocol(boolean http2, int proxyProtocol, int maxStreams, boolean ipv4, BackendTls tls) {
    private static final int MAX_STREAMS = 100;

    /** HTTP/1.1 in clear text. */
    public static final BackendProtocol HTTP1 = new BackendProtocol(false, 0, BackendTls.NONE);

    /** HTTP/2 in clear text. */
    public static final BackendProtocol HTTP2 = new BackendProtocol(true, 0, BackendTls.NONE);

    /** With as many requests at once as most servers allow, by the IP version of the virtual address. */
    public BackendProtocol(boolean http2, int proxyProtocol, BackendTls tls) {
        this(http2, proxyProtocol, MAX_STREAMS, false, tls);
    }

    public BackendProtocol {
        ProxySettings.within("maxStreams", maxStreams, 1, 1000);
        ProxySettings.within("proxyProtocol", proxyProtocol, 0, 2);
        if (http2 && proxyProtocol != 0) {
            throw new IllegalArgumentException(
                    "proxyProtocol must be 0 with http2: one connection serves many clients");
        }
    }
}
