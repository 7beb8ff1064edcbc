package io.hopline.lb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server that guests really run. */
class HttpProxyNginxTest {
    private static final Path NGINX = Path.of("/usr/sbin/nginx");

    private final ProxyRig rig = new ProxyRig();

    @TempDir
    private Path dir;

    @BeforeEach
    void nginxIsHere() {
        Assumptions.assumeTrue(Files.isExecutable(NGINX), "nginx is not installed");
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private ProxyBackend nginx(String name, int requestsPerConnection) throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, ProxyRig.loopback(0).getAddress())) {
            port = free.getLocalPort();
        }
        Path home = Files.createDirectories(dir.resolve(name));
        Path conf = home.resolve("nginx.conf");
        Files.writeString(conf, """
                daemon off; master_process off; pid %1$s/pid; error_log %1$s/error.log;
                events {}
                http {
                  access_log off; client_max_body_size 100m; keepalive_requests %4$d;
                  client_body_temp_path %1$s/body; proxy_temp_path %1$s/proxy; fastcgi_temp_path %1$s/fcgi;
                  uwsgi_temp_path %1$s/uwsgi; scgi_temp_path %1$s/scgi;
                  server {
                    listen 127.0.0.1:%2$d;
                    root %1$s;
                    location = /name { return 200 "%3$s"; }
                    location = /connection { return 200 "$connection $http_x_forwarded_for"; }
                  }
                }
                """.formatted(home, port, name, requestsPerConnection));
        Process process = new ProcessBuilder(NGINX.toString(), "-c", conf.toString(), "-e", home + "/error.log")
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("out").toFile())
                .start();
        rig.closing(() -> {
            process.destroy();
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        });
        await().until(() -> {
            try (Socket socket = new Socket("127.0.0.1", port)) {
                return socket.isConnected();
            } catch (IOException notYet) {
                return false;
            }
        });
        return ProxyRig.backend(name, ProxyRig.loopback(port));
    }

    @Test
    void balancesReusesConnectionsAndSaysWhoAsked() throws Exception {
        HttpProxy proxy = rig.proxy(nginx("web1", 1000), nginx("web2", 1000));
        assertThat(List.of(
                        rig.get(proxy, "/name").body(), rig.get(proxy, "/name").body()))
                .containsExactlyInAnyOrder("web1", "web2");
        String first = rig.get(proxy, "/connection").body();
        rig.get(proxy, "/connection");
        assertThat(rig.get(proxy, "/connection").body()).isEqualTo(first).endsWith(" 127.0.0.1");
        assertThat(proxy.counters().backendConnects()).isEqualTo(2);
    }

    /** nginx ends a connection after some requests and says so; nobody may notice. */
    @Test
    void followsNginxWhenItEndsConnections() throws Exception {
        HttpProxy proxy = rig.proxy(nginx("web1", 3));
        for (int i = 0; i < 50; i++) {
            assertThat(rig.get(proxy, "/name").statusCode()).isEqualTo(200);
        }
        assertThat(proxy.counters().backendConnects()).isBetween(16L, 18L);
    }

    @Test
    void largeFilesArriveUnchanged() throws Exception {
        ProxyBackend backend = nginx("web1", 1000);
        byte[] file = new byte[50 << 20];
        new Random(5).nextBytes(file);
        Files.write(dir.resolve("web1/big.bin"), file);
        HttpProxy proxy = rig.proxy(backend);
        HttpResponse<byte[]> answer =
                rig.send(ProxyRig.request(proxy, "/big.bin").build(), HttpResponse.BodyHandlers.ofByteArray());
        assertThat(answer.body()).isEqualTo(file);
    }
}
