package io.hopline.lb.proxy;

import io.hopline.lb.config.AccessLogPolicy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a line for each request, on a thread of its own: to a file, which it opens anew when told so that the old one can
 * be rotated away, or to a syslog server. An event loop never waits: what does not fit into the queue is dropped and counted.
 */
final class AccessLog implements AutoCloseable {
    /** Most entries that wait to be written. */
    static final int CAPACITY = 16_384;

    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
    private static final long PAUSE_NS = 20_000_000L;
    private static final long RETRY_NS = 5_000_000_000L;
    /** Facility local0, severity informational (RFC 5424, section 6.2.1). */
    private static final int SYSLOG_PRIORITY = 16 * 8 + 6;

    private final AccessLogPolicy policy;
    private final Path directory;
    private final String service;
    private final LongAdder dropped;
    private final Queue<AccessEntry> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final Thread writer;
    private volatile boolean reopen;
    private volatile boolean closed;

    /** The writer's own. */
    private @Nullable FileChannel file;

    private @Nullable DatagramChannel socket;
    private long failedNs;
    private boolean failing;

    /**
     * Starts the writer; a destination that cannot be opened costs lines, which are counted, and nothing else.
     *
     * @param directory where the file is; made if it is missing
     * @param dropped counts what was not written
     */
    AccessLog(AccessLogPolicy policy, Path directory, String service, LongAdder dropped) {
        this.policy = policy;
        this.directory = directory;
        this.service = service;
        this.dropped = dropped;
        this.writer = Thread.ofPlatform().name("access-log-" + service).daemon().start(this::run);
    }

    AccessLogPolicy policy() {
        return policy;
    }

    /** Any event loop; never waits. */
    void add(AccessEntry entry) {
        if (waiting.get() >= CAPACITY) {
            dropped.increment();
        } else {
            waiting.incrementAndGet();
            queue.add(entry);
        }
    }

    /** The next line goes to a file opened anew. */
    void reopen() {
        reopen = true;
    }

    /** Writes what waits and ends. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(writer);
        try {
            if (!writer.join(Duration.ofSeconds(5))) {
                LOG.warn("service {}: the access log did not end within 5 s", service);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        ArrayDeque<AccessEntry> batch = new ArrayDeque<>();
        boolean last = false;
        while (!last) {
            last = closed;
            if (reopen) {
                reopen = false;
                closeDestination();
                failing = false;
            }
            for (AccessEntry entry = queue.poll(); entry != null; entry = queue.poll()) {
                waiting.decrementAndGet();
                batch.add(entry);
            }
            if (!batch.isEmpty()) {
                write(batch);
                batch.clear();
            }
            if (!last) {
                LockSupport.parkNanos(PAUSE_NS);
            }
        }
        closeDestination();
    }

    private void write(ArrayDeque<AccessEntry> batch) {
        if (failing && System.nanoTime() - failedNs < RETRY_NS) {
            dropped.add(batch.size());
            return;
        }
        try {
            if (policy.syslog().isEmpty()) {
                toFile(batch);
            } else {
                toSyslog(batch);
            }
            failing = false;
        } catch (IOException e) {
            dropped.add(batch.size());
            failing = true;
            failedNs = System.nanoTime();
            LOG.warn("service {}: the access log is not written: {}", service, e.toString());
            closeDestination();
        }
    }

    private void toFile(ArrayDeque<AccessEntry> batch) throws IOException {
        FileChannel to = file;
        if (to == null) {
            Files.createDirectories(directory);
            to = FileChannel.open(
                    directory.resolve(policy.file()), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            file = to;
        }
        StringBuilder lines = new StringBuilder(batch.size() * 256);
        for (AccessEntry entry : batch) {
            AccessFormat.line(lines, entry, policy.format());
        }
        ByteBuffer bytes = ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
            to.write(bytes);
        }
    }

    private void toSyslog(ArrayDeque<AccessEntry> batch) throws IOException {
        DatagramChannel to = socket;
        if (to == null) {
            int colon = policy.syslog().lastIndexOf(':');
            String host = policy.syslog().substring(0, colon).replaceAll("[\\[\\]]", "");
            to = DatagramChannel.open();
            socket = to;
            to.connect(
                    new InetSocketAddress(host, Integer.parseInt(policy.syslog().substring(colon + 1))));
        }
        StringBuilder line = new StringBuilder(512);
        for (AccessEntry entry : batch) {
            line.setLength(0);
            line.append('<').append(SYSLOG_PRIORITY).append(">1 ").append(Instant.now());
            line.append(" - hopline - ").append(service).append(" - ");
            AccessFormat.line(line, entry, policy.format());
            line.setLength(line.length() - 1);
            to.write(ByteBuffer.wrap(line.toString().getBytes(StandardCharsets.US_ASCII)));
        }
    }

    private void closeDestination() {
        try {
            if (file != null) {
                file.close();
            }
            if (socket != null) {
                socket.close();
            }
        } catch (IOException e) {
            LOG.debug("service {}: closing the access log: {}", service, e.toString());
        }
        file = null;
        socket = null;
    }
}
