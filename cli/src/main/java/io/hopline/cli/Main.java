package io.hopline.cli;

import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code hopline} command. Exit codes: 0 done, 1 failed, 2 the arguments or the input cannot be used. */
@Command(
        name = "hopline",
        mixinStandardHelpOptions = true,
        version = "hopline 0.1.0",
        description = "Virtual networks for VMs and containers, load balancing, and the latency of every hop.",
        footer = {
            "",
            "Start here:",
            "  hopline demo                 two hosts, guests, an overlay, a load balancer and the latency report",
            "  hopline COMMAND --help       what a command takes, with examples",
            "Exit codes: 0 done, 1 failed, 2 the arguments or the input cannot be used."
        },
        subcommands = {
            DemoCommand.class,
            UpCommand.class,
            ControllerCommand.class,
            NodeCommand.class,
            NetworkCommand.class,
            VnicCommand.class,
            LbCommand.class,
            ApplyCommand.class,
            SlaCommand.class,
            SloCommand.class,
            PathCommand.class,
            FlowCommand.class,
            CaptureCommand.class,
            EventsCommand.class,
            TopCommand.class,
            VmImageCommand.class,
            TrainingRun.class
        })
public final class Main implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    private Main() {}

    /** Runs one command line and exits with its code. */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        var hopline = new CommandLine(new Main());
        ServiceLoader.load(Subcommand.class).forEach(hopline::addSubcommand);
        return hopline.setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpWidth(110)
                .setParameterExceptionHandler(Main::badArguments)
                .setExecutionExceptionHandler(Main::failed);
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "a command is wanted");
    }

    /** One line that says what is wrong, and where to read more; not a page of usage that scrolls it away. */
    private static int badArguments(ParameterException failure, String[] args) {
        CommandLine command = failure.getCommandLine();
        command.getErr().println("hopline: " + failure.getMessage());
        UnmatchedArgumentException.printSuggestions(failure, command.getErr());
        command.getErr().println("See: " + command.getCommandSpec().qualifiedName() + " --help");
        command.getErr().flush();
        return CommandLine.ExitCode.USAGE;
    }

    private static int failed(Exception failure, CommandLine command, ParseResult parsed) {
        var err = command.getErr();
        int code = CommandLine.ExitCode.SOFTWARE;
        if (failure instanceof CliException said) {
            err.println("hopline: " + said.getMessage());
            code = said.exitCode();
        } else if (failure instanceof IllegalArgumentException wrong) {
            err.println("hopline: " + wrong.getMessage());
            code = CommandLine.ExitCode.USAGE;
        } else {
            // Anything else is unforeseen, and its stack trace is what a maintainer will ask for.
            failure.printStackTrace(err);
        }
        err.flush();
        return code;
    }
}
