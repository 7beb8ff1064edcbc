package io.hopline.lb;

import java.util.List;

/**
 * TLS towards clients: 1.2 and 1.3, HTTP/2 or HTTP/1.1 by ALPN, the certificate by SNI.
 *
 * @param certificates the first is for clients that name no host, or one that no certificate has; none for clear text
 */
public record ProxyTls(List<Certificate> certificates) {
    /** Clear text. */
    public static final ProxyTls NONE = new ProxyTls(List.of());

    /**
     * A certificate and its key, as PEM files on the proxy's host; read again when they change.
     *
     * @param cert path of the certificate, followed in the file by those of its issuers
     * @param key path of its key: PKCS #8, without a password
     */
    public record Certificate(String cert, String key) {
        public Certificate {
            absolute("cert", cert);
            absolute("key", key);
        }
    }

    public ProxyTls {
        certificates = List.copyOf(certificates);
    }

    static void absolute(String field, String path) {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException(field + " must be the absolute path of a PEM file, not '" + path + "'");
        }
    }
}
