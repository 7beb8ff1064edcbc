package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.hopline.linux.NetNs;
import io.hopline.packet.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * IPv6 beside IPv4: a controller and two nodes, a guest on each whose kernel makes its own address from what the switch
 * advertises, and a client outside.
 */
@Tag("netns")
class DualStackTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private HostPair hosts;

    @BeforeEach
    void start() throws Exception {
        hosts = HostPair.start(folder);
        hosts.guest("web1", "a");
        hosts.guest("web2", "b");
    }

    @AfterEach
    void stop() throws Exception {
        if (hosts != null) {
            hosts.close();
        }
    }

    private NetNs in(String name) {
        return hosts.in(name);
    }

    private String address(String vnic) throws Exception {
        return hosts.get("vnics/" + vnic).path("ip6").asString();
    }

    /** False, too, while the guest has no address yet. */
    private boolean reaches(String from, String ip) throws IOException {
        try {
            return in(from).call(() -> InetAddress.getByName(ip).isReachable(1_000));
        } catch (SocketException e) {
            return false;
        }
    }

    /** One byte there and back over TCP. */
    private void speaks(String client, String server, String ip) throws Exception {
        try (ServerSocket listener = in(server).call(() -> new ServerSocket(0, 1, InetAddress.getByName(ip)));
                Socket socket = new Socket()) {
            in(client).call(() -> {
                socket.connect(new InetSocketAddress(InetAddress.getByName(ip), listener.getLocalPort()), 30_000);
                return true;
            });
            try (Socket accepted = listener.accept()) {
                socket.getOutputStream().write(42);
                assertThat(accepted.getInputStream().read()).isEqualTo(42);
                accepted.getOutputStream().write(43);
                assertThat(socket.getInputStream().read()).isEqualTo(43);
            }
        }
    }

    @Test
    void guestsMakeTheAddressesThatTheControllerKnowsAndSpeakFromNoOthers() throws Exception {
        String web1 = address("web1");
        String web2 = address("web2");
        assertThat(web1).startsWith("fd00:1::");

        await().atMost(PATIENCE).until(() -> reaches("web1", web2) && reaches("web2", web1));

        assertThat(in("web1").call(() -> run("ip", "-6", "addr", "show", "dev", "eth0")))
                .contains(web1 + "/64")
                .contains("dynamic");
        assertThat(in("web1").call(() -> run("ip", "-6", "route"))).contains("default via fe80::");
        speaks("web1", "web2", web2);
        speaks("web2", "web1", web1);

        in("web1").ip("addr", "add", "fd00:1::bad/64", "dev", "eth0", "nodad");
        assertThat(in("web1").call(() -> run("ping", "-6", "-c", "2", "-W", "1", "-I", "fd00:1::bad", web2)))
                .contains("100% packet loss");
        assertThat(in("web1").call(() -> run("ping", "-6", "-c", "2", "-W", "1", "-I", web1, web2)))
                .contains(" 0% packet loss");
    }

    @Test
    void clientsOutsideReachGuestsOnBothHosts() throws Exception {
        for (String vnic : List.of("web1", "web2")) {
            String ip = address(vnic);
            await().atMost(PATIENCE).until(() -> reaches("out", ip));
        }
        speaks("out", "web1", address("web1"));
        speaks("out", "web2", address("web2"));

        hosts.post(
                "services",
                "{\"name\":\"web\",\"network\":\"blue\",\"vip\":\"[fd00:1::100]:80\",\"check\":\"tcp\","
                        + "\"backends\":[\"web1:8080\",\"web2:8080\"]}");
        try (ServerSocket web1 = greets("web1", 1);
                ServerSocket web2 = greets("web2", 2)) {
            Set<Integer> greeted = new HashSet<>();
            await().atMost(PATIENCE).until(() -> {
                greeted.add(greeting());
                return greeted.containsAll(Set.of(1, 2));
            });
        }
        assertThat(reaches("out", "fd00:1::100")).isTrue();
    }

    /** By IPv6 as well as, when the service says so, by IPv4, to guests that speak no other. */
    @Test
    void anL7ServiceListensAtAnIpv6Address() throws Exception {
        for (String vnic : List.of("web1", "web2")) {
            String ip = address(vnic);
            await().atMost(PATIENCE).until(() -> reaches("out", ip));
        }
        HttpServer web1 = tells("web1");
        HttpServer web2 = tells("web2");
        try {
            String service = ",\"network\":\"blue\",\"mode\":\"l7\",\"check\":\"http:/\","
                    + "\"backends\":[\"web1:8081\",\"web2:8081\"]";
            hosts.post("services", "{\"name\":\"six\",\"vip\":\"[fd00:1::101]:80\"" + service + "}");
            hosts.post(
                    "services",
                    "{\"name\":\"four\",\"vip\":\"[fd00:1::102]:80\",\"l7\":{\"protocol\":{\"ipv4\":true}}" + service
                            + "}");
            for (String client : List.of("out", "web1")) {
                awaitTold(client, "fd00:1::101", "web1 by 16", "web2 by 16");
                awaitTold(client, "fd00:1::102", "web1 by 4", "web2 by 4");
            }
            assertThat(reaches("web2", "fd00:1::101")).isTrue();
        } finally {
            web1.stop(0);
            web2.stop(0);
        }
    }

    private void awaitTold(String client, String vip, String... expected) {
        Set<String> told = new HashSet<>();
        await().atMost(PATIENCE).until(() -> {
            told.add(told(client, vip));
            return told.containsAll(List.of(expected));
        });
        told.remove("");
        assertThat(told).containsExactlyInAnyOrder(expected);
    }

    /** A server that tells who it is, how many bytes the address has by which it is asked, and for whom. */
    private HttpServer tells(String guest) throws IOException {
        HttpServer server =
                in(guest).call(() -> HttpServer.create(new InetSocketAddress(InetAddress.getByName("::"), 8081), 50));
        server.createContext("/", exchange -> {
            int bytes = exchange.getRemoteAddress().getAddress().getAddress().length;
            String asker = exchange.getRequestHeaders().getFirst("X-Forwarded-For");
            byte[] told = (guest + " by " + bytes + " for " + asker + ".").getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, told.length);
            exchange.getResponseBody().write(told);
            exchange.close();
        });
        server.start();
        return server;
    }

    /** What the service's backend told this client, whom it must have known; empty when there was no answer. */
    private String told(String client, String vip) {
        try (Socket socket = new Socket()) {
            in(client).call(() -> {
                socket.connect(new InetSocketAddress(InetAddress.getByName(vip), 80), 1_000);
                return true;
            });
            socket.setSoTimeout(1_000);
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            String known = " for " + IpAddress.of(socket.getLocalAddress().getAddress()) + ".";
            String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
            return answer.startsWith("HTTP/1.1 200 ") && body.endsWith(known)
                    ? body.substring(0, body.length() - known.length())
                    : "";
        } catch (IOException e) {
            return "";
        }
    }

    /** A server that says its number to whoever connects, until it is closed. */
    private ServerSocket greets(String guest, int number) throws IOException {
        ServerSocket listener = in(guest).call(() -> new ServerSocket(8080, 50, InetAddress.getByName("::")));
        Thread.ofVirtual().start(() -> {
            while (!listener.isClosed()) {
                try (Socket accepted = listener.accept()) {
                    accepted.getOutputStream().write(number);
                } catch (IOException e) {
                    // A health check that left at once, or the end.
                }
            }
        });
        return listener;
    }

    /** Which server the service gives a client outside; 0 while there is none. */
    private int greeting() {
        try (Socket socket = new Socket()) {
            in("out").call(() -> {
                socket.connect(new InetSocketAddress(InetAddress.getByName("fd00:1::100"), 80), 1_000);
                return true;
            });
            socket.setSoTimeout(1_000);
            return Math.max(0, socket.getInputStream().read());
        } catch (IOException e) {
            return 0;
        }
    }

    private static String run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
