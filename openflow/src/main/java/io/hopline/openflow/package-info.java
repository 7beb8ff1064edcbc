/**
 * OpenFlow 1.3 with the Nicira extensions in use: the words that a switch and its controller share, and the wire between
 * them.
 *
 * <p>In: records such as {@link io.hopline.openflow.FlowMod}, or bytes from a peer who may be hostile. Out: the other of the
 * two. Records check themselves; {@link io.hopline.openflow.OpenFlowCodec} returns a message or throws {@link
 * io.hopline.openflow.OpenFlowException}, which names the error that the specification wants answered. Everything but {@link
 * io.hopline.openflow.OpenFlowConnection} is immutable or static and belongs to no thread; a connection is sent to by any
 * thread and read by one. Limits: messages of 65535 bytes, 4 MiB waiting to be sent per connection. What a switch may refuse
 * because of its state (unknown groups, full tables) is not checked here.
 */
@NullMarked
package io.hopline.openflow;

import org.jspecify.annotations.NullMarked;
