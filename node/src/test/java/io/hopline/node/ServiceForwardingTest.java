package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.hopline.linux.NetNs;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** L4 services over real kernels: backends web1 on host a and web2 on host b, a client on host b and one outside. */
@Tag("netns")
class ServiceForwardingTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** Several fragments at every MTU there is. */
    private static final int DATAGRAM_BYTES = 4_000;

    @TempDir
    Path folder;

    private final Deque<AutoCloseable> running = new ArrayDeque<>();
    private HostPair hosts;

    @BeforeEach
    void start() throws Exception {
        hosts = HostPair.start(folder);
        running.push(hosts);
        hosts.guest("web1", "a");
        hosts.guest("web2", "b");
        hosts.guest("client", "b");
    }

    @AfterEach
    void stop() throws Exception {
        while (!running.isEmpty()) {
            running.pop().close();
        }
    }

    /** Says its name and where the client came from to everybody who connects. */
    private void serveTcp(String guest, int port) throws IOException {
        ServerSocket listener = hosts.in(guest).call(() -> new ServerSocket(port));
        running.push(listener);
        Thread.ofPlatform().daemon().start(() -> {
            while (!listener.isClosed()) {
                try (Socket accepted = listener.accept()) {
                    String client = accepted.getInetAddress().getHostAddress();
                    accepted.getOutputStream().write((guest + " " + client).getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                    // A client that left at once, or the end.
                }
            }
        });
    }

    /** Sends every datagram back with its name in front. */
    private void serveUdp(String guest, int port) throws IOException {
        DatagramSocket socket = hosts.in(guest).call(() -> new DatagramSocket(port));
        running.push(socket);
        Thread.ofPlatform().daemon().start(() -> {
            byte[] buffer = new byte[65_000];
            while (!socket.isClosed()) {
                try {
                    DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                    socket.receive(packet);
                    byte[] name = guest.getBytes(StandardCharsets.US_ASCII);
                    System.arraycopy(name, 0, buffer, 0, name.length);
                    socket.send(packet);
                } catch (IOException e) {
                    // The end.
                }
            }
        });
    }

    /** What the server at the VIP said; empty when there was none. */
    private Optional<String> greeting(String client, int port) throws IOException {
        return greeting(client, "0.0.0.0", "10.0.1.100", port);
    }

    private Optional<String> greeting(String client, String address, String vip, int port) throws IOException {
        try (Socket socket = new Socket()) {
            hosts.in(client).call(() -> {
                socket.bind(new InetSocketAddress(InetAddress.getByName(address), 0));
                socket.connect(new InetSocketAddress(InetAddress.getByName(vip), port), 2_000);
                return true;
            });
            socket.setSoTimeout(2_000);
            return Optional.of(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
        } catch (SocketException | SocketTimeoutException e) {
            return Optional.empty();
        }
    }

    private void reachesBoth(String client, String address, int port) {
        TreeSet<String> seen = new TreeSet<>();
        await().atMost(PATIENCE).until(() -> {
            greeting(client, port).ifPresent(seen::add);
            return seen.size() == 2;
        });
        assertThat(seen).containsExactly("web1 " + address, "web2 " + address);
    }

    @Test
    void aBackendThatHoldsTheVipAnswersStraightToTheClient() throws Exception {
        for (String backend : List.of("web1", "web2")) {
            NetNs guest = hosts.in(backend);
            guest.ip("addr", "add", "10.0.1.100/32", "dev", "lo");
            serveTcp(backend, 8080);
        }
        hosts.post("services", """
                {"name":"web","network":"blue","vip":"10.0.1.100:8080","backends":["web1:8080","web2:8080"],
                 "check":"none","l4":{"forwarding":"dsr"}}""");
        reachesBoth("out", "198.51.100.2", 8080);
        reachesBoth("client", hosts.get("vnics/client").path("ip").asString(), 8080);
    }

    @Test
    void aClientStaysWithItsBackendUntilThatGoes() throws Exception {
        serveTcp("web1", 8080);
        serveTcp("web2", 8080);
        hosts.post("services", """
                {"name":"web","network":"blue","vip":"10.0.1.100:80","backends":["web1:8080"],"check":"none",
                 "l4":{"clientAffinityS":600}}""");
        await().atMost(PATIENCE).until(() -> greeting("out", 80).isPresent());
        await().atMost(PATIENCE).until(() -> greeting("client", 80).isPresent());
        hosts.patch("services/web", "{\"addBackends\":[\"web2:8080\"]}");
        aStrangerComesTo("web2", 10);
        for (int i = 0; i < 20; i++) {
            assertThat(greeting("out", 80)).hasValue("web1 198.51.100.2");
            assertThat(greeting("client", 80)).get().asString().startsWith("web1 ");
        }
        hosts.post("services/web/backends/web1/drain", "{\"drain\":true}");
        await().atMost(PATIENCE).until(() -> greeting("out", 80).orElse("").startsWith("web2"));
        hosts.post("services/web/backends/web1/drain", "{\"drain\":false}");
        aStrangerComesTo("web1", 100);
        for (int i = 0; i < 20; i++) {
            assertThat(greeting("out", 80)).hasValue("web2 198.51.100.2");
        }
    }

    /** Addresses outside that were never heard try until one of them is given to a backend. */
    private void aStrangerComesTo(String backend, int firstAddress) {
        AtomicInteger next = new AtomicInteger(firstAddress);
        await().atMost(PATIENCE).until(() -> {
            String address = "198.51.100." + next.getAndIncrement();
            hosts.in("out").ip("addr", "add", address + "/24", "dev", "eth0");
            return greeting("out", address, "10.0.1.100", 80).orElse("").equals(backend + " " + address);
        });
    }

    /** Says its name to everybody who connects, then sends every byte back. */
    private void serveEcho(String guest, int port) throws IOException {
        ServerSocket listener = hosts.in(guest).call(() -> new ServerSocket(port));
        running.push(listener);
        Thread.ofPlatform().daemon().start(() -> {
            while (!listener.isClosed()) {
                try {
                    Socket accepted = listener.accept();
                    Thread.ofVirtual().start(() -> {
                        try (accepted) {
                            accepted.getOutputStream().write(guest.getBytes(StandardCharsets.US_ASCII));
                            accepted.getInputStream().transferTo(accepted.getOutputStream());
                        } catch (IOException e) {
                            // It was cut.
                        }
                    });
                } catch (IOException e) {
                    // The end.
                }
            }
        });
    }

    /** A connection from outside to the server of this name, once there is one. */
    private Socket connectionTo(String backend) {
        return await().atMost(PATIENCE)
                .ignoreExceptions()
                .until(
                        () -> {
                            Socket found = connection();
                            if (name(found).equals(backend)) {
                                return Optional.of(found);
                            }
                            found.close();
                            return Optional.<Socket>empty();
                        },
                        Optional::isPresent)
                .orElseThrow();
    }

    private Socket connection() throws IOException {
        Socket socket = new Socket();
        return hosts.in("out").call(() -> {
            socket.connect(new InetSocketAddress(InetAddress.getByName("10.0.1.100"), 80), 2_000);
            socket.setSoTimeout(10_000);
            return socket;
        });
    }

    private static String name(Socket socket) throws IOException {
        return new String(socket.getInputStream().readNBytes(4), StandardCharsets.US_ASCII);
    }

    private static void assertEchoes(Socket socket) throws IOException {
        socket.getOutputStream().write(42);
        assertThat(socket.getInputStream().read()).isEqualTo(42);
    }

    private List<String> states() throws Exception {
        return hosts.get("services/web/live")
                .path("backends")
                .valueStream()
                .map(b -> b.path("name").asString() + " " + b.path("state").asString())
                .toList();
    }

    @Test
    void aRemovedBackendFinishesItsConnectionsAndACutOneIsReset() throws Exception {
        serveEcho("web1", 8080);
        serveEcho("web2", 8080);
        hosts.post("services", """
                {"name":"web","network":"blue","vip":"10.0.1.100:80","backends":["web1:8080"],"check":"none"}""");
        Socket kept = connectionTo("web1");
        running.push(kept);
        hosts.patch("services/web", "{\"addBackends\":[\"web2:8080\"],\"removeBackends\":[\"web1\"]}");
        try (Socket other = connectionTo("web2")) {
            assertEchoes(other);
        }
        // As long as it takes until every host has said that it has no connection there, if that were so.
        await().pollDelay(Duration.ofSeconds(3)).atMost(PATIENCE).until(() -> !states().isEmpty());
        assertThat(states()).containsExactly("web2 unchecked", "web1 leaving");
        assertEchoes(kept);
        kept.close();
        await().atMost(PATIENCE).until(() -> states().equals(List.of("web2 unchecked")));

        Socket cut = connectionTo("web2");
        running.push(cut);
        hosts.patch("services/web", "{\"addBackends\":[\"web1:8080\"],\"removeBackends\":[\"web2\"],\"now\":true}");
        assertThat(states()).containsExactly("web1 unchecked");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThatThrownBy(() -> assertEchoes(cut)).isInstanceOf(SocketException.class));
    }

    /** Over TCP by both IP versions, and with datagrams that are fragmented. */
    @Test
    void aBackendReachesItselfThroughItsOwnService() throws Exception {
        serveTcp("web1", 8080);
        serveUdp("web1", 5353);
        hosts.post("services", """
                {"name":"web","network":"blue","vip":"10.0.1.100:80","backends":["web1:8080"],"check":"none"}""");
        hosts.post("services", """
                {"name":"web6","network":"blue","vip":"[fd00:1::100]:80","backends":["web1:8080"],"check":"none"}""");
        hosts.post("services", """
                {"name":"dns","network":"blue","vip":"10.0.1.100:53","protocol":"udp","backends":["web1:5353"]}""");
        await().atMost(PATIENCE).until(() -> greeting("web1", 80).isPresent());
        assertThat(greeting("web1", 80)).hasValue("web1 10.0.1.100");
        assertThat(greeting("client", 80))
                .hasValue("web1 " + hosts.get("vnics/client").path("ip").asString());
        await().atMost(PATIENCE)
                .until(() ->
                        greeting("web1", "::", "fd00:1::100", 80).equals(Optional.of("web1 fd00:1:0:0:0:0:0:100")));
        await().atMost(PATIENCE).until(() -> asked("web1").equals(Optional.of("web1")));
    }

    @Test
    void fragmentedDatagramsComeAndGoAndAreCounted() throws Exception {
        serveUdp("web1", 5353);
        serveUdp("web2", 5353);
        hosts.post("services", """
                {"name":"dns","network":"blue","vip":"10.0.1.100:53","protocol":"udp",
                 "backends":["web1:5353","web2:5353"]}""");
        TreeSet<String> seen = new TreeSet<>();
        for (String client : List.of("out", "client")) {
            seen.clear();
            await().atMost(PATIENCE).until(() -> {
                asked(client).ifPresent(seen::add);
                return seen.size() == 2;
            });
            assertThat(seen).containsExactly("web1", "web2");
        }
        await().atMost(PATIENCE).untilAsserted(() -> {
            List<Long> begun = new ArrayList<>();
            JsonNode service = hosts.get("services/dns/live");
            service.path("backends")
                    .forEach(b -> begun.add(b.path("connectionsBegun").asLong()));
            assertThat(begun).hasSize(2).allMatch(count -> count > 0);
            assertThat(service.path("connections").asLong()).isPositive();
        });
    }

    /** Which server sent a long datagram back whole, from the VIP. */
    private Optional<String> asked(String client) throws IOException {
        try (DatagramSocket socket = hosts.in(client).call(() -> new DatagramSocket())) {
            socket.connect(new InetSocketAddress(InetAddress.getByName("10.0.1.100"), 53));
            socket.setSoTimeout(1_000);
            byte[] question = new byte[DATAGRAM_BYTES];
            for (int i = 0; i < question.length; i++) {
                question[i] = (byte) (i * 31);
            }
            socket.send(new DatagramPacket(question, question.length));
            DatagramPacket answer = new DatagramPacket(new byte[65_000], 65_000);
            socket.receive(answer);
            assertThat(answer.getLength()).isEqualTo(question.length);
            String name = new String(answer.getData(), 0, 4, StandardCharsets.US_ASCII);
            System.arraycopy(answer.getData(), 0, question, 0, 4);
            assertThat(Arrays.copyOf(answer.getData(), answer.getLength())).isEqualTo(question);
            return Optional.of(name);
        } catch (SocketTimeoutException | PortUnreachableException e) {
            return Optional.empty();
        }
    }
}
