package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hopline.linux.NetNs;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo's guests over a plain veth pair and somebody else's DHCP server: no switch of ours is in between. */
@Tag("netns")
class GuestServicesTest {
    private final String prefix =
            "hlt" + ProcessHandle.current().pid() + "g" + Integer.toHexString((int) (Math.random() * 0xffff));
    private final String host = prefix + "-host";
    private final String guest = prefix + "-guest";
    private final Cleanup cleanup = new Cleanup();

    @TempDir
    private Path directory;

    @BeforeEach
    void wire() {
        Assumptions.assumeTrue(SystemNeeds.root(), "needs root to make network namespaces");
        Assumptions.assumeTrue(
                SystemNeeds.programs("ip", "nginx", "udhcpc", "busybox"), "needs ip, nginx, udhcpc and busybox");
        for (String name : List.of(host, guest)) {
            cleanup.add(name, () -> Program.run("ip", "netns", "delete", name));
            Program.run("ip", "netns", "add", name);
        }
        Program.run("ip", "-n", host, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", guest);
        Program.run("ip", "-n", host, "addr", "add", "10.9.0.1/24", "dev", "eth0");
        Program.run("ip", "-n", host, "link", "set", "eth0", "up");
    }

    @AfterEach
    void leaveNothing() {
        cleanup.close();
        assertThat(cleanup.problems()).isEmpty();
    }

    @Test
    void takesItsAddressFromDhcpAndServesOverHttp() throws Exception {
        startDhcpServer("10.9.0.7");
        DhcpClient.configure(guest, "eth0", directory, "10.9.0.7");
        assertThat(Program.run("ip", "-n", guest, "link", "show", "eth0")).contains("mtu 1430");
        assertThat(Program.run("ip", "-n", guest, "route")).contains("default via 10.9.0.1");

        var nginx = NginxGuest.start(guest, "web1", directory.resolve("web1"), 0);
        cleanup.add("nginx", nginx::close);
        NginxGuest.awaitListening(nginx, guest);
        try (NetNs client = NetNs.open(host)) {
            LoadResult result = new OpenLoopLoad(
                            new LoadPlan(200, 1_000, 4, 10, 2_000, 1),
                            new InetSocketAddress("10.9.0.7", 80),
                            "/",
                            Map.of("web1", NginxGuest.page("web1")),
                            () -> client.call(SocketChannel::open))
                    .run();
            assertThat(result.errors()).isEmpty();
            assertThat(result.servedBy()).containsExactly(Map.entry("web1", 200L));
        }
    }

    @Test
    void saysSoWhenNobodyOrTheWrongServerAnswersDhcp() throws Exception {
        startDhcpServer("10.9.0.8");
        assertThatThrownBy(() -> DhcpClient.configure(guest, "eth0", directory, "10.9.0.7"))
                .isInstanceOf(CliException.class)
                .hasMessageContaining("another address than 10.9.0.7");
    }

    @Test
    void saysWhyNginxEnded() throws Exception {
        Path web = Files.createDirectories(directory.resolve("web1"));
        var first = NginxGuest.start(guest, "web1", web, 0);
        cleanup.add("nginx", first::close);
        Program.run("ip", "-n", guest, "link", "set", "lo", "up");
        NginxGuest.awaitListening(first, guest);
        var second = NginxGuest.start(guest, "web2", directory.resolve("web2"), 0);
        cleanup.add("second nginx", second::close);
        org.awaitility.Awaitility.await().until(() -> !second.alive());
        assertThatThrownBy(second::requireAlive)
                .isInstanceOf(CliException.class)
                .hasMessageContaining("nginx of web2 ended")
                .hasMessageContaining("Address already in use");
    }

    private void startDhcpServer(String address) throws Exception {
        Path configuration = directory.resolve("udhcpd.conf");
        Files.writeString(configuration, """
                start %1$s
                end %1$s
                interface eth0
                lease_file %2$s/leases
                pidfile %2$s/udhcpd.pid
                option subnet 255.255.255.0
                option router 10.9.0.1
                option mtu 1430
                option lease 600
                """.formatted(address, directory));
        Files.createFile(directory.resolve("leases"));
        var server = ChildProcess.startIn(
                host,
                "udhcpd",
                directory.resolve("udhcpd.log"),
                List.of("busybox", "udhcpd", "-f", configuration.toString()));
        cleanup.add("udhcpd", server::close);
    }
}
