package io.hopline.sla;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What may explain slow requests: the minutes in which hosts were held up most, and where segments were lost. */
final class HtmlCauses {
    static final int MAX_ROWS = 12;
    /** What a lost frame counts for beside time: TCP sends it again after 200 ms at the earliest, if nothing follows. */
    private static final long LOSS_NS = 200_000_000;

    private final Html html;
    private final List<Causes.Minute> minutes;

    private record Row(long minuteMs, String host, HostPressure pressure) {
        long runQueueNs() {
            return pressure.workers().stream()
                    .mapToLong(HostPressure.Worker::runQueueNs)
                    .sum();
        }

        long lost() {
            return pressure.ports().stream()
                    .mapToLong(HostPressure.PortQueue::lost)
                    .sum();
        }

        long heldUpNs() {
            return runQueueNs() + pressure.stealNs() + pressure.gcPauseNs() + Math.min(lost(), 1_000) * LOSS_NS;
        }
    }

    HtmlCauses(Html html, List<Causes.Minute> minutes) {
        this.html = html;
        this.minutes = minutes;
    }

    void draw() {
        List<Row> rows = worst();
        if (rows.isEmpty() && losses().isEmpty()) {
            return;
        }
        html.line(
                "<section><h2>Causes</h2><p class=\"lead\">What held the hosts up: the worst minutes, in order of time."
                        + " A worker that waits for a processor shows in its host's host-nic, vswitch and vnic.</p>");
        html.line(
                "<div class=\"scroll\"><table><tr><th class=\"l\">minute, UTC</th><th class=\"l\">host</th>"
                        + "<th>workers waited for a processor</th><th>taken off one</th><th>processor stolen</th>"
                        + "<th>collector pauses</th><th>queue full</th><th>lost otherwise</th><th class=\"l\">worst port</th></tr>");
        rows.forEach(this::row);
        html.line("</table></div>");
        lossTable();
        html.line("</section>");
    }

    /** The same for a ticket: minute and host, what workers waited, steal, collector pauses, frames lost. */
    List<String[]> rows() {
        return worst().stream()
                .map(row -> new String[] {
                    ReportHtml.WHEN.format(Instant.ofEpochMilli(row.minuteMs)),
                    row.host,
                    Html.time(row.runQueueNs()),
                    Html.time(row.pressure.stealNs()),
                    Html.time(row.pressure.gcPauseNs()),
                    Html.count(row.lost())
                })
                .toList();
    }

    private List<Row> worst() {
        List<Row> rows = new ArrayList<>();
        for (Causes.Minute minute : minutes) {
            minute.hosts().forEach(host -> rows.add(new Row(minute.minuteMs(), host.host(), host.pressure())));
        }
        return rows.stream()
                .filter(row -> row.heldUpNs() > 0)
                .sorted(Comparator.comparingLong(Row::heldUpNs).reversed())
                .limit(MAX_ROWS)
                .sorted(Comparator.comparingLong(Row::minuteMs).thenComparing(Row::host))
                .toList();
    }

    private void row(Row row) {
        HostPressure pressure = row.pressure;
        long queueFull = pressure.ports().stream()
                .mapToLong(HostPressure.PortQueue::queueFull)
                .sum();
        long preempted = pressure.workers().stream()
                .mapToLong(HostPressure.Worker::preempted)
                .sum();
        html.line(
                "<tr><td class=\"l\">%s</td><td class=\"l\">%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s in %s</td>"
                        + "<td>%s</td><td>%s</td><td class=\"l\">%s</td></tr>",
                ReportHtml.WHEN.format(Instant.ofEpochMilli(row.minuteMs)),
                Html.text(row.host),
                Html.time(row.runQueueNs()),
                Html.count(preempted),
                Html.time(pressure.stealNs()),
                Html.time(pressure.gcPauseNs()),
                Html.count(pressure.gcPauses()),
                Html.count(queueFull),
                Html.count(row.lost() - queueFull),
                pressure.ports().stream()
                        .findFirst()
                        .map(port -> Html.text(port.name()))
                        .orElse("–"));
    }

    private void lossTable() {
        Map<String, Long> losses = losses();
        if (losses.isEmpty()) {
            return;
        }
        html.line("<h3>Segments lost<span>of timed requests, which are left out above</span></h3>");
        html.line("<div class=\"scroll\"><table><tr><th class=\"l\">between</th><th>requests</th></tr>");
        losses.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .limit(MAX_ROWS)
                .forEach(loss -> html.line(
                        "<tr><td class=\"l\">%s</td><td>%s</td></tr>",
                        Html.text(loss.getKey()), Html.count(loss.getValue())));
        html.line("</table></div>");
    }

    private Map<String, Long> losses() {
        Map<String, Long> losses = new TreeMap<>();
        for (Causes.Minute minute : minutes) {
            minute.losses()
                    .forEach(loss -> losses.merge(
                            loss.direction() + ", " + loss.after()
                                    + (loss.before().isEmpty() ? " and further on" : " to " + loss.before()),
                            loss.count(),
                            Long::sum));
        }
        return losses;
    }
}
