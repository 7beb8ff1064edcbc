/**
 * One host's daemon: the workers, their ports, and the assembly of the other modules around them.
 *
 * <p>In: {@link io.hopline.node.NodeOptions}; requests on the control socket; the controller's configuration over REST and
 * its flows over OpenFlow. Out: forwarded frames; sightings of sampled requests, health of backends and the other hosts' clocks for the controller;
 * metrics for Prometheus.
 *
 * <p>Threads: a {@code Worker} owns its queue of every port, its frames and its data path, and everything that moves a frame runs on one. Beside them
 * run the stamp reader, the sighting exporter, the configuration follower with its health reporter, the switch's slow
 * path (DHCP, server logs), and virtual threads for control and OpenFlow connections; none of them touches a frame a
 * worker has. Limits: 16 workers, 1,024 ports and stamp sockets, 2,048 frames in a worker's pool, 16,384 sightings waiting per ring, 512 timed
 * frames in one turn; what does not fit is dropped and counted.
 */
@NullMarked
package io.hopline.node;

import org.jspecify.annotations.NullMarked;
