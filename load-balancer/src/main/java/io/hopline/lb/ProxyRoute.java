package io.hopline.lb;

import java.util.List;
import java.util.Locale;

/**
 * Which requests go to which backends. The most specific host wins, then the longest path prefix.
 *
 * @param host {@code *} for any, {@code *.example.com} for its subdomains, or one name; compared without case or port
 * @param pathPrefix begins with {@code /}; matches whole segments, so {@code /api} matches {@code /api} and
 *     {@code /api/v1} but not {@code /apix}
 * @param backends names of backends, tried in turn; may be empty, which answers 503
 */
public record ProxyRoute(String host, String pathPrefix, List<String> backends) {
    public ProxyRoute {
        host = host.toLowerCase(Locale.ROOT);
        backends = List.copyOf(backends);
        if (!host.matches("\\*|(\\*\\.)?[a-z0-9_.:\\[\\]-]+")) {
            throw new IllegalArgumentException("host of a route must be *, *.name or a name, not '" + host + "'");
        }
        if (!pathPrefix.startsWith("/")) {
            throw new IllegalArgumentException("pathPrefix of a route must begin with /, not '" + pathPrefix + "'");
        }
    }
}
