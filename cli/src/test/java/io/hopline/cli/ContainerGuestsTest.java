package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/** nginx in two Docker containers, attached to the switch as a user does it, behind an L4 service. */
@Tag("netns")
@Tag("docker")
class ContainerGuestsTest {
    private static final String IMAGE = "hopline/nginx:test";
    private static final String NGINX = "/usr/sbin/nginx";
    private static final Pattern LIBRARY = Pattern.compile("(/\\S+) \\(0x");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    @BeforeEach
    void needsRootAndPrograms() {
        Assumptions.assumeTrue(SystemNeeds.root(), "needs root to make network namespaces");
        Assumptions.assumeTrue(
                SystemNeeds.programs("dockerd", "docker", "nginx", "ip", "unshare", "nsenter", "udhcpc", "curl", "tar"),
                "needs docker.io, nginx, iproute2, util-linux, udhcpc, curl and tar");
    }

    @Test
    void bothContainersServeUntilOneEnds() throws Exception {
        try (DockerEngine engine = engine();
                PrivateHost host = new PrivateHost(directory, Map.of("DOCKER_HOST", engine.url()))) {
            importImage(engine);
            Process up = host.start(
                    "up", JavaProcess.command(256, List.of("up", "--store=embedded:" + directory.resolve("store"))));
            host.awaitOutput(up, "up", "forwards, controller on");
            assertThat(host.hopline("network", "create", "blue", "--subnet", "10.0.1.0/24"))
                    .startsWith("0 ");
            try (GenericContainer<?> c1 = nginx("c1");
                    GenericContainer<?> c2 = nginx("c2")) {
                attach(host, "c1", c1);
                attach(host, "c2", c2);
                host.ok("ip", "netns", "add", "client");
                assertThat(host.hopline("vnic", "attach", "client", "--network", "blue", "--netns", "client"))
                        .startsWith("0 ");
                host.dhcp("client");
                assertThat(host.hopline(
                                "lb",
                                "create",
                                "web",
                                "--network",
                                "blue",
                                "--vip",
                                "10.0.1.100:80",
                                "--backend",
                                "c1:80",
                                "--backend",
                                "c2:80"))
                        .startsWith("0 ");
                Set<String> answers = new TreeSet<>();
                Awaitility.await().atMost(PATIENCE).untilAsserted(() -> {
                    answers.add(ask(host));
                    assertThat(answers).contains("0 c1\n", "0 c2\n");
                });
                c1.stop();
                Awaitility.await()
                        .atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(host.hopline("lb", "show", "web", "-o", "json"))
                                .contains("unhealthy"));
                for (int i = 0; i < 20; i++) {
                    assertThat(ask(host)).isEqualTo("0 c2\n");
                }
            }
        }
    }

    /** The machine may forbid what an engine needs, such as cgroups or mounts. */
    private DockerEngine engine() throws IOException, InterruptedException {
        try {
            return DockerEngine.start(Files.createDirectory(directory.resolve("docker")));
        } catch (IOException e) {
            Assumptions.abort("dockerd does not start on this machine: " + e.getMessage());
            throw e;
        }
    }

    /** An image of the machine's own nginx and its libraries, and nothing else: nothing is fetched. */
    private void importImage(DockerEngine engine) throws Exception {
        Path root = directory.resolve("image");
        copy(Path.of(NGINX), root);
        Matcher libraries = LIBRARY.matcher(Program.run("ldd", NGINX));
        while (libraries.find()) {
            copy(Path.of(libraries.group(1)), root);
        }
        for (String name : new String[] {"etc", "var/log/nginx", "var/lib/nginx", "run", "tmp"}) {
            Files.createDirectories(root.resolve(name));
        }
        Files.writeString(root.resolve("etc/passwd"), "root:x:0:0::/:/\nnobody:x:65534:65534::/:/\n");
        Files.writeString(root.resolve("etc/group"), "root:x:0:\nnogroup:x:65534:\n");
        for (String name : new String[] {"c1", "c2"}) {
            Files.writeString(root.resolve("etc/" + name + ".conf"), """
                    daemon off; error_log stderr; pid /run/nginx.pid;
                    events {}
                    http { access_log off; server { listen 80; location / { return 200 "%s\\n"; } } }
                    """.formatted(name));
        }
        Path tar = directory.resolve("image.tar");
        Program.run("tar", "-C", root.toString(), "-cf", tar.toString(), ".");
        Program.run("docker", "-H", engine.url(), "import", tar.toString(), IMAGE);
    }

    private static void copy(Path file, Path root) throws IOException {
        Path to = root.resolve(file.toString().substring(1));
        Files.createDirectories(to.getParent());
        Files.copy(file.toRealPath(), to);
    }

    private static GenericContainer<?> nginx(String name) {
        GenericContainer<?> container = new GenericContainer<>(DockerImageName.parse(IMAGE))
                .withImagePullPolicy(image -> false)
                .withNetworkMode("none")
                .withCommand(NGINX, "-c", "/etc/" + name + ".conf");
        container.start();
        return container;
    }

    /** As a user does: by the container's id. That its address is asked for from outside is for want of a DHCP client in it. */
    private static void attach(PrivateHost host, String name, GenericContainer<?> container) throws Exception {
        assertThat(host.hopline("vnic", "attach", name, "--network", "blue", "--container", container.getContainerId()))
                .startsWith("0 ")
                .contains("bound");
        Long pid = container.getCurrentContainerInfo().getState().getPidLong();
        host.ok("ip", "netns", "attach", name, String.valueOf(pid));
        host.dhcp(name);
    }

    private static String ask(PrivateHost host) throws Exception {
        return host.in(List.of("ip", "netns", "exec", "client", "curl", "-s", "--max-time", "5", "http://10.0.1.100/"));
    }
}
