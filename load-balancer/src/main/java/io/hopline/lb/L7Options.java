package io.hopline.lb;

/**
 * All that an L7 service can be told beside its routes and backends.
 *
 * @param balancing of routes that do not name their own
 */
public record L7Options(
        Balancing balancing, ProxySettings settings, ProxyPolicy policy, ProxyTls tls, BackendProtocol protocol) {
    /** Round robin, and what suits most. */
    public static final L7Options DEFAULT = new L7Options(
            Balancing.ROUND_ROBIN, ProxySettings.defaults(), ProxyPolicy.DEFAULT, ProxyTls.NONE, BackendProtocol.HTTP1);
}
