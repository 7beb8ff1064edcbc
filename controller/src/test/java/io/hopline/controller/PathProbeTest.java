package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Port;
import io.hopline.sla.ConnectionSampler;
import io.hopline.sla.Direction;
import io.hopline.sla.LatencyHistory;
import io.hopline.sla.Protocol;
import io.hopline.sla.Sighting;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real HTTP exchange over loopback, with sightings as the hosts would report them. */
class PathProbeTest {
    @TempDir
    Path directory;

    private H2Store store;
    private LiveState live;
    private LatencyService latency;
    private ServerSocket server;

    @BeforeEach
    void start() throws IOException {
        store = H2Store.open(directory);
        live = new LiveState(store);
        latency = new LatencyService(
                live,
                new HostClocks(live),
                new LatencyHistory(60),
                OptionalInt.of(8),
                trace -> {},
                (service, startNs, outcome) -> {});
        server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        latency.close();
        store.close();
    }

    /** The loopback address stands for the VIP: nothing here checks that it is in a network. */
    private Service loopbackService() {
        return States.draft("web", "127.0.0.1:" + server.getLocalPort(), Service.Mode.L4, "none", "web1:80");
    }

    private PathProbe probe() {
        return new PathProbe(SocketChannel::open, latency);
    }

    private CompletableFuture<Integer> answer(String response) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        while (true) {
                            try (Socket client = server.accept()) {
                                InputStream in = client.getInputStream();
                                if (in.read(new byte[2048]) > 0) {
                                    client.getOutputStream().write(response.getBytes(StandardCharsets.US_ASCII));
                                    return client.getPort();
                                }
                            }
                        }
                    } catch (SocketTimeoutException e) {
                        return -1;
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                },
                Thread::startVirtualThread);
    }

    @Test
    void portsAreChosenThatEveryNodeSamples() {
        Ipv4Address ip = Ipv4Address.parse("198.51.100.2");
        int port = PathProbe.nextSampled(ip, 60_000);
        for (int oneIn = 1; oneIn <= PathProbe.SAMPLE_ONE_IN; oneIn *= 2) {
            assertThat(ConnectionSampler.oneIn(oneIn).sampled(ip.bits(), port)).isTrue();
        }
        assertThat(PathProbe.nextSampled(ip, port)).isEqualTo(port);
        assertThat(PathProbe.nextSampled(ip, port + 1)).isNotEqualTo(port);
    }

    @Test
    void theWalkIsTheOneOfThatVeryConnection() throws InterruptedException {
        live.update(s -> Changes.registerNode(States.twoHosts(), States.nodeA()));
        CompletableFuture<Integer> answered = answer("HTTP/1.1 204 No Content\r\n\r\n");
        Service service = loopbackService();
        CompletableFuture<PathProbe.Walk> walk = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return probe().walk(service, "/x");
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                },
                Thread::startVirtualThread);
        int clientPort = answered.join();
        report(clientPort);
        PathProbe.Walk walked = walk.join();
        assertThat(walked.status()).isEqualTo(204);
        assertThat(walked.clientNs()).isPositive();
        assertThat(walked.trace().client().port()).isEqualTo(clientPort);
        assertThat(walked.trace().service()).isEqualTo("web");
        assertThat(walked.trace().endToEndNs()).isEqualTo(9_000);
    }

    /** Request and response of a connection from loopback to the service's VIP, seen at node a's uplink and switch. */
    private void report(int clientPort) {
        var client = new io.hopline.sla.Endpoint(Ipv4Address.parse("127.0.0.1"), clientPort);
        var vip = io.hopline.sla.Endpoint.parse("10.0.1.100:80");
        var web1 = io.hopline.sla.Endpoint.parse("10.0.1.11:80");
        Sighting request = new Sighting.Transit(
                new Sighting.Packet(Protocol.TCP, client, vip, Direction.REQUEST, Sighting.ACK, 100, 500, 50),
                Port.Kind.UPLINK,
                Port.Kind.VNIC,
                1_000,
                1_500,
                2_000,
                2_100,
                2_200);
        Sighting response = new Sighting.Transit(
                new Sighting.Packet(Protocol.TCP, client, web1, Direction.RESPONSE, Sighting.ACK, 500, 150, 90),
                Port.Kind.VNIC,
                Port.Kind.UPLINK,
                0,
                8_000,
                9_000,
                9_500,
                10_000);
        latency.accept("a", request);
        latency.accept("a", response);
    }

    @Test
    void whatFailsIsNamed() {
        Service service = loopbackService();
        assertThatThrownBy(() -> new PathProbe(null, latency).walk(service, "/"))
                .isInstanceOfSatisfying(
                        StateException.class, e -> assertThat(e.field()).isEqualTo("probe"));
        assertThatThrownBy(() -> probe().walk(service, "no slash"))
                .isInstanceOfSatisfying(
                        StateException.class, e -> assertThat(e.field()).isEqualTo("path"));
        CompletableFuture<Integer> answered = answer("SSH-2.0-OpenSSH\r\n");
        assertThatThrownBy(() -> probe().walk(service, "/")).isInstanceOfSatisfying(StateException.class, e -> {
            assertThat(e.field()).isEqualTo("service");
            assertThat(e.reason()).contains("not an HTTP response");
        });
        assertThat(answered.join()).isPositive();
    }

    @Test
    void aServiceThatRefusesIsNamed() throws IOException {
        Service service = loopbackService();
        server.close();
        assertThatThrownBy(() -> probe().walk(service, "/")).isInstanceOfSatisfying(StateException.class, e -> {
            assertThat(e.kind()).isEqualTo(StateException.Kind.UNAVAILABLE);
            assertThat(e.reason()).contains("no answer from 127.0.0.1");
        });
        assertThat(latency.counters().traces()).isZero();
    }
}
