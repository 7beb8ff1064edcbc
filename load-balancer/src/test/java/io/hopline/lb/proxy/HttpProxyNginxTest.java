package io.hopline.lb.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hopline.lb.config.Balancing;
import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.config.ProxyConfig;
import io.hopline.lb.config.ProxyPolicy;
import io.hopline.lb.config.ProxyRoute;
import io.hopline.lb.config.RetryPolicy;
import io.hopline.lb.health.BackendHealth;
import io.hopline.lb.health.HealthCheck;
import io.hopline.lb.health.HealthChecker;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server that guests really run. */
class HttpProxyNginxTest {
    private static final Path NGINX = Path.of("/usr/sbin/nginx");

    private final ProxyRig rig = new ProxyRig();

    private final Map<String, Process> processes = new HashMap<>();

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
        processes.put(name, process);
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

    /** What several clients saw who asked without a pause until they were told to stop. */
    private final class Load {
        private final AtomicBoolean over = new AtomicBoolean();
        private final AtomicInteger answered = new AtomicInteger();
        private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
        private final List<Thread> threads = new ArrayList<>();

        Load(HttpProxy proxy, int clients) {
            for (int i = 0; i < clients; i++) {
                threads.add(Thread.ofPlatform().start(() -> {
                    try (Socket socket = new Socket("127.0.0.1", proxy.address().getPort())) {
                        while (!over.get()) {
                            socket.getOutputStream()
                                    .write("GET /name HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                            String head = ProxyRig.readUntil(socket.getInputStream(), "\r\n\r\n");
                            String body = new String(socket.getInputStream().readNBytes(4), StandardCharsets.US_ASCII);
                            if (head.startsWith("HTTP/1.1 200 ") && body.startsWith("web")) {
                                answered.incrementAndGet();
                            } else {
                                wrong.add(head + body);
                            }
                        }
                    } catch (IOException broken) {
                        wrong.add(broken.toString());
                    }
                }));
            }
        }

        /** Waits for so many more answers. */
        void passes(int more) {
            int before = answered.get();
            await().atMost(Duration.ofSeconds(60)).until(() -> answered.get() - before >= more || !wrong.isEmpty());
        }

        void end() throws InterruptedException {
            over.set(true);
            for (Thread thread : threads) {
                thread.join(Duration.ofSeconds(30));
            }
        }
    }

    /** kill -9 of a backend under load: requests that may be repeated are, and health checks notice within their bound. */
    @Test
    void aKilledBackendCostsNoRequestThatMayBeRepeated() throws Exception {
        ProxyBackend one = nginx("web1", 1_000_000);
        HttpProxy proxy = rig.proxy(one, nginx("web2", 1_000_000));
        CountDownLatch noticed = new CountDownLatch(1);
        HealthChecker checker =
                rig.closing(HealthChecker.start(check -> SocketChannel.open(), (check, healthy, detail) -> {
                    proxy.health(check.backend(), healthy);
                    if (!healthy) {
                        noticed.countDown();
                    }
                }));
        checker.replace(List.of(
                new HealthCheck("web", "blue", "web1", one.endpoint(), HealthCheck.Kind.TCP, "/", 100, 100, 2, 3)));
        await().until(() -> checker.health().stream().anyMatch(BackendHealth::healthy));
        Load load = new Load(proxy, 8);
        load.passes(500);
        Objects.requireNonNull(processes.get("web1")).destroyForcibly().waitFor();
        assertThat(noticed.await(30, TimeUnit.SECONDS)).isTrue();
        load.passes(500);
        load.end();
        assertThat(load.wrong).isEmpty();
        assertThat(proxy.counters().answered5xx()).isZero();
    }

    /** Backends, balancing and policies change all the time under load; nobody may notice. */
    @Test
    void changesUnderLoadLoseNoRequest() throws Exception {
        ProxyBackend one = nginx("web1", 1_000_000);
        ProxyBackend two = nginx("web2", 1_000_000);
        HttpProxy proxy = rig.proxy(one, two);
        Load load = new Load(proxy, 8);
        load.passes(200);
        Balancing[] ways = {
            Balancing.ROUND_ROBIN,
            new Balancing(Balancing.Method.LEAST_REQUEST, ""),
            new Balancing(Balancing.Method.EWMA, ""),
            new Balancing(Balancing.Method.HASH_CLIENT, ""),
        };
        for (int i = 0; i < 40; i++) {
            List<ProxyBackend> backends = i % 3 == 0 ? List.of(one) : i % 3 == 1 ? List.of(two) : List.of(one, two);
            List<String> names = backends.stream().map(ProxyBackend::name).toList();
            proxy.replace(
                    new ProxyConfig(
                            "web",
                            ProxyRig.loopback(0),
                            List.of(new ProxyRoute("*", "/", names).balanced(ways[i % ways.length])),
                            backends,
                            ProxyPolicy.DEFAULT.with(new RetryPolicy(1 + i % 3, 0, 20, 10, List.of()))),
                    ProxyRig.SETTINGS);
            load.passes(50);
        }
        load.end();
        assertThat(load.wrong).isEmpty();
        assertThat(proxy.counters().cut()).isZero();
        assertThat(load.answered.get()).isGreaterThan(2000);
    }
}
