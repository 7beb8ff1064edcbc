package io.hopline.lb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.lb.config.Forwarding;
import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.config.ProxyConfig;
import io.hopline.lb.config.ProxyPolicy;
import io.hopline.lb.config.ProxyTls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that come through a front which says by the PROXY protocol who they are. */
class ProxiedClientsTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    private static final byte[] SIGNATURE = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
    private static final int TCP6 = 0x21;
    private static final int PROXY = 0x21;
    private static final int LOCAL = 0x20;

    private final ProxyRig rig = new ProxyRig();

    @TempDir
    private Path dir;

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    /** One whose backend tells whom it was asked for; connections from these addresses must begin with the header. */
    private HttpProxy proxy(ProxyTls tls, String... trusted) throws IOException {
        ProxyBackend backend = ProxyRig.backend("a", rig.server(exchange -> {
            byte[] told = ("<" + exchange.getRequestHeaders().getFirst("X-Forwarded-For") + ">")
                    .getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, told.length);
            exchange.getResponseBody().write(told);
        }));
        ProxyConfig plain = ProxyRig.config(backend);
        ProxyConfig config = new ProxyConfig(
                plain.service(),
                plain.listen(),
                plain.routes(),
                plain.backends(),
                ProxyPolicy.DEFAULT.with(new Forwarding(true, false, "", List.of(trusted), true)));
        return rig.proxy(ProxyRig.SETTINGS, config.with(tls));
    }

    private String answer(HttpProxy proxy, byte[] header, int pieces) throws Exception {
        Socket socket = rig.connect(proxy);
        byte[] all = (new String(header, StandardCharsets.ISO_8859_1) + GET).getBytes(StandardCharsets.ISO_8859_1);
        int each = all.length / pieces + 1;
        for (int from = 0; from < all.length; from += each) {
            socket.getOutputStream().write(all, from, Math.min(each, all.length - from));
            socket.getOutputStream().flush();
            Thread.sleep(pieces == 1 ? 0 : 5);
        }
        return ProxyRig.readAll(socket.getInputStream());
    }

    private static byte[] text(String line) {
        return (line + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] binary(int command, int family, String source, int additions) throws IOException {
        byte[] address = InetAddress.getByName(source).getAddress();
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        header.write(SIGNATURE);
        header.write(command);
        header.write(family);
        ByteBuffer rest = ByteBuffer.allocate(2 * address.length + 4 + additions);
        rest.put(address).put(address).putShort((short) 5000).putShort((short) 80);
        if (additions > 0) {
            rest.put((byte) 0xe0).putShort((short) (additions - 3));
        }
        header.write(rest.capacity() >> 8);
        header.write(rest.capacity());
        header.write(rest.array());
        return header.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7})
    void bothVersionsAreUnderstood(int pieces) throws Exception {
        HttpProxy proxy = proxy(ProxyTls.NONE, "127.0.0.0/8");
        assertThat(answer(proxy, text("PROXY TCP4 192.0.2.7 192.0.2.1 5000 80"), pieces))
                .endsWith("<192.0.2.7>");
        assertThat(answer(proxy, text("PROXY TCP6 2001:db8:0::7 2001:db8::1 5000 80"), pieces))
                .endsWith("<2001:db8::7>");
        assertThat(answer(proxy, binary(PROXY, 0x11, "192.0.2.8", 0), pieces)).endsWith("<192.0.2.8>");
        assertThat(answer(proxy, binary(PROXY, TCP6, "2001:db8::8", 300), pieces))
                .endsWith("<2001:db8::8>");
    }

    /** The front asks for itself, for its health checks say, or does not know for whom. */
    @Test
    void aFrontMayBeTheClient() throws Exception {
        HttpProxy proxy = proxy(ProxyTls.NONE, "127.0.0.0/8");
        assertThat(answer(proxy, text("PROXY UNKNOWN"), 1)).endsWith("<127.0.0.1>");
        assertThat(answer(proxy, binary(LOCAL, 0x11, "192.0.2.8", 0), 1)).endsWith("<127.0.0.1>");
    }

    /** A client that could say who it is would choose its own limits and its own backend. */
    @Test
    void nobodyElseIsBelieved() throws Exception {
        HttpProxy proxy = proxy(ProxyTls.NONE, "192.0.2.0/24");
        assertThat(answer(proxy, text("PROXY TCP4 192.0.2.7 192.0.2.1 5000 80"), 1))
                .startsWith("HTTP/1.1 400 ");
        assertThat(answer(proxy, new byte[0], 1)).endsWith("<127.0.0.1>");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "PROXY TCP4 192.0.2.7\r\n",
                "PROXY TCP4 192.0.2.700 192.0.2.1 5000 80\r\n",
                "PROXY TCP4 192.0.2.7 192.0.2.1 5000 99999\r\n",
                "PROXY UDP4 192.0.2.7 192.0.2.1 5000 80\r\n",
                "proxy TCP4 192.0.2.7 192.0.2.1 5000 80\r\n",
            })
    void withoutAGoodHeaderNothingIsServed(String header) throws Exception {
        HttpProxy proxy = proxy(ProxyTls.NONE, "127.0.0.0/8");
        String answer;
        try {
            answer = answer(proxy, header.getBytes(StandardCharsets.US_ASCII), 1);
        } catch (IOException reset) {
            answer = "";
        }
        assertThat(answer).isEmpty();
        assertThat(rig.backendPorts).isEmpty();
    }

    /** The header comes before TLS begins. */
    @Test
    void tlsBeginsBehindTheHeader() throws Exception {
        HttpProxy proxy = proxy(ProxyTls.of(List.of(TestCertificates.make(dir, "a", "localhost"))), "127.0.0.0/8");
        Socket socket = rig.connect(proxy);
        socket.getOutputStream().write(text("PROXY TCP4 192.0.2.7 192.0.2.1 5000 443"));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Anyone()}, new SecureRandom());
        try (SSLSocket secure = (SSLSocket) context.getSocketFactory().createSocket(socket, "localhost", 443, true)) {
            secure.getOutputStream().write(GET.getBytes(StandardCharsets.US_ASCII));
            assertThat(ProxyRig.readUntil(secure.getInputStream(), ">")).endsWith("<192.0.2.7>");
        }
    }

    private static final class Anyone implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
