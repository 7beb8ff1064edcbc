package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hopline.linux.LinuxException;
import io.hopline.linux.NetNs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A whole node without a controller: guests attached by its control socket, flows by Open vSwitch's own tool. */
@Tag("netns")
@Tag("ovs")
class NodeTest {
    private final String prefix = "hlt" + ProcessHandle.current().pid() + "n"
            + ThreadLocalRandom.current().nextInt(1000);
    private final List<String> namespaces = new ArrayList<>();

    @TempDir
    Path folder;

    private @Nullable Node node;

    @BeforeEach
    void start() throws IOException {
        assumeTrue(available("ovs-ofctl"), "needs ovs-ofctl (package openvswitch-common)");
        for (String guest : List.of("g1", "g2")) {
            try {
                NetNs.create(prefix + guest).close();
                namespaces.add(prefix + guest);
            } catch (LinuxException e) {
                assumeTrue(false, "needs root for network namespaces: " + e.getMessage());
            }
        }
        node = Node.start(new NodeOptions(
                "t",
                NodeOptions.datapathIdOf("t"),
                List.of(),
                List.of("punix:" + folder.resolve("t.mgmt")),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.of("punix:" + folder.resolve("t.ctl")),
                Optional.empty(),
                Optional.of("127.0.0.1:0"),
                NodeOptions.DEFAULT_BUSY_POLL_NS,
                NodeOptions.DEFAULT_WORKERS,
                NodeOptions.DEFAULT_STAMP_PORT));
    }

    @AfterEach
    void stop() {
        if (node != null) {
            node.close();
        }
        namespaces.forEach(NetNs::delete);
    }

    private static boolean available(String program) {
        return run("sh", "-c", "command -v " + program + " || true").contains(program);
    }

    private static String run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor())
                    .as(String.join(" ", command) + ": " + output)
                    .isZero();
            return output;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private String ofctl(String command, String... arguments) {
        List<String> words = new ArrayList<>(List.of("ovs-ofctl", "-O", "OpenFlow13", command));
        words.add("unix:" + folder.resolve("t.mgmt"));
        words.addAll(List.of(arguments));
        return run(words.toArray(String[]::new));
    }

    private JsonNode control(String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("t.ctl")));
                PrintWriter out = new PrintWriter(Channels.newWriter(channel, StandardCharsets.UTF_8));
                BufferedReader in = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8))) {
            out.print(request + "\n");
            out.flush();
            return JsonMapper.shared().readTree(in.readLine());
        }
    }

    private JsonNode attach(String name, String guest, int number) throws IOException {
        return control("""
                {"cmd":"attach","name":"%s","netns":"%s","mac":"02:00:00:00:00:%02x","mtu":1500,"ofport":%d}""".formatted(name, prefix + guest, number, number));
    }

    private void address(String guest, String ip) {
        try (NetNs ns = NetNs.open(prefix + guest)) {
            ns.ip("addr", "add", ip, "dev", "eth0");
        }
    }

    /** An ICMP echo from a guest. */
    private boolean reaches(String guest, String ip) throws IOException {
        try (NetNs ns = NetNs.open(prefix + guest)) {
            return ns.call(() -> InetAddress.getByName(ip).isReachable(1000));
        }
    }

    @Test
    void guestsReachEachOtherOnceFlowsSaySo() throws IOException {
        assertThat(attach("web1", "g1", 1).get("ok").booleanValue()).isTrue();
        assertThat(attach("web2", "g2", 2).get("ok").booleanValue()).isTrue();
        address("g1", "10.9.0.1/24");
        address("g2", "10.9.0.2/24");
        ofctl("add-flow", "table=0,in_port=1,actions=output:2");
        ofctl("add-flow", "table=0,in_port=2,actions=output:1");

        assertThat(reaches("g1", "10.9.0.2")).isTrue();
        assertThat(reaches("g2", "10.9.0.1")).isTrue();
        assertThat(ofctl("show")).contains("1(web1)", "2(web2)");
        assertThat(ofctl("dump-flows")).contains("in_port=1 actions=output:2").doesNotContain("n_packets=0,");

        JsonNode ports = control("{\"cmd\":\"list\"}").get("ports");
        assertThat(ports.get(0).get("rx_frames").intValue()).isGreaterThanOrEqualTo(4);
    }

    @Test
    void withNoFlowEveryFrameIsDroppedByName() throws IOException {
        attach("web1", "g1", 1);
        address("g1", "10.9.0.1/24");
        assertThat(reaches("g1", "10.9.0.2")).isFalse();
        String metrics = scrape();
        assertThat(metrics)
                .contains("hopline_port_rx_frames_total{kind=\"vnic\",node=\"t\",port=\"web1\"}")
                .contains(
                        "hopline_sightings_lost_total{node=\"t\"}",
                        "hopline_frames_untimed_total{node=\"t\"}",
                        "hopline_stamps_lost_total{node=\"t\"}",
                        "hopline_host_steal_seconds_total{node=\"t\"}",
                        "hopline_worker_runqueue_seconds_total{node=\"t\",thread=\"t\"}",
                        "hopline_port_rx_batches_total{kind=\"vnic\",node=\"t\",port=\"web1\"}",
                        "hopline_port_queue_bytes{kind=\"vnic\",node=\"t\",port=\"web1\",queue=\"receive\"}",
                        "hopline_port_lost_frames_total{kind=\"vnic\",node=\"t\",port=\"web1\",where=\"after-switch\"}")
                .containsPattern("hopline_switch_drops_total\\{node=\"t\",reason=\"table_miss\"\\} [1-9]");
    }

    private String scrape() throws IOException {
        String url = Objects.requireNonNull(node).metricsUrl().orElseThrow();
        try (InputStream in = URI.create(url).toURL().openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void whatCannotBeAttachedSaysWhyAndLeavesNothing() throws IOException {
        attach("web1", "g1", 1);
        assertThat(attach("web1", "g2", 2).get("error").stringValue()).contains("'web1' is attached already");
        assertThat(attach("web2", "g2", 1).get("error").stringValue()).contains("OpenFlow port 1 is taken by 'web1'");
        assertThat(attach("web2", "g1", 2).get("error").stringValue()).contains("eth0");
        assertThat(attach("web2", "nowhere", 2).get("error").stringValue()).contains("nowhere");
        assertThat(control("{\"cmd\":\"detach\",\"name\":\"web9\"}")
                        .get("error")
                        .stringValue())
                .contains("web9");
        assertThat(control("{\"cmd\":\"list\"}").get("ports")).hasSize(1);
        assertThat(attach("web2", "g2", 2).get("ok").booleanValue()).isTrue();
        assertThat(control("{\"cmd\":\"detach\",\"name\":\"web2\"}").get("ok").booleanValue())
                .isTrue();
        assertThat(attach("web2", "g2", 2).get("ok").booleanValue()).isTrue();
    }
}
