package io.hopline.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.testcontainers.dockerclient.DockerClientProviderStrategy;
import org.testcontainers.dockerclient.TransportConfig;

/**
 * A Docker engine of the test's own: its images, state and socket are in one directory, and it leaves the machine's bridges and packet
 * filters alone, on which other tests rely.
 */
final class DockerEngine implements AutoCloseable {
    private static final int START_S = 60;

    private static volatile String host = "";

    private final Process daemon;
    private final Path log;
    private final String url;

    private DockerEngine(Process daemon, Path log, String url) {
        this.daemon = daemon;
        this.log = log;
        this.url = url;
    }

    /** How Testcontainers finds it; known to it through {@code META-INF/services}. */
    public static final class Strategy extends DockerClientProviderStrategy {
        @Override
        public TransportConfig getTransportConfig() {
            return TransportConfig.builder().dockerHost(URI.create(host)).build();
        }

        @Override
        protected boolean isApplicable() {
            return !host.isEmpty();
        }

        @Override
        protected int getPriority() {
            return Integer.MAX_VALUE;
        }

        @Override
        public String getDescription() {
            return "the test's own engine";
        }
    }

    /**
     * Starts it and waits until it answers.
     *
     * @throws IOException with what it said last, when it does not
     */
    static DockerEngine start(Path directory) throws IOException, InterruptedException {
        Path log = directory.resolve("dockerd.log");
        String url = "unix://" + directory.resolve("sock");
        Process daemon = new ProcessBuilder(
                        "dockerd",
                        "--data-root=" + directory.resolve("data"),
                        "--exec-root=" + directory.resolve("exec"),
                        "--pidfile=" + directory.resolve("pid"),
                        "--host=" + url,
                        "--bridge=none",
                        "--iptables=false",
                        "--ip-forward=false",
                        "--ip6tables=false")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        DockerEngine engine = new DockerEngine(daemon, log, url);
        try {
            engine.awaitAnswer();
        } catch (IOException e) {
            engine.close();
            throw e;
        }
        host = url;
        return engine;
    }

    private void awaitAnswer() throws IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_S);
        while (daemon.isAlive() && System.nanoTime() < deadlineNs) {
            try {
                // The client speaks the engine's version of the protocol, whatever its own is.
                System.setProperty(
                        "api.version", Program.run("docker", "-H", url, "version", "-f", "{{.Server.APIVersion}}"));
                return;
            } catch (CliException notYet) {
                Thread.sleep(200);
            }
        }
        List<String> said = Files.readAllLines(log);
        throw new IOException(String.join(" / ", said.subList(Math.max(0, said.size() - 3), said.size())));
    }

    /** For {@code DOCKER_HOST}. */
    String url() {
        return url;
    }

    @Override
    public void close() throws InterruptedException {
        host = "";
        daemon.destroy();
        if (!daemon.waitFor(60, TimeUnit.SECONDS)) {
            daemon.destroyForcibly().waitFor();
        }
    }
}
