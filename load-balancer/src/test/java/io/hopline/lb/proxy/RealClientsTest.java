package io.hopline.lb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.lb.config.BackendProtocol;
import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.config.ProxyTls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients that others wrote: curl, and nghttp and h2load of nghttp2, where they are installed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RealClientsTest {
    private final ProxyRig rig = new ProxyRig();
    private Path dir;
    private HttpProxy plain;
    private HttpProxy secure;

    /** Both lead to the same servers, by HTTP/1.1 and, through a proxy in between, by HTTP/2. */
    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        dir = folder;
        ProxyBackend teller = ProxyRig.backend("a", rig.server(exchange -> {
            int length = exchange.getRequestBody().readAllBytes().length;
            byte[] told = (exchange.getRequestMethod() + " " + length + " bytes for "
                            + exchange.getRequestHeaders().getFirst("X-Forwarded-For") + ", "
                            + exchange.getRequestHeaders().getFirst("X-Client-Subject"))
                    .getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, told.length);
            exchange.getResponseBody().write(told);
        }));
        HttpProxy inner = rig.proxy(teller);
        plain = rig.proxy(
                ProxyRig.SETTINGS,
                ProxyRig.config(ProxyRig.backend("inner", inner.address())).with(BackendProtocol.HTTP2));
        ProxyTls.Certificate server = TestCertificates.make(dir, "server", "localhost");
        ProxyTls.Certificate client = TestCertificates.make(dir, "client", "client.example");
        secure = rig.proxy(
                ProxyRig.SETTINGS,
                ProxyRig.config(teller)
                        .with(new ProxyTls(List.of(server), client.cert(), ProxyTls.ClientAuth.OPTIONAL)));
    }

    @AfterAll
    void close() throws Exception {
        rig.close();
    }

    private String run(String program, String... arguments) throws Exception {
        Assumptions.assumeTrue(
                List.of("/usr/bin", "/usr/local/bin").stream()
                        .anyMatch(bin -> Files.isExecutable(Path.of(bin, program))),
                () -> "needs " + program);
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(arguments));
        Path output = dir.resolve(program + ".txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(String.join(" ", command) + " does not end");
        }
        return Files.readString(output);
    }

    private static String url(HttpProxy proxy, String scheme) {
        return scheme + "://localhost:" + proxy.address().getPort() + "/";
    }

    @ParameterizedTest
    @CsvSource({"--http1.1, 1.1", "--http2-prior-knowledge, 2", "--http1.0, 1.1"})
    void curlIsAnsweredInClearText(String version, String spoken) throws Exception {
        String body = "x".repeat(100_000);
        Path sent = Files.writeString(dir.resolve("body"), body);
        assertThat(run(
                        "curl",
                        "-4",
                        "-s",
                        version,
                        "-w",
                        " by %{http_version}",
                        "--data-binary",
                        "@" + sent,
                        url(plain, "http")))
                .startsWith("POST 100000 bytes for 127.0.0.1, ")
                .endsWith(" by " + spoken);
    }

    @ParameterizedTest
    @CsvSource({"--http1.1, 1.1", "--http2, 2"})
    void curlShowsItsCertificate(String version, String spoken) throws Exception {
        String certificate = dir.resolve("client.crt").toString();
        String key = dir.resolve("client.key").toString();
        String ca = dir.resolve("server.crt").toString();
        String url = url(secure, "https");
        assertThat(run(
                        "curl",
                        "-4",
                        "-s",
                        version,
                        "--cacert",
                        ca,
                        "--cert",
                        certificate,
                        "--key",
                        key,
                        "-w",
                        " by %{http_version}",
                        url))
                .isEqualTo("GET 0 bytes for 127.0.0.1, CN=client by " + spoken);
        assertThat(run("curl", "-4", "-s", version, "--cacert", ca, url)).endsWith(", null");
    }

    @Test
    void nghttpIsAnswered() throws Exception {
        assertThat(run("nghttp", "-v", "-n", url(plain, "http")))
                .contains(":status: 200")
                .contains("SETTINGS_ENABLE_CONNECT_PROTOCOL(0x08):1");
    }

    @ParameterizedTest
    @CsvSource({"plain, --h1, 1", "plain, --no-tls-proto=h2c, 16", "secure, --npn-list=h2, 16", "secure, --h1, 1"})
    void h2loadLosesNothing(String which, String protocol, int streams) throws Exception {
        String url = which.equals("plain") ? url(plain, "http") : url(secure, "https");
        assertThat(run("h2load", "-n", "1000", "-c", "10", "-m", Integer.toString(streams), protocol, url))
                .contains("1000 succeeded, 0 failed, 0 errored, 0 timeout")
                .contains("1000 2xx");
    }
}
