package io.hopline.lb.config;

import java.util.List;

/**
 * TLS towards clients: 1.2 and 1.3, HTTP/2 or HTTP/1.1 by ALPN, the certificate by SNI.
 *
 * @param certificates the first is for clients that name no host, or one that no certificate has; none for clear text
 * @param clientCa path of the PEM file of those who sign clients' certificates, read again when it changes; empty to ask
 *     clients for none
 * @param clientAuth whether a client may come without a certificate; without {@code clientCa} it means nothing
 */
public record ProxyTls(List<Certificate> certificates, String clientCa, ClientAuth clientAuth) {
    /** Clear text. */
    public static final ProxyTls NONE = of(List.of());

    /** What becomes of clients without a certificate; one with a certificate of others never comes in. */
    public enum ClientAuth {
        /** They come in, and backends are told no subject. */
        OPTIONAL,
        /** Their handshake fails. */
        REQUIRED;

        @Override
        public String toString() {
            return Spelling.of(this);
        }
    }

    /** Clients show no certificates. */
    public static ProxyTls of(List<Certificate> certificates) {
        return new ProxyTls(certificates, "", ClientAuth.REQUIRED);
    }

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
        if (!clientCa.isEmpty()) {
            absolute("clientCa", clientCa);
            if (certificates.isEmpty()) {
                throw new IllegalArgumentException("clientCa must be empty without certificates: there is no TLS");
            }
        }
    }

    static void absolute(String field, String path) {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException(field + " must be the absolute path of a PEM file, not '" + path + "'");
        }
    }
}
