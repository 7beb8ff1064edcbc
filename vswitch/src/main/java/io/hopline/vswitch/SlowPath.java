package io.hopline.vswitch;

import io.hopline.openflow.Bytes;
import io.hopline.openflow.FieldMatch;
import io.hopline.openflow.Match;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OxmField;
import io.hopline.openflow.PacketIn;
import io.hopline.packet.Checksum;
import io.hopline.packet.Frame;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * The way out of the workers for frames that a controller or the node's own services get: copies on a bounded queue.
 * Workers put, the slow-path thread takes. When the queue is full the frame is dropped and counted by the caller.
 */
final class SlowPath {
    static final int CAPACITY = 1_024;

    /** The fields of a packet that a packet-in tells about, where they are not zero. */
    private static final List<OxmField> TOLD = List.of(
            OxmField.METADATA,
            OxmField.TUNNEL_ID,
            OxmField.REG0,
            OxmField.REG1,
            OxmField.REG2,
            OxmField.REG3,
            OxmField.REG4,
            OxmField.REG5,
            OxmField.REG6,
            OxmField.REG7);

    /** A copied frame; {@code punt} is null for one to the local services. */
    private record Item(byte[] frame, int inPort, Step.@Nullable Punt punt, long[] key) {}

    private final MpscVarHandleArrayQueue<Item> queue = new MpscVarHandleArrayQueue<>(CAPACITY);
    private final Runnable wake;

    /**
     * @param wake rouses the thread that calls {@link #drain}
     */
    SlowPath(Runnable wake) {
        this.wake = wake;
    }

    boolean toController(Frame frame, FlowKey key, Step.Punt punt) {
        return offer(frame, punt, key.words.clone());
    }

    boolean toLocal(Frame frame) {
        return offer(frame, null, new long[0]);
    }

    private boolean offer(Frame frame, Step.@Nullable Punt punt, long[] key) {
        if (queue.size() >= CAPACITY) {
            return false;
        }
        // Whoever gets it has no vnet header to read: the checksum is finished here. A super-frame's stays partial.
        Checksum.complete(frame);
        byte[] bytes = new byte[frame.length()];
        MemorySegment.copy(frame.memory(), ValueLayout.JAVA_BYTE, frame.offset(), bytes, 0, bytes.length);
        boolean taken = queue.offer(new Item(bytes, frame.inPort(), punt, key));
        wake.run();
        return taken;
    }

    /** Hands over what waits. Slow-path thread only. */
    void drain(Consumer<PacketIn> controller, LocalHandler local) {
        for (Item item = queue.poll(); item != null; item = queue.poll()) {
            Step.Punt punt = item.punt;
            if (punt == null) {
                local.handle(item.frame, item.inPort);
            } else {
                controller.accept(packetIn(item, punt));
            }
        }
    }

    private static PacketIn packetIn(Item item, Step.Punt punt) {
        int bytes = punt.maxBytes() == OpenFlow.MAX_LEN_NO_BUFFER
                ? item.frame.length
                : Math.min(punt.maxBytes(), item.frame.length);
        List<FieldMatch> fields = new ArrayList<>();
        fields.add(FieldMatch.exact(OxmField.IN_PORT, item.inPort & 0xffff_ffffL));
        for (OxmField field : TOLD) {
            KeyField where = KeyField.of(field);
            long value = where == null ? 0 : (item.key[where.word()] & where.highMask()) >>> where.shift();
            if (value != 0) {
                fields.add(FieldMatch.exact(field, value));
            }
        }
        return new PacketIn(
                OpenFlow.NO_BUFFER,
                item.frame.length,
                punt.reason(),
                punt.tableId(),
                punt.cookie(),
                new Match(fields),
                Bytes.of(item.frame).prefix(bytes));
    }
}
