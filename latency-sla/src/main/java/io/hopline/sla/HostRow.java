package io.hopline.sla;

import java.util.ArrayList;
import java.util.List;

/**
 * One host's part.
 *
 * @param count requests whose way led over it
 * @param hops its hops, summed per request over both directions; {@code direction} is empty
 * @param shareOfAll of all requests' end-to-end time
 * @param shareOfSlowest of that of the slowest 1 %
 */
public record HostRow(String host, long count, List<Report.HopRow> hops, double shareOfAll, double shareOfSlowest) {
    public HostRow {
        hops = List.copyOf(hops);
    }

    static List<HostRow> of(HopHistograms histograms, List<Share> shares) {
        List<HostRow> rows = new ArrayList<>();
        for (String host : histograms.hosts()) {
            List<Report.HopRow> hops = new ArrayList<>();
            long count = 0;
            for (Hop hop : Hop.values()) {
                Series series = Series.of(hop, null, host);
                Percentiles percentiles = Percentiles.of(histograms.get(series));
                if (percentiles.count() > 0) {
                    hops.add(Report.HopRow.of(series, percentiles));
                    count = Math.max(count, percentiles.count());
                }
            }
            rows.add(new HostRow(
                    host, count, hops, share(shares, Share.ALL, host), share(shares, Share.SLOWEST_PERCENT, host)));
        }
        return rows;
    }

    private static double share(List<Share> shares, String band, String host) {
        return shares.stream()
                .filter(share -> share.band().equals(band))
                .mapToDouble(share -> share.host(host))
                .sum();
    }
}
