/**
 * Networks as people think of them, turned into flows.
 *
 * <p>In: REST requests of people and nodes ({@link io.hopline.controller.Controller}), OpenFlow connections of the nodes'
 * switches, the nodes' health reports and sightings of timed packets. Out: flows and groups over OpenFlow, node
 * configurations by long poll, latency reports, the web page.
 *
 * <p>A change's walk: a route reads the body ({@code Requests}), a pure function makes the next
 * {@link io.hopline.controller.NetworkState} ({@code Changes}), {@code LiveState} stores it and shows it, {@code Recompiler}
 * compiles it a moment later ({@code FlowCompiler}), and each {@code SwitchSession} sends its switch the difference and a
 * barrier; the answer to that makes the version an applied one.
 *
 * <p>Threads: every REST request, switch and wait has a virtual thread of its own. The state changes under one lock, a
 * session's tables belong to its thread, the joiner is behind a lock; all else is immutable.
 *
 * <p>Limits: one controller per store; 1,024 networks, 16,384 vNICs, 4,096 services, 256 nodes; one gateway node, the first
 * by name that has an uplink; services are TCP over IPv4, IPv6 is forwarded among guests as plain Ethernet; guests answer
 * clients outside but do not open connections to them; a guest that is itself the backend its connection to a VIP is
 * balanced to does not reach itself; latency is kept for two hours, in memory.
 */
@NullMarked
package io.hopline.controller;

import org.jspecify.annotations.NullMarked;
