package io.hopline.vnic;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.linux.NetNs;
import io.hopline.packet.Batch;
import io.hopline.packet.Dhcp;
import io.hopline.packet.DhcpLease;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real DHCP client behind a TAP gets its lease from {@link Dhcp}. */
@Tag("netns")
class DhcpClientTest {
    private static final MacAddress MAC = MacAddress.parse("02:00:0a:00:01:0b");
    private static final DhcpLease LEASE = new DhcpLease(
            Ipv4Address.parse("10.0.1.11"),
            24,
            Ipv4Address.parse("10.0.1.1"),
            MacAddress.parse("02:00:5e:00:01:01"),
            3600,
            1450,
            List.of(Ipv4Address.parse("192.0.2.53")));

    @TempDir
    private Path directory;

    @Test
    void busyboxTakesTheLease() throws Exception {
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "needs root to make network namespaces");
        Assumptions.assumeTrue(hasBusybox(), "needs busybox");
        Path script = directory.resolve("script");
        Path said = directory.resolve("said");
        Files.writeString(script, "#!/bin/sh\n[ \"$1\" != bound ] || env >" + said + "\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        try (FramePool pool = FramePool.of(64);
                NetNs netns = NetNs.anonymous();
                Port tap = TapPort.open(netns, "web1", "eth0", MAC, 1500)) {
            String client = "busybox udhcpc -f -q -n -i eth0 -t 20 -T 1 -O mtu -s " + script;
            Process process = netns.call(() -> new ProcessBuilder(client.split(" "))
                    .redirectErrorStream(true)
                    .start());
            try {
                Awaitility.await()
                        .atMost(Duration.ofSeconds(30))
                        .pollInterval(Duration.ofMillis(10))
                        .until(() -> {
                            answer(pool, tap);
                            return !process.isAlive();
                        });
                String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(process.exitValue()).as(output).isZero();
            } finally {
                process.destroyForcibly();
            }
            assertThat(pool.available()).isEqualTo(pool.capacity());
        }
        assertThat(Files.readAllLines(said))
                .contains(
                        "ip=10.0.1.11",
                        "subnet=255.255.255.0",
                        "router=10.0.1.1",
                        "serverid=10.0.1.1",
                        "lease=3600",
                        "mtu=1450",
                        "dns=192.0.2.53");
    }

    private static void answer(FramePool pool, Port tap) {
        Batch batch = new Batch();
        tap.receive(pool, batch);
        for (int i = 0; i < batch.size(); i++) {
            Frame frame = batch.frame(i);
            byte[] bytes = new byte[frame.length()];
            MemorySegment.copy(frame.memory(), frame.offset(), MemorySegment.ofArray(bytes), 0, bytes.length);
            frame.release();
            Dhcp.answer(bytes, mac -> mac.equals(MAC) ? Optional.of(LEASE) : Optional.empty())
                    .ifPresent(reply -> {
                        Frame out = Objects.requireNonNull(pool.acquire());
                        MemorySegment.copy(MemorySegment.ofArray(reply), 0, out.memory(), out.offset(), reply.length);
                        out.length(reply.length);
                        tap.transmit(out);
                    });
        }
        tap.flush();
    }

    private static boolean hasBusybox() throws InterruptedException {
        try {
            return new ProcessBuilder("busybox", "true").start().waitFor() == 0;
        } catch (IOException missing) {
            return false;
        }
    }
}
