package io.hopline.lb.config;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;

/**
 * The cookie by which a client comes back to its backend. Its value is opaque, the same on every host and after a restart,
 * and good for nothing but choosing among backends that the client could have been given anyway.
 */
public final class StickyCookie {
    private static final int ID_BYTES = 12;

    private StickyCookie() {}

    /** What stands for a backend: 96 bits of SHA-256 over the names of service and backend. */
    public static String id(String service, ProxyBackend backend) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest((service + '\n' + backend.name()).getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(digest, ID_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** The Set-Cookie value, for the session; {@code secure} when the client came by TLS. */
    public static String header(String name, String id, boolean secure) {
        return name + "=" + id + "; Path=/; HttpOnly; SameSite=Lax" + (secure ? "; Secure" : "");
    }
}
