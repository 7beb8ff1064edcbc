package io.hopline.cli;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * What the launcher runs once after a build, so that the JVM can write down which classes a command loads (JEP 483, 514).
 * It does what commands do, against a server of its own on loopback, and changes nothing.
 */
@Command(name = "training-run", hidden = true)
final class TrainingRun implements Callable<Integer> {
    private static final byte[] ANSWER =
            "[{\"name\":\"blue\",\"vni\":100,\"subnet\":\"10.0.1.0/24\"}]".getBytes(StandardCharsets.UTF_8);

    @Override
    public Integer call() throws IOException {
        var nowhere = new PrintWriter(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        var command = Main.commandLine().setOut(nowhere).setErr(nowhere);
        command.execute("--help");
        for (var sub : command.getSubcommands().values()) {
            sub.usage(nowhere);
        }
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, ANSWER.length);
            exchange.getResponseBody().write(ANSWER);
            exchange.close();
        });
        server.start();
        try {
            String url = "http://127.0.0.1:" + server.getAddress().getPort();
            command.execute("network", "list", "--controller", url);
            command.execute("network", "list", "-o", "json", "--controller", url);
        } finally {
            server.stop(0);
        }
        return CommandLine.ExitCode.OK;
    }
}
