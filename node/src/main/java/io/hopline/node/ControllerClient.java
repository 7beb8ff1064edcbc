package io.hopline.node;

import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv6Address;
import io.hopline.sla.HostCost;
import io.hopline.sla.HostPressure;
import io.hopline.sla.PeerClock;
import io.hopline.vswitch.ConnectionCount;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Flow;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The controller's REST as a node uses it: register, follow the configuration, report health, sightings, clocks and pressure.
 *
 * <p>Every call blocks its thread; a controller that is away shows as an {@link IOException}, and the caller tries again.
 */
final class ControllerClient {
    private static final int LONG_POLL_SECONDS = 20;
    private static final JsonMapper JSON = JsonMapper.shared();

    private final URI node;
    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(2))
            .version(HttpClient.Version.HTTP_1_1)
            .build();

    ControllerClient(URI controller, String nodeName) {
        String base = controller.toString();
        node = URI.create(
                (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + "/api/v1/nodes/" + nodeName);
    }

    void register(Registration registration) throws IOException, InterruptedException {
        send(request("", Duration.ofSeconds(5)).PUT(json(registration)));
    }

    /**
     * Waits up to 20 s for another configuration than the known one; empty when there is none.
     *
     * @param epoch of the controller that told it; another one's versions say nothing of it, and it answers at once. Empty for none
     */
    Optional<NodeConfig> awaitConfig(long knownVersion, String epoch) throws IOException, InterruptedException {
        HttpResponse<String> response = send(request(
                        "/config?known=" + knownVersion + "&epoch=" + epoch + "&wait=" + LONG_POLL_SECONDS,
                        Duration.ofSeconds(LONG_POLL_SECONDS + 10))
                .GET());
        if (response.statusCode() == 204) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readValue(response.body(), NodeConfig.class));
        } catch (JacksonException e) {
            throw new IOException(
                    "the controller's node configuration is not understood: " + e.getOriginalMessage(), e);
        }
    }

    void reportHealth(String service, String backend, boolean healthy, String detail)
            throws IOException, InterruptedException {
        send(request("/health", Duration.ofSeconds(5))
                .POST(json(Map.of("service", service, "backend", backend, "healthy", healthy, "detail", detail))));
    }

    /**
     * Sends records, which must not change meanwhile.
     *
     * @param records from the buffer's position to its limit
     * @param seen frames that timing has looked at since the last report
     */
    void sendSightings(ByteBuffer records, long seen) throws IOException, InterruptedException {
        send(request("/sightings?seen=" + seen, Duration.ofSeconds(5))
                .setHeader("Content-Type", "application/octet-stream")
                .POST(records.hasRemaining() ? whole(records) : HttpRequest.BodyPublishers.noBody()));
    }

    /** Publishes the bytes as they are, where the client's own publishers copy them by 16 KiB. */
    private static HttpRequest.BodyPublisher whole(ByteBuffer bytes) {
        return HttpRequest.BodyPublishers.fromPublisher(
                subscriber -> subscriber.onSubscribe(new Flow.Subscription() {
                    private boolean done;

                    @Override
                    public void request(long buffers) {
                        if (!done) {
                            done = true;
                            subscriber.onNext(bytes);
                            subscriber.onComplete();
                        }
                    }

                    @Override
                    public void cancel() {
                        done = true;
                    }
                }),
                bytes.remaining());
    }

    void reportClocks(List<PeerClock> clocks) throws IOException, InterruptedException {
        send(request("/clocks", Duration.ofSeconds(5)).POST(json(Map.of("clocks", clocks))));
    }

    /** @return those of which the controller says that no service has the server any more */
    List<ConnectionCount> reportConnections(List<ConnectionCount> counts, Map<String, String> unpublished)
            throws IOException, InterruptedException {
        List<Map<String, Object>> list = counts.stream()
                .map(count -> Map.<String, Object>of(
                        "zone", count.zone(),
                        "protocol", count.protocol(),
                        "vip", endpoint(count.address(), count.port()),
                        "server", endpoint(count.server(), count.serverPort()),
                        "mark", count.mark() & 0xffff_ffffL,
                        "open", count.open(),
                        "begun", count.begun()))
                .toList();
        HttpResponse<String> reply = send(request("/connections", Duration.ofSeconds(5))
                .POST(json(Map.of("connections", list, "unpublished", unpublished))));
        if (reply.statusCode() != 200) {
            return List.of();
        }
        try {
            return JSON.readValue(reply.body(), Ended.class).ended().stream()
                    .filter(index -> index >= 0 && index < counts.size())
                    .map(counts::get)
                    .toList();
        } catch (JacksonException e) {
            throw new IOException("the controller's answer is not understood: " + e.getOriginalMessage(), e);
        }
    }

    /** Which of the reported servers, by their place in the report, are no service's. */
    private record Ended(List<Integer> ended) {}

    private static String endpoint(IpAddress ip, int port) {
        return (ip instanceof Ipv6Address ? "[" + ip + "]" : ip) + ":" + port;
    }

    void reportPressure(HostPressure pressure) throws IOException, InterruptedException {
        send(request("/pressure", Duration.ofSeconds(5)).POST(json(pressure)));
    }

    void reportCost(HostCost cost) throws IOException, InterruptedException {
        send(request("/cost", Duration.ofSeconds(5)).POST(json(cost)));
    }

    private HttpRequest.Builder request(String path, Duration timeout) {
        return HttpRequest.newBuilder(URI.create(node + path))
                .timeout(timeout)
                .header("Content-Type", "application/json");
    }

    private static HttpRequest.BodyPublisher json(Object body) {
        return HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() >= 300) {
            throw new IOException("the controller answered " + response.statusCode() + " at " + response.uri() + ": "
                    + response.body());
        }
        return response;
    }

    /**
     * What the controller must know of this host.
     *
     * @param dpid 16 hexadecimal digits
     * @param vtep IPv4 or IPv6 address, empty text for none
     * @param uplink name of the host NIC, empty text for none
     * @param uplinkMac its hardware address, empty text for none
     * @param vnicMtu largest IP packet of a guest here
     * @param control control socket, empty text for none
     * @param metrics URL of the Prometheus endpoint, empty text for none
     * @param bootId names the kernel's boot: hosts with the same one share a clock
     */
    record Registration(
            String dpid,
            String vtep,
            String uplink,
            String uplinkMac,
            int vnicMtu,
            String control,
            String metrics,
            String bootId) {}
}
