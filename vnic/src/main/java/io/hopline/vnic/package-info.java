/**
 * A guest's cable, and the host NIC's: ports over network devices.
 *
 * <p>In: frames a network device sent, with the virtio_net_hdr the kernel gave them, in the worker's pooled slots. Out:
 * frames to a network device, super-frames and partial checksums included; what the device cannot do the kernel finishes.
 * Datagrams of one flow that leave together enter the guest's kernel as one super-frame.
 * {@link io.hopline.vnic.TapPort} holds the TAP's descriptor and the guest has its network device;
 * {@link io.hopline.vnic.PacketPort} reaches a network device that is here and whose other end is elsewhere: a VMM's TAP,
 * a veth, a NIC. Ports are opened by the control side and then belong to one worker thread, but for {@code isUp} and the
 * counters, which any thread may read. Limits: 64 frames a receive, 64 frames waiting for a flush.
 */
@NullMarked
package io.hopline.vnic;

import org.jspecify.annotations.NullMarked;
