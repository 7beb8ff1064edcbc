package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.sla.Direction;
import io.hopline.sla.HistogramArchive.Row;
import io.hopline.sla.HistogramArchive.Tier;
import io.hopline.sla.Hop;
import io.hopline.sla.HopTime;
import io.hopline.sla.LatencyHistory;
import io.hopline.sla.Outcome;
import io.hopline.sla.RequestTrace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class LatencyArchiveTest {
    private static final long MINUTE_MS = 60_000;

    @TempDir
    Path directory;

    static RequestTrace trace(long atMs, long endToEndNs) {
        return new RequestTrace(
                "web",
                Optional.of("web1"),
                io.hopline.sla.Endpoint.parse("192.0.2.7:40000"),
                TimeUnit.MILLISECONDS.toNanos(atMs),
                endToEndNs,
                0,
                List.of(new HopTime(Hop.NGINX, Direction.REQUEST, "a", endToEndNs)),
                List.of(new RequestTrace.Step(Hop.NGINX, Direction.REQUEST, "a", 0, endToEndNs)),
                List.of("a"),
                OptionalLong.empty(),
                Set.of());
    }

    private static ControllerOptions options(Path store) {
        return new ControllerOptions("127.0.0.1:0", List.of("ptcp:0:127.0.0.1"), "embedded:" + store);
    }

    private static List<Row> rows(H2Archive archive, Tier tier, String service, long fromMs, long toMs) {
        List<Row> rows = new ArrayList<>();
        archive.read(tier, service, fromMs, toMs, rows::add);
        return rows;
    }

    @Test
    void rowsAreKeptReplacedAndDeletedByTierServiceAndTime() {
        try (H2Archive archive = H2Archive.open(directory)) {
            for (int i = 0; i < 100; i++) {
                archive.write(
                        Tier.MINUTE, i * 7 * MINUTE_MS, Map.of("web", new byte[] {(byte) i}, "api", new byte[20_000]));
            }
            archive.write(Tier.MINUTE, 7 * MINUTE_MS, Map.of("web", new byte[] {99}));
            archive.write(Tier.HOUR, 0, Map.of("web", new byte[] {5}));
        }
        try (H2Archive archive = H2Archive.open(directory)) {
            List<Row> rows = rows(archive, Tier.MINUTE, "web", 1, 99 * 7 * MINUTE_MS);
            assertThat(rows).hasSize(98);
            assertThat(rows).isSortedAccordingTo((a, b) -> Long.compare(a.startMs(), b.startMs()));
            assertThat(rows.getFirst().bytes()).containsExactly(99);
            assertThat(rows(archive, Tier.HOUR, "web", 0, 1)).hasSize(1);
            assertThat(rows(archive, Tier.HOUR, "api", 0, 1)).isEmpty();
            archive.deleteBefore(Tier.MINUTE, 90 * 7 * MINUTE_MS);
            assertThat(archive.first(Tier.MINUTE, 0)).hasValue(90 * 7 * MINUTE_MS);
            assertThat(archive.last(Tier.MINUTE)).hasValue(99 * 7 * MINUTE_MS);
            assertThat(archive.last(Tier.TEN_MINUTES)).isEmpty();
            assertThat(archive.last(Tier.HOUR)).hasValue(0);
        }
    }

    @Test
    void aControllerThatStartsAgainReportsTheSame() {
        long nowMs = System.currentTimeMillis();
        JsonNode before;
        try (Controller controller = Controller.start(options(directory));
                RestClient rest = new RestClient(controller.restAddress())) {
            LatencyHistory history = controller.latency().history();
            for (int i = 0; i < 500; i++) {
                history.record(trace(nowMs - i * 2_000, 100_000 + i * 1_000));
                history.record("web", TimeUnit.MILLISECONDS.toNanos(nowMs - i * 2_000), Outcome.ANSWERED, 1);
            }
            before = rest.get("/api/v1/sla/report?since=30m").json();
        }
        assertThat(before.path("end_to_end").path("count").longValue()).isEqualTo(500);
        try (Controller controller = Controller.start(options(directory));
                RestClient rest = new RestClient(controller.restAddress())) {
            JsonNode after = rest.get("/api/v1/sla/report?since=30m").json();
            assertThat(after.path("end_to_end")).isEqualTo(before.path("end_to_end"));
            assertThat(after.path("hops")).isEqualTo(before.path("hops"));
            assertThat(after.path("backends")).isEqualTo(before.path("backends"));
            assertThat(controller.latency().history().since("web", 0).outcomes())
                    .containsEntry(Outcome.ANSWERED, 500L);
        }
    }

    @Test
    void whatAKillLeavesHasAllButTheRunningMinute(@TempDir Path image) throws IOException {
        long nowMs = System.currentTimeMillis();
        long runningMs = Math.floorDiv(nowMs, MINUTE_MS) * MINUTE_MS;
        try (Controller controller = Controller.start(options(directory))) {
            LatencyHistory history = controller.latency().history();
            for (int i = 0; i < 300; i++) {
                history.record(trace(runningMs - 2 * MINUTE_MS - i * 1_000, 100_000));
            }
            history.record(trace(nowMs, 100_000));
            history.store(false);
            copy(directory, image);
        }
        try (Controller controller = Controller.start(options(image))) {
            assertThat(controller.latency().history().since("web", 0).count()).isBetween(300L, 301L);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }
}
