/**
 * The wire and the frames that cross it.
 *
 * <p>In: bytes in pooled off-heap slots. Out: the same bytes, read and rewritten through static accessors on
 * {@code (MemorySegment, offset)}; no header of a forwarded frame becomes an object (only what
 * is answered in the slow path does: {@link io.hopline.packet.DhcpMessage}). A {@link io.hopline.packet.Frame} belongs to one
 * worker thread and has one owner at a time: whoever holds it passes it on or releases it. Parsing hostile bytes never
 * throws; a frame that cannot be used is dropped under a {@link io.hopline.packet.DropReason}. Limits: a frame is at
 * most {@link io.hopline.packet.Frame#MAX_BYTES} bytes, a batch at most {@link io.hopline.packet.Batch#CAPACITY} frames.
 */
@NullMarked
package io.hopline.packet;

import org.jspecify.annotations.NullMarked;
