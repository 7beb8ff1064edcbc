/**
 * The tunnel between hosts: VXLAN (RFC 7348) over UDP, IPv4 or IPv6 outside.
 *
 * <p>In: guests' frames with the remote VTEP and the VNI that the flows chose ({@code Frame.tunnelDestination},
 * {@code tunnelId}), and datagrams from other hosts. Out: datagrams of which none exceeds the path's MTU, and frames with
 * {@code tunnelSource}, {@code tunnelId} and the kernel's stamp. Going out, super-frames are cut in software and leave with
 * one UDP_SEGMENT send; coming in, what UDP_GRO put together is taken apart and its TCP segments become super-frames again.
 * Outside is always a UDP checksum and never a fragment; ECN goes through the tunnel (RFC 6040), DSCP and TTL do not
 * (docs/overlay.md says why). One worker thread owns a
 * {@link io.hopline.overlay.VxlanPort}; {@code isUp}, {@code mtu} and the counters may be read by any. Limits: 64 frames
 * waiting for a flush, 64 datagrams a send, 24 bits of VNI. Who may send here is for the flows to say: a datagram's source
 * address is reported, not judged.
 */
@NullMarked
package io.hopline.overlay;

import org.jspecify.annotations.NullMarked;
