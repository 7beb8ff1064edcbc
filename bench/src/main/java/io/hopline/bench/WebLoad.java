package io.hopline.bench;

import io.hopline.cli.CliException;
import io.hopline.linux.NetNs;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** HTTP from the client's namespace: wrk's for rates, a sender of our own where requests are to have planned times. */
final class WebLoad implements Load {
    private static final int HEAP_MIB = 64;

    private static final int CONNECT_TIMEOUT_MS = 1_000;
    private static final long START_TIMEOUT_NS = 30_000_000_000L;
    private static final long RETRY_MS = 50;

    private final Rig rig;
    private @Nullable LoadProcess paced;

    private WebLoad(Rig rig) {
        this.rig = rig;
    }

    /** Returns when every backend has answered through the balancer. */
    static WebLoad start(Rig rig) throws InterruptedException {
        var load = new WebLoad(rig);
        load.awaitBackends();
        return load;
    }

    private void awaitBackends() throws InterruptedException {
        Set<String> unseen =
                new HashSet<>(Frontage.backends(rig).stream().map(Rig.Guest::ip).toList());
        long deadlineNs = System.nanoTime() + START_TIMEOUT_NS;
        String last = "";
        while (!unseen.isEmpty()) {
            try {
                String answer = get();
                last = answer.lines().findFirst().orElse("nothing");
                unseen.removeIf(ip -> answer.contains("\r\n\r\n" + ip + "\n"));
                continue;
            } catch (IOException notYet) {
                last = String.valueOf(notYet.getMessage());
            } finally {
                if (System.nanoTime() > deadlineNs) {
                    throw CliException.failed(
                            "no answer from " + unseen + " through the balancer; the last was: " + last);
                }
            }
            Thread.sleep(RETRY_MS);
        }
    }

    /** One request on a connection of its own; the whole response. */
    private String get() throws IOException {
        try (Socket socket = connect()) {
            socket.setSoTimeout(CONNECT_TIMEOUT_MS);
            socket.getOutputStream().write(request("close"));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    /** The request for the page. */
    static byte[] request(String connection) {
        String text = "GET / HTTP/1.1\r\nHost: " + Frontage.VIP + "\r\nConnection: " + connection + "\r\n\r\n";
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** A connection from the client's namespace to the balancer. */
    Socket connect() throws IOException {
        try (NetNs client = NetNs.open(rig.first().netns())) {
            return client.call(() -> {
                var socket = new Socket();
                try {
                    socket.connect(new InetSocketAddress(Frontage.VIP, Frontage.HTTP_PORT), CONNECT_TIMEOUT_MS);
                    return socket;
                } catch (IOException failure) {
                    socket.close();
                    throw failure;
                }
            });
        }
    }

    @Override
    public void warmUp(Rig ignored, Stage.Pace pace) throws InterruptedException {
        warmUp(pace, "-c32 " + Frontage.url("/"));
        warmUp(pace, "-c32 -H 'Connection: close' " + Frontage.url("/"));
    }

    /** Until wrk with these options gets hardly more through. */
    void warmUp(Stage.Pace pace, String options) throws InterruptedException {
        pace.warmUp(() -> wrk("-t1 -d" + pace.warmUpS() + "s " + options).requestsPerS());
    }

    /** A run of wrk. */
    Wrk wrk(String options) {
        return Wrk.parse(Rig.shellIn(rig.first().netns(), "wrk " + options + " 2>&1"));
    }

    /** Requests at planned times, which begin whatever became of those before. */
    PacedRequests.Result paced(double requestsPerS, int connections, int durationMs) throws IOException {
        if (paced == null) {
            paced = LoadProcess.start(rig, rig.first().netns(), HEAP_MIB, List.of("bench", "http-load"));
            // The sender's own code is to be compiled, too.
            paced.ask(requestsPerS / 2 + " " + connections + " 1000", PacedRequests.Result.class);
        }
        return paced.ask(requestsPerS + " " + connections + " " + durationMs, PacedRequests.Result.class);
    }

    @Override
    public WebLoad web() {
        return this;
    }
}
