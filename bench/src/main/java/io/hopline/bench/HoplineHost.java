package io.hopline.bench;

import io.hopline.cli.ChildProcess;
import io.hopline.cli.CliException;
import io.hopline.cli.JavaProcess;
import io.hopline.cli.LoopbackPort;
import io.hopline.cli.RestClient;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * A controller and a node as a user starts them, the node's own ports in a namespace.
 *
 * @param namespace where the node makes its ports
 */
record HoplineHost(RestClient rest, HoplineNode node, ChildProcess controller, String namespace) {
    private static final int HEAP_MIB = 256;
    private static final Duration START_TIMEOUT = Duration.ofSeconds(30);

    /** Starts both and waits for them; they end with the rig. */
    static HoplineHost start(Rig rig, String name) throws InterruptedException {
        int restPort = LoopbackPort.free();
        int openFlowPort = LoopbackPort.free();
        String url = "http://127.0.0.1:" + restPort;
        var rest = new RestClient(URI.create(url));
        ChildProcess controller = rig.startHere(
                "controller",
                JavaProcess.command(
                        HEAP_MIB,
                        List.of(
                                "controller",
                                "--rest=127.0.0.1:" + restPort,
                                "--openflow=ptcp:" + openFlowPort + ":127.0.0.1",
                                "--store=embedded:" + rig.directory().resolve("store"))));
        controller.await("does not answer", START_TIMEOUT, () -> answers(rest));
        String namespace = rig.namespace("host");
        HoplineNode node = HoplineNode.start(
                rig,
                name,
                List.of(
                        "--openflow=tcp:127.0.0.1:" + openFlowPort,
                        "--controller=" + url,
                        "--netns=" + namespace,
                        "--vtep=127.0.0.1"));
        return new HoplineHost(rest, node, controller, namespace);
    }

    private static boolean answers(RestClient rest) {
        try {
            rest.get("/api/v1/state");
            return true;
        } catch (CliException notYet) {
            return false;
        }
    }
}
