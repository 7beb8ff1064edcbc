/**
 * The switch: OpenFlow 1.3 tables and groups, connection tracking with NAT, and the path a frame takes through them.
 *
 * <p>In: frames from {@link io.hopline.packet.Port}s, in batches, each with its in_port set; flow and group changes,
 * packet-outs and ports from the control side. Out: the same frames, rewritten, to other ports; copies to the controller
 * and to the node's local services; statistics, flow-removed and port-status events.
 *
 * <p>Control side and workers meet here. {@link io.hopline.vswitch.VirtualSwitch} is the control side: any thread may call it, it owns
 * tables and groups and turns them into immutable snapshots. A {@link io.hopline.vswitch.Datapath} belongs to one worker
 * thread: it owns its flow caches, takes at most one snapshot per cycle, and does not allocate per packet in its steady
 * state. Workers share the connection table, under a lock that a single worker does without, and the counters of flows and
 * groups. {@link io.hopline.vswitch.FlowLookup} is where its caches meet.
 *
 * <p>Limits: {@link io.hopline.vswitch.FlowKey} says which header fields can be matched; the numbers of tables, flows,
 * groups, cache entries, tracked connections and queued slow-path frames are each bounded by a named constant, and what
 * does not fit is refused with an OpenFlow error or dropped under a {@link io.hopline.packet.DropReason}.
 */
@NullMarked
package io.hopline.vswitch;

import org.jspecify.annotations.NullMarked;
