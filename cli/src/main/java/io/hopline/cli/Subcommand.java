package io.hopline.cli;

import java.util.concurrent.Callable;

/**
 * A command that another module gives to {@code hopline}, found with {@link java.util.ServiceLoader}. The class carries
 * picocli's {@code @Command}; what {@link #call} returns is the exit code.
 */
public interface Subcommand extends Callable<Integer> {}
