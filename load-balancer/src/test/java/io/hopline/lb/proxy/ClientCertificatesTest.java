package io.hopline.lb.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.config.ProxyTls;
import io.hopline.lb.tls.ClientSubject;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that show certificates; the backend tells whom it was told of. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClientCertificatesTest {
    private static final String NOBODY = "";

    private final ProxyRig rig = new ProxyRig();

    private Path dir;
    private ProxyTls.Certificate server;
    private ProxyTls.Certificate alice;

    @BeforeAll
    void makeCertificates(@TempDir Path folder) throws Exception {
        dir = folder;
        server = TestCertificates.make(dir, "server", "localhost");
        alice = TestCertificates.make(dir, "alice", "alice.example");
    }

    @AfterAll
    void close() throws Exception {
        rig.close();
    }

    /** Who signed Alice's certificate is Alice. */
    private HttpProxy proxy(ProxyTls.ClientAuth auth) throws IOException {
        return proxy(auth, alice.cert());
    }

    private HttpProxy proxy(ProxyTls.ClientAuth auth, String ca) throws IOException {
        ProxyBackend backend = ProxyRig.backend("a", rig.server(exchange -> {
            byte[] told = ("<" + exchange.getRequestHeaders().get("X-Client-Subject") + ">")
                    .getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, told.length);
            exchange.getResponseBody().write(told);
        }));
        return rig.proxy(ProxyRig.SETTINGS, ProxyRig.config(backend).with(new ProxyTls(List.of(server), ca, auth)));
    }

    /** What the backend tells a client that shows the certificate of this name, or none. */
    private String told(HttpProxy proxy, String who, String version) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys(who), new TrustManager[] {new Anyone()}, new SecureRandom());
        return told(proxy, context, version);
    }

    private String told(HttpProxy proxy, SSLContext context, String version) throws Exception {
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), proxy.address().getPort())) {
            socket.setSoTimeout(30_000);
            socket.setEnabledProtocols(new String[] {version});
            socket.getOutputStream()
                    .write(
                            "GET / HTTP/1.1\r\nHost: h\r\nX-Client-Subject: CN=root\r\nx-client-subject: CN=again\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
            String answer = ProxyRig.readUntil(socket.getInputStream(), ">");
            return answer.substring(answer.indexOf('<'));
        }
    }

    private KeyManager[] keys(String who) throws Exception {
        if (who.equals(NOBODY)) {
            return new KeyManager[0];
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(dir.resolve(who + ".p12"))) {
            store.load(in, "changeit".toCharArray());
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(store, "changeit".toCharArray());
        return factory.getKeyManagers();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void theBackendIsToldTheSubject(String version) throws Exception {
        for (ProxyTls.ClientAuth auth : ProxyTls.ClientAuth.values()) {
            assertThat(told(proxy(auth), "alice", version)).isEqualTo("<[CN=alice]>");
        }
    }

    /** A session that is resumed is still the one of who began it, though the certificate is not shown again. */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void theSubjectOfAResumedSessionIsTold(String version) throws Exception {
        for (ProxyTls.ClientAuth auth : ProxyTls.ClientAuth.values()) {
            HttpProxy proxy = proxy(auth);
            var looking = new Anyone();
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys("alice"), new TrustManager[] {looking}, new SecureRandom());
            for (int i = 0; i < 3; i++) {
                assertThat(told(proxy, context, version)).isEqualTo("<[CN=alice]>");
            }
            assertThat(looking.certificatesSeen).isEqualTo(1);
        }
    }

    @Test
    void withoutACertificateAClientComesInOnlyWhereItMay() throws Exception {
        assertThat(told(proxy(ProxyTls.ClientAuth.OPTIONAL), NOBODY, "TLSv1.3")).isEqualTo("<null>");
        HttpProxy strict = proxy(ProxyTls.ClientAuth.REQUIRED);
        for (String version : List.of("TLSv1.2", "TLSv1.3")) {
            assertThatThrownBy(() -> told(strict, NOBODY, version)).isInstanceOf(IOException.class);
        }
        assertThat(strict.counters().requests()).isZero();
    }

    /** One who shows a certificate must have it from those who may sign, even where none is asked for. */
    @Test
    void aCertificateOfOthersComesInNowhere() throws Exception {
        TestCertificates.make(Files.createDirectory(dir.resolve("mallory")), "alice", "alice.example");
        for (ProxyTls.ClientAuth auth : ProxyTls.ClientAuth.values()) {
            HttpProxy proxy = proxy(auth);
            assertThatThrownBy(() -> told(proxy, "mallory/alice", "TLSv1.3")).isInstanceOf(IOException.class);
            assertThat(proxy.counters().requests()).isZero();
        }
    }

    /** The file of those who may sign is read again when it changes. */
    @Test
    void whoMaySignMayChange() throws Exception {
        ProxyTls.Certificate bob = TestCertificates.make(dir, "bob", "bob.example");
        Path ca = Files.copy(Path.of(alice.cert()), dir.resolve("ca.crt"));
        HttpProxy proxy = proxy(ProxyTls.ClientAuth.REQUIRED, ca.toString());
        Files.copy(Path.of(bob.cert()), ca, StandardCopyOption.REPLACE_EXISTING);
        await().atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(told(proxy, "bob", "TLSv1.3")).isEqualTo("<[CN=bob]>"));
        assertThatThrownBy(() -> told(proxy, "alice", "TLSv1.3")).isInstanceOf(IOException.class);
    }

    /** A name of other letters is told in ASCII, and cannot end the field. */
    @Test
    void aSubjectIsTextForAField() {
        assertThat(ClientSubject.ascii("CN=J\u00f6rg\r\nX: y,O=a\\, b"))
                .isEqualTo("CN=J\\c3\\b6rg\\0d\\0aX: y,O=a\\, b");
    }

    @Test
    void theAuthoritysFileNeedsTls() {
        assertThatThrownBy(() -> new ProxyTls(List.of(), "/ca.pem", ProxyTls.ClientAuth.REQUIRED))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("clientCa must be empty without certificates");
        assertThatThrownBy(() -> new ProxyTls(List.of(server), "ca.pem", ProxyTls.ClientAuth.REQUIRED))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("clientCa must be the absolute path");
    }

    private static final class Anyone implements X509TrustManager {
        private int certificatesSeen;

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
            certificatesSeen++;
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
