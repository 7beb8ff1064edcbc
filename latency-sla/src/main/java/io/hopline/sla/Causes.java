package io.hopline.sla;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * What may explain slow requests, minute by minute: every host's {@link HostPressure}, and where segments were lost. In
 * memory, for so many minutes; any thread.
 */
public final class Causes {
    /** Different stretches kept of one minute; losses on further ones are not counted. */
    static final int MAX_STRETCHES = 256;

    private final int keepMinutes;
    private final NavigableMap<Long, Slot> slots = new TreeMap<>();

    private static final class Slot {
        final Map<String, HostPressure> hosts = new TreeMap<>();
        final Map<Retransmission, Long> lost = new HashMap<>();
    }

    /**
     * One minute.
     *
     * @param minuteMs its beginning, Unix milliseconds
     */
    public record Minute(long minuteMs, List<Host> hosts, List<Loss> losses) {
        public Minute {
            hosts = List.copyOf(hosts);
            losses = List.copyOf(losses);
        }
    }

    /** A host's minute, in as far as it was told of. */
    public record Host(String host, HostPressure pressure) {}

    /**
     * A stretch on which timed segments were lost.
     *
     * @param direction {@code request} or {@code response}
     * @param after the last place that saw them, as {@code vswitch@a}
     * @param before the next place that saw them only when they were sent again; empty text when none did
     * @param count of requests
     */
    public record Loss(String direction, String after, String before, long count) {}

    /** @param keepMinutes after which minutes are forgotten */
    public Causes(int keepMinutes) {
        this.keepMinutes = keepMinutes;
    }

    /**
     * Takes what a host told of an interval.
     *
     * @param atMs when it was told, by this process's clock: the hosts' may be off
     */
    public synchronized void pressed(String host, long atMs, HostPressure pressure) {
        slot(atMs).hosts.merge(host, pressure, HostPressure::and);
    }

    /** Takes what was lost of a host's samples on this side. */
    public synchronized void samplesLost(String host, long atMs, long count) {
        slot(atMs).hosts.merge(host, HostPressure.of(atMs, SampleCounts.gaveUp(count)), HostPressure::and);
    }

    /** Takes a request's loss, found at this moment. */
    public synchronized void lost(long atMs, Retransmission retransmission) {
        Map<Retransmission, Long> lost = slot(atMs).lost;
        if (lost.size() < MAX_STRETCHES || lost.containsKey(retransmission)) {
            lost.merge(retransmission, 1L, Long::sum);
        }
    }

    private Slot slot(long atMs) {
        Slot slot = slots.computeIfAbsent(TimeUnit.MILLISECONDS.toMinutes(atMs), minute -> new Slot());
        while (slots.size() > keepMinutes) {
            slots.pollFirstEntry();
        }
        return slot;
    }

    /** The minutes that are, wholly or in part, between two moments, in order. */
    public synchronized List<Minute> between(long fromMs, long toMs) {
        List<Minute> minutes = new ArrayList<>();
        slots.subMap(
                        TimeUnit.MILLISECONDS.toMinutes(fromMs),
                        true,
                        TimeUnit.MILLISECONDS.toMinutes(Math.max(fromMs, toMs)),
                        true)
                .forEach((minute, slot) -> minutes.add(minute(minute, slot)));
        return minutes;
    }

    private static Minute minute(long minute, Slot slot) {
        List<Host> hosts = new ArrayList<>();
        slot.hosts.forEach((host, pressure) -> hosts.add(new Host(host, pressure)));
        List<Loss> losses = new ArrayList<>();
        slot.lost.forEach((where, count) -> losses.add(new Loss(
                where.direction().id(),
                where.after().toString(),
                where.before().map(Retransmission.Place::toString).orElse(""),
                count)));
        losses.sort((a, b) -> Long.compare(b.count(), a.count()));
        return new Minute(TimeUnit.MINUTES.toMillis(minute), hosts, losses);
    }
}
