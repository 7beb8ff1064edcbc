package io.hopline.lb.config;

/**
 * TLS to backends. The files are PEM, on the proxy's host, and read when the service is configured.
 *
 * @param serverName the host that a backend's certificate must have, and that it is asked for; empty for clear text
 * @param ca path of the authorities that may have signed it; empty for those of the Java platform
 * @param cert path of the certificate that the proxy shows to backends that ask for one; empty for none
 * @param key path of its key, PKCS #8
 */
public record BackendTls(String serverName, String ca, String cert, String key) {
    /** Clear text. */
    public static final BackendTls NONE = new BackendTls("", "", "", "");

    public BackendTls {
        if (!ca.isEmpty()) {
            ProxyTls.absolute("ca", ca);
        }
        if (!cert.isEmpty() || !key.isEmpty()) {
            ProxyTls.absolute("cert", cert);
            ProxyTls.absolute("key", key);
        }
        if (serverName.isEmpty() && !(ca.isEmpty() && cert.isEmpty())) {
            throw new IllegalArgumentException("serverName must be the name in the backends' certificates");
        }
    }

    public boolean wanted() {
        return !serverName.isEmpty();
    }
}
