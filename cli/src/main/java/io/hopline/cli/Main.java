package io.hopline.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code hopline} command. Exit codes: 0 done, 1 failed, 2 the arguments or the input cannot be used. */
@Command(
        name = "hopline",
        mixinStandardHelpOptions = true,
        version = "hopline 0.1.0",
        description = "Virtual networks for VMs and containers, load balancing, and the latency of every hop.",
        subcommands = {TrainingRun.class})
public final class Main implements Callable<Integer> {
    private Main() {}

    /** Runs one command line and exits with its code. */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main());
    }

    @Override
    public Integer call() {
        CommandLine.usage(this, System.out);
        return CommandLine.ExitCode.USAGE;
    }
}
