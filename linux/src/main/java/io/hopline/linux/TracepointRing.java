package io.hopline.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Records of tracepoints as they come, from all processors (perf_event_open(2)): memory shared with the kernel, one
 * {@value #RING_BYTES}-byte ring a processor, which all tracepoints write into. What finds no room is counted. Until its
 * {@link #filter} is set a tracepoint tells nothing.
 *
 * <p>Belongs to one thread at a time. Needs CAP_PERFMON or root, and processors that stay as they are.
 */
public final class TracepointRing implements AutoCloseable {
    static final int RING_BYTES = 1 << 18;

    private static final int PAGE_BYTES = 4096;
    private static final int MAP_BYTES = PAGE_BYTES + RING_BYTES;
    private static final int PROT_READ_WRITE = 0x3;
    private static final int MAP_SHARED = 0x1;

    /** {@code struct perf_event_attr} up to its fifth version (linux/perf_event.h). */
    private static final int ATTR_BYTES = 112;

    private static final int TYPE_SOFTWARE = 1;
    private static final int TYPE_TRACEPOINT = 2;
    private static final int COUNT_DUMMY = 9;
    private static final long SAMPLE_TIME_AND_RAW = 1L << 2 | 1L << 10;
    private static final long DISABLED = 1;
    private static final long WATERMARK = 1L << 14;
    private static final long USE_CLOCKID = 1L << 25;
    private static final int CLOCK_MONOTONIC = 1;

    private static final long ENABLE = 0x2400;
    private static final long SET_OUTPUT = 0x2405;
    private static final long SET_FILTER = 0x4008_2406L;
    private static final long FD_CLOEXEC = 8;

    /** Offsets in {@code struct perf_event_mmap_page}. */
    private static final int DATA_HEAD = 1024;

    private static final int DATA_TAIL = 1032;
    private static final int RECORD_LOST = 2;
    private static final int RECORD_SAMPLE = 9;

    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private final List<Ring> rings = new ArrayList<>();
    private final Map<Tracepoint, List<Descriptor>> opened = new HashMap<>();
    private final MemorySegment record = Arena.ofAuto().allocate(1 << 16, 8);
    private long lost;

    private record Ring(int cpu, Descriptor fd, MemorySegment memory) {}

    /** Takes one record. */
    @FunctionalInterface
    public interface Sink {
        /**
         * @param id of the tracepoint
         * @param monotonicNs CLOCK_MONOTONIC
         * @param memory holds the record, for this call only; see {@link Tracepoint#offset}
         */
        void take(int id, long monotonicNs, MemorySegment memory);
    }

    private TracepointRing() {}

    /**
     * Makes the rings, in which nothing comes yet.
     *
     * @throws LinuxException when the kernel does not allow it
     */
    public static TracepointRing open() {
        TracepointRing ring = new TracepointRing();
        try {
            for (int cpu : onlineProcessors()) {
                Descriptor fd = event("a ring", TYPE_SOFTWARE, COUNT_DUMMY, cpu);
                ring.resources.push(fd);
                ring.rings.add(new Ring(cpu, fd, ring.map(fd)));
            }
            return ring;
        } catch (RuntimeException e) {
            ring.close();
            throw e;
        }
    }

    private static Descriptor event(String what, int type, long config, int cpu) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = arena.allocate(ATTR_BYTES, 8);
            attr.set(ValueLayout.JAVA_INT, 0, type);
            attr.set(ValueLayout.JAVA_INT, 4, ATTR_BYTES);
            attr.set(ValueLayout.JAVA_LONG, 8, config);
            attr.set(ValueLayout.JAVA_LONG, 16, 1);
            attr.set(ValueLayout.JAVA_LONG, 24, SAMPLE_TIME_AND_RAW);
            attr.set(ValueLayout.JAVA_LONG, 40, DISABLED | WATERMARK | USE_CLOCKID);
            attr.set(ValueLayout.JAVA_INT, 48, RING_BYTES);
            attr.set(ValueLayout.JAVA_INT, 92, CLOCK_MONOTONIC);
            int number = Libc.perfEventOpen(attr.address(), cpu, FD_CLOEXEC);
            if (number < 0) {
                String hint =
                        number == -Errno.EACCES || number == -Errno.EPERM ? "; this needs root (CAP_PERFMON)" : "";
                throw new LinuxException(
                        "perf_event_open", what + " on processor " + cpu, -number, Errno.text(-number) + hint);
            }
            return new Descriptor(number);
        }
    }

    private MemorySegment map(Descriptor fd) {
        long address = Libc.mmap(MAP_BYTES, PROT_READ_WRITE, MAP_SHARED, fd.number());
        check("mmap", "a ring of " + RING_BYTES + " bytes for tracepoints", address);
        resources.push(() -> Libc.munmap(address, MAP_BYTES));
        return MemorySegment.ofAddress(address).reinterpret(MAP_BYTES);
    }

    /**
     * Has a tracepoint tell only of what a filter chooses, in the words of the kernel (Documentation/trace/events.rst, section 5):
     * {@code sport == 80 && data_len > 0}. An empty filter ends it.
     *
     * @throws LinuxException when the kernel does not understand it
     */
    public void filter(Tracepoint tracepoint, String filter) {
        List<Descriptor> old = opened.remove(tracepoint);
        if (old != null) {
            old.forEach(Descriptor::close);
        }
        if (!filter.isEmpty()) {
            List<Descriptor> fds = new ArrayList<>();
            opened.put(tracepoint, fds);
            for (Ring ring : rings) {
                Descriptor fd = event(tracepoint.name(), TYPE_TRACEPOINT, tracepoint.id(), ring.cpu);
                fds.add(fd);
                begin(ring, fd, tracepoint.name(), filter);
            }
        }
    }

    /** The kernel lets the filter of an event be set once. */
    private static void begin(Ring ring, Descriptor fd, String name, String filter) {
        try (Arena arena = Arena.ofConfined()) {
            long text = arena.allocateFrom(filter).address();
            check("ioctl PERF_EVENT_IOC_SET_FILTER", name + ": " + filter, Libc.ioctl(fd.number(), SET_FILTER, text));
        }
        check("ioctl PERF_EVENT_IOC_SET_OUTPUT", name, Libc.ioctl(fd.number(), SET_OUTPUT, ring.fd.number()));
        check("ioctl PERF_EVENT_IOC_ENABLE", name, Libc.ioctl(fd.number(), ENABLE, 0));
    }

    /** Hands over what has come, processor by processor: in order of time only within each. */
    public void drain(Sink sink) {
        for (Ring ring : rings) {
            drain(ring.memory, sink);
        }
    }

    private void drain(MemorySegment ring, Sink sink) {
        long head = (long) ValueLayout.JAVA_LONG.varHandle().getAcquire(ring, (long) DATA_HEAD);
        long tail = ring.get(ValueLayout.JAVA_LONG, DATA_TAIL);
        while (tail < head) {
            int at = (int) (tail % RING_BYTES);
            int type = ring.get(ValueLayout.JAVA_INT, PAGE_BYTES + at);
            int size = Short.toUnsignedInt(ring.get(ValueLayout.JAVA_SHORT, PAGE_BYTES + at + 6L));
            copy(ring, at, size);
            if (type == RECORD_SAMPLE) {
                MemorySegment raw = record.asSlice(20);
                sink.take(
                        Short.toUnsignedInt(raw.get(ValueLayout.JAVA_SHORT_UNALIGNED, 0)),
                        record.get(ValueLayout.JAVA_LONG, 8),
                        raw);
            } else if (type == RECORD_LOST) {
                lost += record.get(ValueLayout.JAVA_LONG, 16);
            }
            tail += size;
        }
        ValueLayout.JAVA_LONG.varHandle().setRelease(ring, (long) DATA_TAIL, tail);
    }

    /** A record may go on at the ring's beginning. */
    private void copy(MemorySegment ring, int at, int size) {
        int first = Math.min(size, RING_BYTES - at);
        MemorySegment.copy(ring, PAGE_BYTES + at, record, 0, first);
        MemorySegment.copy(ring, PAGE_BYTES, record, first, size - first);
    }

    /** Records that found no room. */
    public long lost() {
        return lost;
    }

    private static void check(String call, String arguments, long result) {
        if (result < 0) {
            throw LinuxException.of(call, arguments, (int) -result);
        }
    }

    private static List<Integer> onlineProcessors() {
        try {
            return processors(
                    Files.readString(Path.of("/sys/devices/system/cpu/online")).strip());
        } catch (IOException e) {
            throw new LinuxException("read", "/sys/devices/system/cpu/online", Errno.ENOENT, e.toString());
        }
    }

    /** Reads {@code 0-3,5}. */
    static List<Integer> processors(String list) {
        List<Integer> processors = new ArrayList<>();
        for (String range : list.split(",")) {
            String[] ends = range.split("-");
            for (int cpu = Integer.parseInt(ends[0]); cpu <= Integer.parseInt(ends[ends.length - 1]); cpu++) {
                processors.add(cpu);
            }
        }
        return processors;
    }

    @Override
    public void close() {
        opened.values().forEach(fds -> fds.forEach(Descriptor::close));
        while (!resources.isEmpty()) {
            try {
                resources.pop().close();
            } catch (Exception e) {
                throw new IllegalStateException("closing does not fail", e);
            }
        }
    }
}
