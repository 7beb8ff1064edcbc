/**
 * The certificates of a TLS listener or of the proxy towards its backends, read again when their files change
 * ({@link io.hopline.lb.tls.CertificateKeeper}), chosen by the name a client asks for (SNI, RFC 6066).
 *
 * <p>Threads: a set of certificates is immutable; connections that stand keep theirs.
 */
@NullMarked
package io.hopline.lb.tls;

import org.jspecify.annotations.NullMarked;
