package io.hopline.lb.tls;

import java.nio.charset.StandardCharsets;
import java.security.Principal;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/** Whom a client's certificate is made out to, as backends are told. */
public final class ClientSubject {
    private ClientSubject() {}

    /** The distinguished name (RFC 4514), in ASCII; null when the client has shown none, or was asked for none. */
    public static @Nullable String of(SSLEngine engine) {
        if (!engine.getNeedClientAuth() && !engine.getWantClientAuth()) {
            return null;
        }
        try {
            Principal principal = engine.getSession().getPeerPrincipal();
            return principal instanceof X500Principal name
                    ? ascii(name.getName(X500Principal.RFC2253))
                    : ascii(principal.getName());
        } catch (SSLPeerUnverifiedException none) {
            return null;
        }
    }

    /** What a field's value cannot have is written as RFC 4514, section 2.4, writes any byte: {@code \} and two digits. */
    public static String ascii(String name) {
        StringBuilder text = new StringBuilder(name.length());
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            if (b >= ' ' && b < 0x7f) {
                text.append((char) b);
            } else {
                text.append('\\').append(Character.forDigit(b >> 4 & 15, 16)).append(Character.forDigit(b & 15, 16));
            }
        }
        return text.toString();
    }
}
