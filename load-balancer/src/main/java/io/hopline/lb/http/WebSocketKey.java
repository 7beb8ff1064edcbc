package io.hopline.lb.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;

/**
 * By what a server of HTTP/1.1 shows that it knows WebSockets (RFC 6455, sections 4.1 and 4.2.2). HTTP/2 has no such thing
 * (RFC 8441, section 5), so the proxy asks or answers by it for whoever speaks HTTP/2.
 */
public final class WebSocketKey {
    static final String FIELD = "sec-websocket-key";
    public static final String ACCEPT_FIELD = "sec-websocket-accept";

    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int NONCE_BYTES = 16;

    private WebSocketKey() {}

    static String fresh() {
        byte[] nonce = new byte[NONCE_BYTES];
        ThreadLocalRandom.current().nextBytes(nonce);
        return Base64.getEncoder().encodeToString(nonce);
    }

    /** What the server that agrees answers in Sec-WebSocket-Accept to the key that this request has. */
    public static String accept(RequestHead request) {
        try {
            byte[] text = (request.fields().get(FIELD) + GUID).getBytes(StandardCharsets.ISO_8859_1);
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }
}
