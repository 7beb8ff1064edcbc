package io.hopline.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** A noun whose verbs are its methods; alone it does nothing. */
interface Verbs extends Callable<Integer> {
    /** The command as picocli knows it. */
    CommandSpec spec();

    /** Where answers go. */
    default PrintWriter out() {
        return spec().commandLine().getOut();
    }

    @Override
    default Integer call() {
        throw new ParameterException(
                spec().commandLine(),
                "one of these is wanted: "
                        + String.join(
                                ", ", spec().commandLine().getSubcommands().keySet()));
    }
}
