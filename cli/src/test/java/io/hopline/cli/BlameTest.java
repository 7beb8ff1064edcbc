package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.sla.Report;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/**
 * A delay put at one place of a real request's way shows in that place's hop, and in no other. The way is the demo's: client,
 * host a, tunnel, host b, guests in namespaces. Delays are put where no stamp is: into the server by strace, into the node by
 * an agent, into kernels by packet filters that take their time ({@link SlowFilters}).
 */
@Tag("netns")
class BlameTest {
    private static final int[] DELAYS_US = {500, 2_000, 10_000};
    private static final int CONNECTIONS = 12;
    private static final int REQUESTS = 12;
    /** What else runs on the machine may get into one comparison's way; a wrong blame would come again. */
    private static final int ATTEMPTS = 4;

    private static final InetSocketAddress VIP = new InetSocketAddress("10.0.1.100", 80);

    private static final String END_TO_END = "end to end";

    /** Where a delay is put, whose requests pass there, and which hop is to blame. */
    enum Place {
        NGINX("web1", "nginx request a"),
        GUEST_STACK("web1", "guest-tcpip request a"),
        VNIC_QUEUE("web1", "vnic response a"),
        VSWITCH("web1", "vswitch request a", "vswitch response a"),
        UNDERLAY("web2", "overlay request b"),
        HOST_NIC_QUEUE("web1", "host-nic request a");

        final String backend;
        final List<String> hops;

        Place(String backend, String... hops) {
            this.backend = backend;
            this.hops = List.of(hops);
        }
    }

    @TempDir
    static Path directory = Path.of("");

    private static @Nullable Process demo;
    private static @Nullable SlowWire underlay;

