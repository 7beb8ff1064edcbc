package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hopline.linux.NetNs;
import io.hopline.packet.MacAddress;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real VM on a TAP whose other end is a namespace's own stack: no switch of ours is in between. */
@Tag("qemu")
class VmGuestTest {
    private static final MacAddress MAC = MacAddress.parse("02:00:0a:09:00:07");

    private final String host =
            "hlt" + ProcessHandle.current().pid() + "q" + Integer.toHexString((int) (Math.random() * 0xffff));
    private final Cleanup cleanup = new Cleanup();

    @TempDir
    private Path directory;

    @BeforeEach
    void wire() throws Exception {
        Assumptions.assumeTrue(SystemNeeds.root(), "needs root to make network namespaces");
        Assumptions.assumeTrue(
                SystemNeeds.programs("ip", "nginx", "busybox", "qemu-system-x86_64", "apt-get", "dpkg"),
                "needs ip, nginx, busybox, QEMU and apt");
        cleanup.add(host, () -> Program.run("ip", "netns", "delete", host));
        Program.run("ip", "netns", "add", host);
        Program.run("ip", "-n", host, "tuntap", "add", "dev", "tap0", "mode", "tap");
        Program.run("ip", "-n", host, "addr", "add", "10.9.0.1/24", "dev", "tap0");
        Program.run("ip", "-n", host, "link", "set", "tap0", "up");
    }

    @AfterEach
    void leaveNothing() {
        cleanup.close();
        assertThat(cleanup.problems()).isEmpty();
    }

    private VmGuest.Plan plan(int delayMs, Optional<String> accessLog) {
        return new VmGuest.Plan("web1", Optional.of(host), "tap0", VmNic.VIRTIO, MAC, delayMs, accessLog);
    }

    @Test
    void bootsTakesItsAddressFromDhcpAndServesOverHttp() throws Exception {
        boolean canSleep = Files.exists(NginxConfig.ECHO_MODULE);
        startDhcpServer();
        VmImage image = VmImage.prepare(VmNic.VIRTIO, VmImage.defaultCache(System.getenv()), what -> {});
        try (NetNs netns = NetNs.open(host);
                DatagramSocket log = netns.call(() -> new DatagramSocket(new InetSocketAddress("10.9.0.1", 5140)))) {
            log.setSoTimeout(20_000);
            VmGuest vm = VmGuest.start(
                    image, plan(canSleep ? 2 : 0, Optional.of("10.9.0.1:5140")), directory.resolve("web1"));
            cleanup.add("VM", vm::close);

            vm.awaitReady(Duration.ofSeconds(90));

            LoadResult result = new OpenLoopLoad(
                            new LoadPlan(50, 50, 2, 10, 10_000, 1),
                            new InetSocketAddress("10.9.0.7", 80),
                            "/",
                            Map.of("web1", NginxGuest.page("web1")),
                            () -> netns.call(SocketChannel::open))
                    .run();
            assertThat(result.errors()).isEmpty();
            assertThat(result.servedBy()).containsExactly(Map.entry("web1", 50L));
            DatagramPacket line = new DatagramPacket(new byte[500], 500);
            log.receive(line);
            assertThat(new String(line.getData(), 0, line.getLength(), StandardCharsets.US_ASCII))
                    .matches("<\\d+>.* hopline: 10\\.9\\.0\\.1:\\d+ 200 \\d+\\.\\d{3} \\d+\\.\\d{3}");
            assertThat(Program.run("ip", "-n", host, "neigh")).contains("10.9.0.7", MAC.toString());

            vm.close();
            assertThat(vm.alive()).isFalse();
            assertThat(ProcessHandle.of(vm.pid())).isEmpty();
        }
    }

    /** Nobody answers its DHCP, so it cannot get ready; what the console says so far is in the message. */
    @Test
    void saysWhatTheConsoleSaidWhenItIsNotReady() throws Exception {
        VmImage image = VmImage.prepare(VmNic.VIRTIO, VmImage.defaultCache(System.getenv()), what -> {});
        VmGuest vm = VmGuest.start(image, plan(0, Optional.empty()), directory.resolve("web1"));
        cleanup.add("VM", vm::close);
        Awaitility.await()
                .atMost(Duration.ofSeconds(90))
                .until(() ->
                        Files.readString(directory.resolve("web1/console.log")).contains("udhcpc"));

        assertThatThrownBy(() -> vm.awaitReady(Duration.ofMillis(10)))
                .isInstanceOf(CliException.class)
                .hasMessageContaining("VM web1 is not ready")
                .hasMessageContaining("udhcpc");
    }

    @Test
    void saysWhyQemuEnded() throws Exception {
        VmImage image = VmImage.prepare(VmNic.VIRTIO, VmImage.defaultCache(System.getenv()), what -> {});
        VmGuest.Plan wrong = new VmGuest.Plan("web1", Optional.of(host), "lo", VmNic.VIRTIO, MAC, 0, Optional.empty());
        VmGuest vm = VmGuest.start(image, wrong, directory.resolve("web1"));
        cleanup.add("VM", vm::close);

        assertThatThrownBy(() -> vm.awaitReady(Duration.ofSeconds(60)))
                .isInstanceOf(CliException.class)
                .hasMessageContaining("VM web1 ended")
                .hasMessageContaining("lo");
    }

    @Test
    void theSecondRunTakesTheImageFromTheCache() {
        Path cache = directory.resolve("cache");
        var said = new ArrayList<String>();

        VmImage first = VmImage.prepare(VmNic.VIRTIO, cache, said::add);
        assertThat(said).hasSize(2);
        VmImage second = VmImage.prepare(VmNic.VIRTIO, cache, said::add);

        assertThat(said).hasSize(2);
        assertThat(second).isEqualTo(first);
        assertThat(first.kernel()).isNotEmptyFile();
        assertThat(cache.toFile().list()).hasSize(1);
    }

    private void startDhcpServer() throws Exception {
        Path configuration = directory.resolve("udhcpd.conf");
        Files.writeString(configuration, """
                start 10.9.0.7
                end 10.9.0.7
                interface tap0
                lease_file %1$s/leases
                pidfile %1$s/udhcpd.pid
                option subnet 255.255.255.0
                option router 10.9.0.1
                option mtu 1430
                """.formatted(directory));
        Files.createFile(directory.resolve("leases"));
        var server = ChildProcess.startIn(
                host,
                "udhcpd",
                directory.resolve("udhcpd.log"),
                List.of("busybox", "udhcpd", "-f", configuration.toString()));
        cleanup.add("udhcpd", server::close);
    }
}
