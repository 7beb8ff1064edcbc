/**
 * The {@code hopline} command and the demo.
 *
 * <p>In: a command line. Out: text or JSON on standard output, errors on standard error, and exit code 0, 1 (it failed) or
 * 2 (it was asked for something wrong: which field, and why). Commands talk to a controller over REST and to nodes over
 * their control sockets; {@code controller}, {@code node} and {@code up} are those processes. {@code demo} runs all of them
 * on one machine, with guests, load and report; what it makes it registers with {@code Cleanup}, which undoes it in reverse
 * order on success, failure or Ctrl-C. One thread per command; the load generator has its own.
 * Another module adds a command by implementing {@code Subcommand}.
 */
@NullMarked
package io.hopline.cli;

import org.jspecify.annotations.NullMarked;
