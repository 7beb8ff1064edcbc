package io.hopline.lb.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.hopline.lb.config.ProxyTls;
import io.netty.handler.ssl.OpenSsl;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpProxyTlsTest {
    private static final byte[] GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final X509TrustManager ANY = new Looking();

    private final ProxyRig rig = new ProxyRig();

    @TempDir
    private Path dir;

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private HttpProxy proxy(ProxyTls.Certificate... certificates) throws IOException {
        return rig.proxy(
                ProxyRig.SETTINGS, ProxyRig.config(rig.answering("a")).with(ProxyTls.of(List.of(certificates))));
    }

    private SSLSocket connect(HttpProxy proxy, String host, String... protocols) throws Exception {
        return connect(proxy, tls(ANY), host, protocols);
    }

    private SSLSocket connect(HttpProxy proxy, SSLContext client, String host, String... protocols) throws Exception {
        SSLSocket socket = rig.closing((SSLSocket) client.getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), proxy.address().getPort()));
        socket.setSoTimeout(30_000);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(host)));
        if (protocols.length > 0) {
            parameters.setProtocols(protocols);
        }
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static SSLContext tls(X509TrustManager trust) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {trust}, null);
        return context;
    }

    private static String shownTo(SSLSocket socket) throws Exception {
        X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
        return shown.getSubjectX500Principal().getName();
    }

    private static String get(SSLSocket socket) throws IOException {
        socket.getOutputStream().write(GET);
        return ProxyRig.readUntil(socket.getInputStream(), "\r\n\r\na");
    }

    @Test
    void showsTheCertificateOfTheHostThatIsAskedFor() throws Exception {
        HttpProxy proxy = proxy(
                TestCertificates.make(dir, "first", "first.example"),
                TestCertificates.make(dir, "wild", "*.wild.example", "wild.example"));
        assertThat(shownTo(connect(proxy, "first.example"))).isEqualTo("CN=first");
        assertThat(shownTo(connect(proxy, "WWW.wild.example"))).isEqualTo("CN=wild");
        assertThat(shownTo(connect(proxy, "wild.example"))).isEqualTo("CN=wild");
        assertThat(shownTo(connect(proxy, "a.b.wild.example"))).isEqualTo("CN=first");
        assertThat(shownTo(connect(proxy, "other.example"))).isEqualTo("CN=first");
        assertThat(get(connect(proxy, "wild.example"))).startsWith("HTTP/1.1 200");
    }

    @Test
    void speaksTls12And13AndNothingOlder() throws Exception {
        HttpProxy proxy = proxy(TestCertificates.make(dir, "a", "a.example"));
        assertThat(OpenSsl.isAvailable()).as("BoringSSL is there").isTrue();
        assertThat(connect(proxy, "a.example", "TLSv1.2").getSession().getProtocol())
                .isEqualTo("TLSv1.2");
        assertThat(connect(proxy, "a.example").getSession().getProtocol()).isEqualTo("TLSv1.3");
        String clear = rig.exchange(proxy, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(clear).doesNotContain("HTTP/1.1 200");
        await().until(() -> proxy.counters().clients() <= 2);
    }

    /** Who resumes a session is shown no certificate again. */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void sessionsAreResumed(String version) throws Exception {
        HttpProxy proxy = proxy(TestCertificates.make(dir, "a", "a.example"));
        var client = new Looking();
        SSLContext tls = tls(client);
        for (int i = 0; i < 3; i++) {
            assertThat(get(connect(proxy, tls, "a.example", version))).startsWith("HTTP/1.1 200");
        }
        assertThat(client.certificatesSeen).isEqualTo(1);
    }

    /** Connections that are there keep their certificate and go on; new ones get the new one. */
    @Test
    void readsCertificatesAgainWithoutDroppingAConnection() throws Exception {
        ProxyTls.Certificate files = TestCertificates.make(dir, "a", "old.example");
        HttpProxy proxy = proxy(files);
        SSLSocket before = connect(proxy, "old.example");
        assertThat(get(before)).startsWith("HTTP/1.1 200");
        TestCertificates.make(dir, "b", "new.example");
        Files.move(dir.resolve("b.crt"), Path.of(files.cert()), StandardCopyOption.REPLACE_EXISTING);
        Files.move(dir.resolve("b.key"), Path.of(files.key()), StandardCopyOption.REPLACE_EXISTING);
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(
                        () -> assertThat(shownTo(connect(proxy, "new.example"))).isEqualTo("CN=b"));
        assertThat(get(before)).startsWith("HTTP/1.1 200");
    }

    /** A key that is not the certificate's, as while one of two files has been replaced. */
    @Test
    void keepsTheOldCertificateWhileTheFilesDoNotFit() throws Exception {
        ProxyTls.Certificate files = TestCertificates.make(dir, "a", "a.example");
        HttpProxy proxy = proxy(files);
        Files.writeString(Path.of(files.key()), "no key");
        long looks = System.nanoTime() + 2_500_000_000L;
        await().atMost(Duration.ofSeconds(30)).until(() -> System.nanoTime() > looks);
        assertThat(shownTo(connect(proxy, "a.example"))).isEqualTo("CN=a");
        assertThatThrownBy(() -> proxy(files)).isInstanceOf(IOException.class).hasMessageContaining(files.key());
    }

    @Test
    void largeBodiesPassByHttp2() throws Exception {
        byte[] body = new byte[8 << 20];
        new Random(7).nextBytes(body);
        var echo = rig.server(exchange -> {
            byte[] got = exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, got.length);
            exchange.getResponseBody().write(got);
        });
        HttpProxy proxy = rig.proxy(
                ProxyRig.SETTINGS,
                ProxyRig.config(ProxyRig.backend("echo", echo))
                        .with(ProxyTls.of(List.of(TestCertificates.make(dir, "a", "localhost")))));
        try (HttpClient client = HttpClient.newBuilder().sslContext(tls(ANY)).build()) {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("https://localhost:" + proxy.address().getPort() + "/echo"))
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                    .build();
            HttpResponse<byte[]> answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
            assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(answer.body()).isEqualTo(body);
        }
    }

    /** Trusts whatever it is shown: which certificate that is, the tests look at themselves. */
    private static final class Looking implements X509TrustManager {
        private int certificatesSeen;

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String kind) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String kind) {
            certificatesSeen++;
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
