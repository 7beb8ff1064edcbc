package io.hopline.bench;

import io.hopline.packet.Ethernet;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Segmenter;
import io.hopline.packet.VnetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Cutting a TCP super-frame of 60,000 bytes into segments of 1,448, for a port whose peer cannot. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SegmentationBenchmark {
    private static final int PAYLOAD_BYTES = 60_000;
    private static final int SEGMENT_BYTES = 1_448;
    /** Of the checksum in a TCP header. */
    private static final int CHECKSUM_OFFSET = 16;

    private static final int SLOT_BYTES = 2_048;

    private final Segmenter segmenter = new Segmenter();
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment wire = arena.allocate((long) Segmenter.MAX_SEGMENTS * SLOT_BYTES, 64);
    private FramePool pool;
    private Frame frame;

    @Setup
    public void superFrame() {
        pool = FramePool.of(1);
        frame = Segments.tcp(pool, 40_000, PAYLOAD_BYTES);
        MemorySegment memory = frame.memory();
        long vnet = frame.vnet();
        VnetHeader.clear(memory, vnet);
        VnetHeader.gsoType(memory, vnet, VnetHeader.GSO_TCPV4);
        VnetHeader.gsoSize(memory, vnet, SEGMENT_BYTES);
        VnetHeader.flags(memory, vnet, VnetHeader.NEEDS_CHECKSUM);
        VnetHeader.checksumStart(memory, vnet, Ethernet.BYTES + Ipv4.MIN_BYTES);
        VnetHeader.checksumOffset(memory, vnet, CHECKSUM_OFFSET);
        if (segmenter.begin(frame) < 2) {
            throw new IllegalStateException("the frame cannot be cut");
        }
    }

    @TearDown
    public void close() {
        pool.close();
        arena.close();
    }

    /** Headers and payload of every segment, copied and summed. */
    @Benchmark
    public int cutAndCopy() {
        int segments = segmenter.begin(frame);
        int bytes = 0;
        for (int i = 0; i < segments; i++) {
            bytes += segmenter.emit(i, wire, (long) i * SLOT_BYTES);
        }
        return bytes;
    }

    /** Headers alone, as a sender needs them that gathers the payload from where it is. */
    @Benchmark
    public int cutHeaders() {
        int segments = segmenter.begin(frame);
        for (int i = 0; i < segments; i++) {
            segmenter.emitHeaders(i, wire, (long) i * SLOT_BYTES);
        }
        return segments;
    }
}
