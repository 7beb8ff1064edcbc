package io.hopline.lb.config;

import io.hopline.lb.http.HttpToken;
import java.util.List;

/**
 * How a backend learns whom it really talks to. What a client says of itself in these fields is thrown away, unless the
 * client is a proxy that is trusted: then its word is kept and ours is added.
 *
 * @param xForwarded X-Forwarded-For, -Proto, -Host and -Port
 * @param forwarded Forwarded (RFC 7239)
 * @param via our name in the Via field (RFC 9110, section 7.6.3) of requests and answers; empty for none
 * @param trusted addresses of proxies in front of this one, as {@code 10.0.0.0/8} or single addresses
 * @param proxyProtocol connections from trusted addresses begin with a PROXY header of version 1 or 2, which says who the
 *     client is, and are closed without it; from others there is none
 */
public record Forwarding(
        boolean xForwarded, boolean forwarded, String via, List<String> trusted, boolean proxyProtocol) {
    /** The X-Forwarded fields alone; nobody is trusted. */
    public static final Forwarding DEFAULT = new Forwarding(true, false, "", List.of(), false);

    public Forwarding {
        trusted = List.copyOf(trusted);
        if (!via.isEmpty() && !HttpToken.valid(via)) {
            throw new IllegalArgumentException("via must be a token, not '" + via + "'");
        }
        trusted.forEach(AddressRange::parse);
        if (proxyProtocol && trusted.isEmpty()) {
            throw new IllegalArgumentException(
                    "proxyProtocol must be false unless some are trusted: nobody may begin so");
        }
    }
}