    @BeforeAll
    static void startDemo() throws Exception {
        Assumptions.assumeTrue(SystemNeeds.root(), "needs root to make network namespaces");
        Assumptions.assumeTrue(
                SystemNeeds.programs("ip", "tc", "nginx", "udhcpc", "strace"),
                "needs iproute2, nginx, udhcpc and strace");
        Path jar = directory.resolve("stalls.jar");
        StallAgent.write(jar);
        var builder = new ProcessBuilder(JavaProcess.command(
                        256, List.of("demo", "--out=" + directory, "--sample=1", "--requests=400", "--keep")))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile());
        builder.environment().put("JAVA_TOOL_OPTIONS", "-javaagent:" + jar + "=" + directory);
        Process process = builder.start();
        demo = process;
        Awaitility.await()
                .atMost(Duration.ofSeconds(240))
                .until(() -> Files.exists(directory.resolve("report.json")) || !process.isAlive());
        assertThat(process.isAlive())
                .as(Files.readString(directory.resolve("output")))
                .isTrue();
    }

    @AfterAll
    static void endDemo() throws Exception {
        if (underlay != null) {
            underlay.close();
        }
        Process process = demo;
        if (process != null && process.isAlive()) {
            Program.run("kill", "-TERM", String.valueOf(process.pid()));
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void aDelayIsItsHopsAlone(Place place) throws Exception {
        if (place == Place.UNDERLAY) {
            underlay = SlowWire.through(prefix() + "wire", prefix() + "host-b", Topology.VTEP_B);
        }
        Map<String, Double> before = typical(place.backend);
        for (int delayUs : DELAYS_US) {
            Moved moved = moved(place, delayUs, before);
            for (int again = 1; again < ATTEMPTS && !moved.isItsOwn(delayUs); again++) {
                before = typical(place.backend);
                moved = moved(place, delayUs, before);
            }
            assertThat(moved.isItsOwn(delayUs))
                    .as(place + ", " + delayUs + " us: " + moved)
                    .isTrue();
        }
    }

    private static Moved moved(Place place, int delayUs, Map<String, Double> before) throws Exception {
        try (AutoCloseable delay = put(place, delayUs)) {
            Moved moved = Moved.between(place, before, typical(place.backend));
            System.out.printf("%s %d us: %s%n", place, delayUs, moved);
            return moved;
        }
    }

    /** By how much times moved, microseconds. */
    private record Moved(double endToEnd, double blamed, Map<String, Double> others) {
        static Moved between(Place place, Map<String, Double> before, Map<String, Double> after) {
            double blamed = 0;
            var others = new TreeMap<String, Double>();
            for (var hop : after.entrySet()) {
                double moved = hop.getValue() - before.getOrDefault(hop.getKey(), 0.0);
                if (place.hops.contains(hop.getKey())) {
                    blamed += moved;
                } else {
                    others.put(hop.getKey(), moved);
                }
            }
            double endToEnd = Objects.requireNonNull(others.remove(END_TO_END));
            return new Moved(endToEnd, blamed, others);
        }

        /**
         * The delay is there, and at least 95 % of it are its own. Behind a pause caches are cold and cores asleep, which other hops feel for some tens of
         * microseconds: so much of a short delay is not held against it.
         */
        boolean isItsOwn(int delayUs) {
            return endToEnd > 0.3 * delayUs && Math.abs(endToEnd - blamed) <= Math.max(0.05 * endToEnd, 100);
        }

        @Override
        public String toString() {
            var text = new StringBuilder(String.format(
                    Locale.ROOT,
                    "end to end moved by %.0f us, %.1f %% of it its own hops; others",
                    endToEnd,
                    100 * blamed / endToEnd));
            others.forEach((hop, us) -> text.append(String.format(Locale.ROOT, ", %s %+.0f", hop, us)));
            return text.toString();
        }
    }

    /**
     * A stall of a second, which 16 requests at once at most can tell of: the others wait in the client, which counts from
     * their planned times. Both tails must show it, and the network's own must not.
     */
    @Test
    void aStallOfTheGuestsShowsInTheTails() throws Exception {
        var plan = LoadPlan.of(1_500, 250);
        List<ProcessHandle> servers = List.of(server("web1"), server("web2"));
        try (var sockets = ProbeSockets.of(prefix() + "client")) {
            var pages = Map.of("web1", NginxGuest.page("web1"), "web2", NginxGuest.page("web2"));
            var load = new OpenLoopLoad(plan, VIP, "/", pages, sockets::open);
            var result = CompletableFuture.supplyAsync(() -> run(load));
            Awaitility.await().until(() -> load.finished() > 500);
            signal("-STOP", servers);
            long stoppedNs = System.nanoTime();
            Thread.sleep(1_000);
            signal("-CONT", servers);
            double stalledMs = (System.nanoTime() - stoppedNs) / 1e6;
            LoadResult client = result.get(60, TimeUnit.SECONDS);
            assertThat(client.errors()).isEmpty();
            assertThat(client.latencyNs().getValueAtPercentile(99.9) / 1e6)
                    .as("p99.9 from planned send times, ms, of a stall of %.0f ms", stalledMs)
                    .isGreaterThan(0.9 * stalledMs);
            // A sixth of all requests fell due in the second; the mean of what they waited is half of it.
            assertThat(client.latencyNs().getValueAtPercentile(90) / 1e6)
                    .as("p90 from planned send times, ms")
                    .isGreaterThan(0.25 * stalledMs);
            assertReportShows(stalledMs);
        } finally {
            signal("-CONT", servers);
        }
    }

    private static void assertReportShows(double stalledMs) throws InterruptedException {
        // Requests are joined a second after their answers, and then counted.
        Thread.sleep(2_500);
        Report report = SlaCommand.fetch(new RestClient(controller()), "web", "30s", null, "");
        assertThat(report.endToEnd().p999Ns() / 1e6)
                .as("p99.9 in the report, ms")
                .isGreaterThan(0.9 * stalledMs);
        assertThat(report.virtualNetwork().p999Ns() / 1e6)
                .as("p99.9 of the virtual network's share, ms")
                .isLessThan(0.5 * stalledMs);
    }

    private static LoadResult run(OpenLoopLoad load) {
        try {
            return load.run();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void signal(String signal, List<ProcessHandle> processes) {
        processes.forEach(process -> Program.run("kill", signal, String.valueOf(process.pid())));
    }

    /** The worker of a guest's nginx. */
    private static ProcessHandle server(String guest) throws IOException {
        String master = Files.readString(directory.resolve("run").resolve(guest).resolve("nginx.pid"));
        return ProcessHandle.of(Long.parseLong(master.strip()))
                .orElseThrow()
                .children()
                .findFirst()
                .orElseThrow();
    }

    private static String prefix() {
        return "hl" + Objects.requireNonNull(demo).pid() + "-";
    }

    private static AutoCloseable put(Place place, int delayUs) throws Exception {
        return switch (place) {
            case NGINX -> slowServer(delayUs);
            case GUEST_STACK -> SlowFilters.put(prefix() + "web1", "eth0", delayUs);
            case VNIC_QUEUE -> stall("vnic", delayUs);
            case VSWITCH -> stall("vswitch", delayUs);
            case UNDERLAY -> slowUnderlay(delayUs);
            case HOST_NIC_QUEUE -> stall("host-nic", delayUs);
        };
    }

    /** The server's worker stops before it writes an answer. */
    private static AutoCloseable slowServer(int delayUs) throws Exception {
        long worker = server("web1").pid();
        Path log = directory.resolve("strace.log");
        Process strace = new ProcessBuilder(
                        "strace",
                        "-p",
                        String.valueOf(worker),
                        "-e",
                        "trace=writev",
                        "-e",
                        "inject=writev:delay_enter=" + delayUs)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Awaitility.await()
                .until(() -> !strace.isAlive() || Files.readString(log).contains("attached"));
        assertThat(strace.isAlive()).as(Files.readString(log)).isTrue();
        return () -> {
            Program.run("kill", "-TERM", String.valueOf(strace.pid()));
            assertThat(strace.waitFor(10, TimeUnit.SECONDS)).isTrue();
        };
    }

    private static AutoCloseable slowUnderlay(int delayUs) {
        SlowWire wire = Objects.requireNonNull(underlay);
        wire.delayNs(delayUs * 1_000L);
        return () -> wire.delayNs(0);
    }

    private static AutoCloseable stall(String place, int delayUs) throws Exception {
        Path file = directory.resolve(place);
        write(file, String.valueOf(delayUs * 1_000L));
        return () -> write(file, "0");
    }

    /** Whole or not at all, and past the agent's next look. */
    private static void write(Path file, String text) throws IOException, InterruptedException {
        Path part = file.resolveSibling("part");
        Files.writeString(part, text);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        Thread.sleep(100);
    }

    /** Sends requests, one at a time, and returns each hop's time in the typical one that this backend answered. */
    private static Map<String, Double> typical(String backend) throws Exception {
        long fromNs = System.currentTimeMillis() * 1_000_000;
        int served = 0;
        try (var sockets = ProbeSockets.of(prefix() + "client")) {
            byte[] request = HttpConnection.request(Demo.VIP, "/");
            for (int c = 0; c < CONNECTIONS || served == 0; c++) {
                try (var connection = HttpConnection.open(sockets::open, VIP, 5_000)) {
                    for (int i = 0; i < REQUESTS; i++) {
                        // The handshake's last ACK is not to be in the request's way.
                        Thread.sleep(i == 0 ? 25 : 2);
                        var response = connection.exchange(request);
                        served += new String(response.body(), StandardCharsets.UTF_8).contains(backend) ? 1 : 0;
                    }
                }
            }
        }
        int expected = served;
        List<JsonNode> traces = new ArrayList<>();
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(250))
                .until(() -> {
                    traces.clear();
                    for (JsonNode trace : traces()) {
                        if (trace.get("startNs").longValue() >= fromNs
                                && trace.get("backend").stringValue().equals(backend)) {
                            traces.add(trace);
                        }
                    }
                    // A machine with other work makes TCP send again now and then; such requests are excluded by name.
                    return traces.size() >= 0.8 * expected;
                });
        return typical(traces);
    }

    /**
     * Means of the quicker third of the requests, the very quickest apart: those that nothing else on the machine was in the
     * way of. Means of the same requests add up, which medians of hops do not.
     *
     * @return hop to microseconds
     */
    private static Map<String, Double> typical(List<JsonNode> traces) {
        List<JsonNode> ordered = traces.stream()
                .sorted(Comparator.comparingLong(
                        trace -> trace.get("endToEndNs").longValue()))
                .toList();
        List<JsonNode> quick = ordered.subList(ordered.size() / 20, ordered.size() / 3);
        Map<String, Double> means = new TreeMap<>();
        for (JsonNode trace : quick) {
            add(means, END_TO_END, trace.get("endToEndNs"), quick.size());
            add(means, "unattributed", trace.get("unattributedNs"), quick.size());
            for (JsonNode hop : trace.get("hops")) {
                String name = String.join(
                        " ",
                        hop.get("hop").stringValue(),
                        hop.get("direction").stringValue(),
                        hop.get("host").stringValue());
                add(means, name, hop.get("ns"), quick.size());
            }
        }
        return means;
    }

    private static void add(Map<String, Double> means, String name, JsonNode ns, int requests) {
        means.merge(name, ns.longValue() / 1e3 / requests, Double::sum);
    }

    private static JsonNode traces() {
        return new RestClient(controller()).get("/api/v1/sla/traces").get("traces");
    }

    private static URI controller() {
        try {
            return URI.create(Files.readAllLines(directory.resolve("run/env")).stream()
                    .filter(line -> line.startsWith("HOPLINE_CONTROLLER="))
                    .findFirst()
                    .orElseThrow()
                    .substring("HOPLINE_CONTROLLER=".length()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
