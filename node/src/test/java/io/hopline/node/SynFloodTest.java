package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hopline.linux.NetNs;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import io.hopline.vnic.PacketPort;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** SYNs from ever new addresses, put on the wire outside by a packet socket, against a guest's service. */
@Tag("netns")
class SynFloodTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** What the switch's table of connections holds. */
    private static final int TABLE = 1 << 17;

    private static final int VOLLEY = 10_000;
    private static final int MOST_VOLLEYS = 200;
    private static final int TCP_BYTES = 20;
    private static final int FRAME_BYTES = 54;

    @TempDir
    Path folder;

    private final Deque<AutoCloseable> running = new ArrayDeque<>();
    private int attackers;

    @AfterEach
    void stop() throws Exception {
        while (!running.isEmpty()) {
            running.pop().close();
        }
    }

    private <T extends AutoCloseable> T own(T resource) {
        running.push(resource);
        return resource;
    }

    @Test
    void oldAndNewConnectionsLiveThroughMoreSynsThanTheTableHolds() throws Exception {
        HostPair hosts = own(HostPair.start(folder));
        NetNs outside = hosts.in("out");
        serve(hosts.guest("web1", "a"));
        hosts.post("services", """
                {"name":"web","network":"blue","vip":"10.0.1.100:80","backends":["web1:8080"],"check":"none"}""");
        Socket kept = await().atMost(PATIENCE).ignoreExceptions().until(() -> connect(outside), Socket::isConnected);
        MacAddress gateway =
                MacAddress.parse(hosts.get("nodes/a").path("uplinkMac").asString());
        PacketPort wire = own(PacketPort.open(outside, "eth0", "flood", Port.Kind.UPLINK));
        FramePool pool = own(FramePool.of(128));
        byte[] syn = syn(gateway, wire.mac());
        // On a slow machine the kernel drops what the switch does not fetch in time: what counts is what came in.
        for (int i = 0; i < MOST_VOLLEYS && begun(hosts) <= TABLE + VOLLEY; i++) {
            volley(wire, pool, syn);
            assertEchoes(kept);
            try (Socket fresh = connect(outside)) {
                assertEchoes(fresh);
            }
        }
        assertThat(begun(hosts)).as("more than the table holds").isGreaterThan(TABLE);
        JsonNode service = hosts.get("services/web/live");
        assertThat(service.path("connections").asLong()).isBetween(1L, (long) TABLE);
        assertEchoes(kept);
    }

    private static long begun(HostPair hosts) throws Exception {
        return hosts.get("services/web/live").path("connectionsBegun").asLong();
    }

    /** Sends every byte back. */
    private void serve(NetNs guest) throws IOException {
        ServerSocket listener = own(guest.call(() -> new ServerSocket(8080)));
        Thread.ofPlatform().daemon().start(() -> {
            while (!listener.isClosed()) {
                try {
                    Socket accepted = listener.accept();
                    Thread.ofVirtual().start(() -> {
                        try (accepted) {
                            accepted.getInputStream().transferTo(accepted.getOutputStream());
                        } catch (IOException e) {
                            // The client left, or the end.
                        }
                    });
                } catch (IOException e) {
                    // The end.
                }
            }
        });
    }

    private Socket connect(NetNs client) throws IOException {
        Socket socket = own(new Socket());
        return client.call(() -> {
            socket.connect(new InetSocketAddress(InetAddress.getByName("10.0.1.100"), 80), 30_000);
            socket.setSoTimeout(30_000);
            return socket;
        });
    }

    private static void assertEchoes(Socket socket) throws IOException {
        socket.getOutputStream().write(42);
        assertThat(socket.getInputStream().read()).isEqualTo(42);
    }

    private void volley(PacketPort wire, FramePool pool, byte[] syn) {
        for (int i = 0; i < VOLLEY; i++) {
            Frame frame = pool.acquire();
            if (frame == null) {
                wire.flush();
                frame = pool.acquire();
            }
            if (frame == null) {
                throw new AssertionError("the pool is empty: slots leak");
            }
            frame.length(FRAME_BYTES);
            ByteBuffer bytes = ByteBuffer.wrap(syn);
            // 100.64.0.0/10, and a port that changes with it.
            bytes.putInt(26, 0x6440_0000 | attackers & 0x3f_ffff);
            bytes.putShort(34, (short) (1024 + attackers % 50_000));
            attackers++;
            complete(bytes);
            MemorySegment.copy(syn, 0, frame.memory(), ValueLayout.JAVA_BYTE, frame.offset(), syn.length);
            wire.transmit(frame);
        }
        wire.flush();
    }

    private static byte[] syn(MacAddress to, MacAddress from) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(FRAME_BYTES);
        frame.put(to.bytes()).put(from.bytes()).putShort((short) 0x0800);
        frame.putInt(0x4500_0000 | FRAME_BYTES - 14).putInt(0x4000).putInt(0x4006_0000);
        frame.putInt(0).put(InetAddress.getByName("10.0.1.100").getAddress());
        frame.putShort((short) 0)
                .putShort((short) 80)
                .putInt(1)
                .putInt(0)
                .putInt(0x5002_ffff)
                .putInt(0);
        return frame.array();
    }

    /** Both checksums (RFC 1071). */
    private static void complete(ByteBuffer frame) {
        frame.putShort(24, (short) 0);
        frame.putShort(24, (short) ~sum(frame, 14, 34, 0));
        frame.putShort(50, (short) 0);
        frame.putShort(50, (short) ~sum(frame, 26, FRAME_BYTES, 6 + TCP_BYTES));
    }

    private static int sum(ByteBuffer frame, int from, int to, int start) {
        int sum = start;
        for (int i = from; i < to; i += 2) {
            sum += frame.getShort(i) & 0xffff;
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        return (sum & 0xffff) + (sum >>> 16);
    }
}
