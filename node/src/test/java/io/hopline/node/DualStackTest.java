package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hopline.linux.NetNs;
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
