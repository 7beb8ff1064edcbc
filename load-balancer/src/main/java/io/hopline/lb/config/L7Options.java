package io.hopline.lb.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * All that an L7 service can be told beside its routes and backends.
 *
 * @param balancing of routes that do not name their own
 * @param publish addresses and ports of the proxy's host, like {@code 192.0.2.1:8080}, {@code 0.0.0.0:80} or {@code [::]:443}, where the
 *     service is to be had beside its VIP
 */
public record L7Options(
        Balancing balancing,
        ProxySettings settings,
        ProxyPolicy policy,
        ProxyTls tls,
        BackendProtocol protocol,
        List<String> publish) {
    /** Round robin, and what suits most. */
    public static final L7Options DEFAULT = new L7Options(
            Balancing.ROUND_ROBIN,
            ProxySettings.defaults(),
            ProxyPolicy.DEFAULT,
            ProxyTls.NONE,
            BackendProtocol.HTTP1,
            List.of());

    /** @throws IllegalArgumentException naming what is no address and port */
    public L7Options {
        publish = List.copyOf(publish);
        publish.forEach(L7Options::address);
    }

    /** Where to listen on the host. */
    public List<InetSocketAddress> published() {
        return publish.stream().map(L7Options::address).toList();
    }

    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        try {
            InetAddress ip = InetAddress.ofLiteral(text.substring(0, Math.max(0, colon)));
            int port = Integer.parseInt(text.substring(colon + 1));
            if (port > 0) {
                return new InetSocketAddress(ip, port);
            }
        } catch (IllegalArgumentException notSuch) {
            // Said below, as for port 0.
        }
        throw new IllegalArgumentException(
                "publish must be an address and port of the host like 0.0.0.0:8080 or [::]:8080, not " + text);
    }
}
