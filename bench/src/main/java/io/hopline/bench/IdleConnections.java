package io.hopline.bench;

import io.hopline.cli.CliException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** What memory a balancer's processes take for a connection on which nothing happens after its first request. Once, not in every round. */
final class IdleConnections implements Measure {
    private static final int CONNECTIONS = 5_000;
    private static final int QUICK_CONNECTIONS = 500;
    private static final int TIMEOUT_MS = 10_000;
    private static final long SETTLE_MS = 2_000;
    private static final long QUICK_SETTLE_MS = 250;

    private final int connections;
    private final long settleMs;

    IdleConnections(boolean quick) {
        connections = quick ? QUICK_CONNECTIONS : CONNECTIONS;
        settleMs = quick ? QUICK_SETTLE_MS : SETTLE_MS;
    }

    @Override
    public String id() {
        return "memory";
    }

    @Override
    public When when() {
        return When.AT_THE_END;
    }

    @Override
    public boolean suits(Contender contender) {
        return !contender.inKernel();
    }

    @Override
    public void run(Stage stage) throws Exception {
        WebLoad web = stage.load().web();
        // What the balancer allocates once, and a heap's young generation, is not to count as the connections'.
        web.warmUp(stage.rig(), stage.pace());
        List<Socket> held = new ArrayList<>();
        try {
            Thread.sleep(settleMs);
            double before = ResidentMemory.residentKib(stage.system().pids());
            for (int i = 0; i < connections; i++) {
                Socket socket = web.connect();
                held.add(socket);
                ask(socket);
            }
            Thread.sleep(settleMs);
            double after = ResidentMemory.residentKib(stage.system().pids());
            stage.note(Metric.BALANCER_RSS, before / 1024);
            stage.note(Metric.RSS_PER_CONNECTION, (after - before) / connections);
        } finally {
            for (Socket socket : held) {
                socket.close();
            }
        }
    }

    private static void ask(Socket socket) throws IOException {
        socket.setSoTimeout(TIMEOUT_MS);
        socket.getOutputStream().write(WebLoad.request("keep-alive"));
        InputStream input = socket.getInputStream();
        var reader = new ResponseReader();
        byte[] bytes = new byte[4096];
        while (!reader.take(bytes, input.read(bytes))) {
            if (reader.failed()) {
                throw CliException.failed("a connection was closed, or its request not answered with 200");
            }
        }
    }
}
