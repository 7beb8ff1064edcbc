package io.hopline.bench;

import io.hopline.packet.Checksum;
import io.hopline.packet.Ethernet;
import io.hopline.packet.Frame;
import io.hopline.packet.FrameHeaders;
import io.hopline.packet.FramePool;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What each frame costs before any table is asked: reading its headers, summing its payload. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PacketBenchmark {
    private static final int PAYLOAD_BYTES = 1400;

    private final FrameHeaders headers = new FrameHeaders();
    private FramePool pool;
    private Frame frame;

    /** One TCP segment of 1,400 bytes. */
    @Setup
    public void segment() {
        pool = FramePool.of(1);
        frame = Segments.tcp(pool, 40_000, PAYLOAD_BYTES);
    }

    @TearDown
    public void close() {
        pool.close();
    }

    /** Every header of a TCP segment, as the classifier needs it. */
    @Benchmark
    public FrameHeaders.Verdict parse() {
        return headers.parse(frame);
    }

    /** The checksum of 1,420 bytes. */
    @Benchmark
    public int sum() {
        return Checksum.sum(frame.memory(), frame.offset() + Ethernet.BYTES, frame.length() - Ethernet.BYTES);
    }
}
