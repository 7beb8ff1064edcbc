package io.hopline.sla;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * {@link HopHistograms} as bytes to be stored, and back. Bucket counts come back as they were; of the single requests those
 * stay that a report would show: the ones closest to p50, p90 and p99, and the slowest.
 *
 * <p>A row is one byte of version and a zlib stream (RFC 1950), whose checksum tells a damaged one. Inside, every distinct
 * histogram stands once, as distances between the buckets that were met with their counts, and is then referred to by number:
 * with one backend, or one way through the hosts, many are the same.
 */
final class HistogramRows {
    static final int VERSION = 1;
    /** No row is larger when inflated: about a hundred times what an hour of a busy service takes. */
    static final int MAX_BYTES = 64 << 20;

    private static final int MAX_HISTOGRAMS = 1 << 16;
    private static final int MAX_TRACES = 64;

    private HistogramRows() {}

    static byte[] encode(HopHistograms histograms) {
        RowWriter body = new RowWriter();
        Map<ByteBuffer, Integer> distinct = new HashMap<>();
        List<byte[]> table = new ArrayList<>();
        histograms.write(body, counts -> {
            byte[] bytes = bytes(counts);
            Integer known = distinct.putIfAbsent(ByteBuffer.wrap(bytes), table.size());
            if (known == null) {
                table.add(bytes);
            }
            body.number(known == null ? table.size() - 1 : known);
        });
        Set<RequestTrace> shown = ReportFigures.shown(histograms);
        body.number(shown.size());
        shown.forEach(trace -> TraceRows.write(body, trace));
        return deflate(table, body.bytes());
    }

    /** @throws IllegalArgumentException saying what is wrong when these are not the bytes of a row */
    static HopHistograms decode(byte[] row) {
        HopHistograms histograms = new HopHistograms();
        addTo(histograms, row);
        return histograms;
    }

    /**
     * Adds a row's counts without making histograms of them first. The checksum over all is looked at before anything is added.
     *
     * @throws IllegalArgumentException saying what is wrong when these are not the bytes of a row
     */
    static void addTo(HopHistograms sum, byte[] row) {
        RowReader in = inflate(row);
        List<Counts> table = new ArrayList<>();
        for (int n = in.size(MAX_HISTOGRAMS); n > 0; n--) {
            table.add(counts(in));
        }
        sum.read(in, into -> {
            Counts counts = table.get(in.size(table.size() - 1));
            into.add(counts.indices, counts.counts);
        });
        for (int n = in.size(MAX_TRACES); n > 0; n--) {
            sum.exemplars().offer(TraceRows.read(in));
        }
        if (!in.atEnd()) {
            throw new IllegalArgumentException("goes on after its end");
        }
    }

    private record Counts(int[] indices, long[] counts) {}

    private static byte[] bytes(SparseHistogram counts) {
        RowWriter out = new RowWriter();
        int[] indices = counts.indices();
        out.number(indices.length);
        int before = 0;
        for (int index : indices) {
            long count = counts.countAt(index);
            out.number((long) (index - before) << 1 | (count == 1 ? 0 : 1));
            if (count != 1) {
                out.number(count);
            }
            before = index;
        }
        return out.bytes();
    }

    private static Counts counts(RowReader in) {
        int n = in.size(SparseHistogram.MAX_INDEX + 1);
        int[] indices = new int[n];
        long[] counts = new long[n];
        int index = 0;
        for (int i = 0; i < n; i++) {
            int step = in.size(SparseHistogram.MAX_INDEX * 2 + 1);
            index += step >> 1;
            counts[i] = (step & 1) == 0 ? 1 : in.number();
            indices[i] = index;
            if (index > SparseHistogram.MAX_INDEX || counts[i] < 1) {
                throw new IllegalArgumentException(counts[i] + " values in bucket " + index);
            }
        }
        return new Counts(indices, counts);
    }

    private static byte[] deflate(List<byte[]> table, byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 14);
        out.write(VERSION);
        try (DeflaterOutputStream deflated = new DeflaterOutputStream(out)) {
            deflated.write(new RowWriter().number(table.size()).bytes());
            for (byte[] histogram : table) {
                deflated.write(histogram);
            }
            deflated.write(body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static RowReader inflate(byte[] row) {
        if (row.length == 0 || row[0] != VERSION) {
            throw new IllegalArgumentException(row.length == 0 ? "empty" : "of version " + row[0]);
        }
        try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(row, 1, row.length - 1))) {
            byte[] body = in.readNBytes(MAX_BYTES);
            if (body.length == MAX_BYTES) {
                throw new IllegalArgumentException("longer than " + MAX_BYTES + " bytes");
            }
            return new RowReader(body);
        } catch (IOException e) {
            throw new IllegalArgumentException("damaged: " + e.getMessage(), e);
        }
    }

    static void series(RowWriter out, Series series) {
        Direction direction = series.direction();
        String host = series.host();
        out.text(series.name()).number(direction == null ? 0 : direction.ordinal() + 1);
        out.number(host == null ? 0 : 1);
        if (host != null) {
            out.text(host);
        }
    }

    static Series series(RowReader in) {
        String name = in.text();
        int direction = in.size(2);
        String host = in.size(1) == 1 ? in.text() : null;
        return new Series(name, direction == 0 ? null : direction == 1 ? Direction.REQUEST : Direction.RESPONSE, host);
    }
}
