package io.hopline.bench;

import io.hopline.lb.Maglev;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What a new connection's choice of a backend costs, and what a change of the backends costs. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MaglevBenchmark {
    @Param({"2", "100"})
    int backends;

    private List<Maglev.Backend> servers;
    private Maglev maglev;
    private int hash;

    @Setup
    public void populate() {
        servers = IntStream.range(0, backends)
                .mapToObj(i -> new Maglev.Backend("web" + i))
                .toList();
        maglev = Maglev.of(servers);
    }

    @Benchmark
    public int select() {
        hash += 0x9E3779B9;
        return maglev.select(hash);
    }

    @Benchmark
    public Maglev rebuild() {
        return Maglev.of(servers);
    }
}
