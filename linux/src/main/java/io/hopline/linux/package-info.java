/**
 * The one door to the kernel: no other module makes a foreign call.
 *
 * <p>In: addresses of memory that the caller owns, names and numbers. Out: counts, stamps and file descriptors. Calls
 * of the control side throw {@link io.hopline.linux.LinuxException}, which names the call, its arguments and errno's
 * text; calls of the data path return a count, or errno negated, and allocate nothing. A socket, a TAP or a
 * {@link io.hopline.linux.MessageBatch} belongs to one thread at a time; {@link io.hopline.linux.EventFd#signal} and
 * {@link io.hopline.linux.Clock} may be called by any. Limits: 64-bit Linux (the structures are laid out for the
 * x86-64 and arm64 ABIs), kernel 5.10 or later.
 */
@NullMarked
package io.hopline.linux;

import org.jspecify.annotations.NullMarked;
