package io.hopline.cli;

import io.hopline.controller.DatagramProbe;
import io.hopline.linux.LinuxException;
import io.hopline.linux.NetNs;
import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv4Address;
import io.hopline.sla.ConnectionSampler;
import io.hopline.sla.Endpoint;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sends one request from inside a guest's network namespace on this machine, by a port that every node times, and asks the
 * controller what the hosts saw of it.
 */
final class GuestProbe {
    private static final Path NAMED = Path.of("/run/netns");
    private static final int SAMPLE_ONE_IN = 1_024;
    private static final int FIRST_PORT = 10_000;
    private static final int PORTS = 50_000;
    private static final int TIMEOUT_MS = 3_000;
    private static final int MAX_RESPONSE_BYTES = 1 << 20;
    private static final int MAX_ATTEMPTS = 8;
    private static final int MAX_POLLS = 20;
    private static final long POLL_MS = 400;

    private final RestClient rest;
    private final Ipv4Address ip;
    private final Optional<IpAddress> ip6;
    private final String namespace;

    private GuestProbe(RestClient rest, Ipv4Address ip, Optional<IpAddress> ip6, String namespace) {
        this.rest = rest;
        this.ip = ip;
        this.ip6 = ip6;
        this.namespace = namespace;
    }

    /**
     * A probe in the guest of a vNIC.
     *
     * @throws CliException saying why when nothing can be sent from there
     */
    static GuestProbe of(RestClient rest, String vnic) {
        JsonNode answer = rest.get("/api/v1/vnics/" + RestClient.segment(vnic));
        Ipv4Address ip = Ipv4Address.parse(answer.path("ip").asString());
        String namespace = namespaceOf(ip)
                .orElseThrow(
                        () -> CliException.failed(
                                "vNIC " + vnic + ", " + ip + ", is on host "
                                        + answer.path("node").asString("(none)")
                                        + ", but no network namespace of this machine that may be entered has its address: nothing can be"
                                        + " sent from inside a VM, or from another machine. Without CLIENT the request comes from outside"));
        Optional<IpAddress> ip6 = Optional.of(answer.path("ip6").asString(""))
                .filter(text -> !text.isEmpty())
                .map(IpAddress::parse);
        return new GuestProbe(rest, ip, ip6, namespace);
    }

    private static Optional<String> namespaceOf(Ipv4Address ip) {
        List<String> names;
        try (Stream<Path> all = Files.list(NAMED)) {
            names = all.map(path -> path.getFileName().toString()).sorted().toList();
        } catch (IOException none) {
            return Optional.empty();
        }
        for (String name : names) {
            try (NetNs netns = NetNs.open(name)) {
                InetAddress address = InetAddress.getByName(ip.toString());
                if (netns.call(() -> NetworkInterface.getByInetAddress(address)) != null) {
                    return Optional.of(name);
                }
            } catch (LinuxException | IOException closedToUs) {
                // Gone meanwhile, or not ours to enter: the next one may be it.
            }
        }
        return Optional.empty();
    }

    /** Walks one request to the service; takes seconds. */
    JsonNode walk(JsonNode service) throws InterruptedException {
        Endpoint vip = Endpoint.parse(service.path("vip").asString());
        IpAddress client = client(vip);
        String why = "";
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            int port = sampledPort(client);
            try {
                Endpoint from = new Endpoint(client, port);
                if (service.path("protocol").asString("tcp").equals("udp")) {
                    OptionalInt code = question(from, vip);
                    ObjectNode walk = trace(from);
                    code.ifPresent(dns -> walk.put("dnsCode", dns));
                    return walk;
                }
                int status = request(from, vip);
                return trace(from).put("status", status);
            } catch (BindException taken) {
                why = "port " + port + ": " + taken.getMessage();
            } catch (IOException failure) {
                // A guest that the balancer sends to itself gets no answer; another port goes to another backend.
                why = failure.getMessage();
            }
        }
        throw CliException.failed(
                "no answer from " + vip + " to " + client + " in " + MAX_ATTEMPTS + " attempts: " + why);
    }

    /** The guest's address of the VIP's IP version. */
    private IpAddress client(Endpoint vip) {
        if (vip.address() instanceof Ipv4Address) {
            return ip;
        }
        return ip6.orElseThrow(
                () -> CliException.failed("the guest at " + ip + " has no IPv6 address to reach " + vip));
    }

    private static int sampledPort(IpAddress client) {
        int address = ConnectionSampler.fold(client.high(), client.low());
        ConnectionSampler sampler = ConnectionSampler.oneIn(SAMPLE_ONE_IN);
        int start = ThreadLocalRandom.current().nextInt(PORTS);
        for (int i = 0; i < PORTS; i++) {
            int port = FIRST_PORT + (start + i) % PORTS;
            if (sampler.sampled(address, port)) {
                return port;
            }
        }
        throw new IllegalStateException("no port of " + client + " is sampled");
    }

    private static InetSocketAddress socketAddress(Endpoint endpoint) throws IOException {
        return new InetSocketAddress(InetAddress.getByAddress(endpoint.address().bytes()), endpoint.port());
    }

    private int request(Endpoint client, Endpoint vip) throws IOException {
        try (NetNs netns = NetNs.open(namespace);
                SocketChannel channel = netns.call(SocketChannel::open)) {
            channel.bind(socketAddress(client));
            channel.socket().connect(socketAddress(vip), TIMEOUT_MS);
            channel.socket().setSoTimeout(TIMEOUT_MS);
            String request =
                    "GET / HTTP/1.1\r\nHost: " + vip + "\r\nUser-Agent: hopline-path\r\nConnection: close\r\n\r\n";
            channel.socket().getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            byte[] response = channel.socket().getInputStream().readNBytes(MAX_RESPONSE_BYTES);
            String head = new String(response, 0, Math.min(response.length, 64), StandardCharsets.ISO_8859_1);
            if (!head.matches("(?s)HTTP/1\\.[01] [1-5][0-9][0-9].*")) {
                throw new IOException("the answer is no HTTP response");
            }
            return Integer.parseInt(head.substring(9, 12));
        }
    }

    private OptionalInt question(Endpoint client, Endpoint vip) throws IOException {
        try (NetNs netns = NetNs.open(namespace);
                DatagramChannel channel = netns.call(() -> DatagramChannel.open())) {
            channel.bind(socketAddress(client));
            channel.connect(socketAddress(vip));
            return DatagramProbe.ask(channel, TIMEOUT_MS).dnsCode();
        }
    }

    private ObjectNode trace(Endpoint client) throws InterruptedException {
        String wanted = client.toString();
        for (int poll = 0; poll < MAX_POLLS; poll++) {
            Thread.sleep(POLL_MS);
            JsonNode answer = rest.get("/api/v1/sla/traces?client=" + RestClient.segment(wanted));
            for (JsonNode trace : answer.path("traces")) {
                if (trace.path("client").asString().equals(wanted) && trace instanceof ObjectNode found) {
                    return found;
                }
            }
        }
        throw CliException.failed("the request was answered, but what the hosts saw of it was not complete within "
                + MAX_POLLS * POLL_MS / 1_000 + " s");
    }
}
