package io.hopline.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpServer;
import io.hopline.cli.CliException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** What is read from wrk's text, and from responses. */
class WebReadingsTest {
    private static final String REPORT = """
            Running 2s test @ http://10.99.0.100/
              1 threads and 32 connections
              Thread Stats   Avg      Stdev     Max   +/- Stdev
                Latency   812.40us    1.10ms  31.63ms   97.92%
                Req/Sec    43.71k     4.36k   50.55k    70.00%
              87112 requests in 2.00s, 105.50MB read
            Requests/sec:  43502.77
            Transfer/sec:     52.68MB
            """;

    @Test
    void wrkSaysHowMuchGotThrough() {
        Wrk wrk = Wrk.parse(REPORT);
        assertThat(wrk.requestsPerS()).isEqualTo(43_502.77);
        assertThat(wrk.bytesPerS()).isCloseTo(52.68 * 1024 * 1024, within(1.0));
        assertThat(wrk.answered()).isEqualTo(87_112);
        assertThat(wrk.failed()).isZero();
    }

    @Test
    void wrkSaysWhatFailed() {
        Wrk wrk = Wrk.parse(
                REPORT + "  Socket errors: connect 1, read 20, write 3, timeout 4\n  Non-2xx or 3xx responses: 100\n");
        assertThat(wrk.failed()).isEqualTo(128);
        assertThatThrownBy(() -> Wrk.parse("unable to connect to 10.99.0.100:http Connection refused"))
                .isInstanceOf(CliException.class)
                .hasMessageContaining("refused");
        assertThat(Wrk.parse(REPORT.replace("52.68MB", "512.00B")).bytesPerS()).isEqualTo(512);
    }

    @Test
    void h2loadSaysHowMuchGotThrough() {
        String report = """
                finished in 2.00s, 31234.50 req/s, 36.44MB/s
                requests: 62469 total, 62501 started, 62469 done, 62469 succeeded, 0 failed, 0 errored, 0 timeout
                status codes: 62469 2xx, 0 3xx, 0 4xx, 0 5xx
                """;
        assertThat(Http2Rate.requestsPerS(report)).isEqualTo(31_234.5);
        assertThat(TlsHandshakes.seconds(report)).isEqualTo(2);
        assertThat(TlsHandshakes.seconds(report.replace("2.00s", "480.12ms"))).isEqualTo(0.48012);
        assertThatThrownBy(() -> Http2Rate.requestsPerS(report.replace("0 5xx", "900 5xx")))
                .isInstanceOf(CliException.class)
                .hasMessageContaining("900 requests were refused");
        assertThatThrownBy(() -> Http2Rate.requestsPerS("Could not resolve host"))
                .isInstanceOf(CliException.class);
    }

    @Test
    void aResponseEndsWhereItsLengthSays() {
        var reader = new ResponseReader();
        byte[] response = bytes("HTTP/1.1 200 OK\r\nServer: x\r\ncontent-length: 5\r\n\r\nhello");
        for (int i = 0; i < response.length - 1; i++) {
            assertThat(reader.take(new byte[] {response[i]}, 1)).isFalse();
        }
        assertThat(reader.take(bytes("o"), 1)).isTrue();
        assertThat(reader.take(response, response.length)).as("the next one").isTrue();
        assertThat(reader.failed()).isFalse();
    }

    @Test
    void anythingElseIsAFailure() {
        assertFails("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
        assertFails("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        assertFails("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc");
        var ended = new ResponseReader();
        assertThat(ended.take(new byte[1], -1)).isFalse();
        assertThat(ended.failed()).isTrue();
    }

    private static void assertFails(String response) {
        var reader = new ResponseReader();
        assertThat(reader.take(bytes(response), response.length())).isFalse();
        assertThat(reader.failed()).as(response).isTrue();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void everyPlannedRequestIsAnsweredOrFails() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        try (var threads = Executors.newCachedThreadPool()) {
            server.setExecutor(threads);
            server.createContext("/", exchange -> {
                exchange.sendResponseHeaders(200, 3);
                exchange.getResponseBody().write(bytes("yes"));
                exchange.close();
            });
            server.start();
            PacedRequests.Result result = run(server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(result.answered()).isEqualTo(100);
            assertThat(result.failed()).isZero();
            assertThat(result.p50Us()).isPositive().isLessThanOrEqualTo(result.p99Us());
            assertThat(run(server, "GET nowhere HTTP/9\r\n\r\n").failed()).isEqualTo(100);
        } finally {
            server.stop(0);
        }
    }

    private static PacedRequests.Result run(HttpServer server, String request) throws IOException {
        return new PacedRequests(server.getAddress(), bytes(request)).run(1_000, 4, 100_000_000);
    }
}
