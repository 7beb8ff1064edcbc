package io.hopline.cli;

import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * What the launcher runs once after a build, so that the JVM can write down which classes a command loads (JEP 483, 514).
 * It does what commands do, without touching the system.
 */
@Command(name = "training-run", hidden = true)
final class TrainingRun implements Callable<Integer> {
    @Override
    public Integer call() {
        var nowhere = new PrintWriter(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        var command = Main.commandLine().setOut(nowhere).setErr(nowhere);
        command.execute("--help");
        for (var sub : command.getSubcommands().values()) {
            sub.usage(nowhere);
        }
        return CommandLine.ExitCode.OK;
    }
}
