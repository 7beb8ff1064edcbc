package io.hopline.sla;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What guests cost, as tables of a page and as rows of text. */
final class HtmlCosts {
    private static final int MAX_ROWS = 50;
    static final String[] GUEST_HEADS = {
        "Guest", "Host", "Switch CPU, µs a second", "Frames a second", "Requests", "Switch CPU, µs a request"
    };
    static final String[] HOST_HEADS = {
        "Host",
        "vNICs",
        "Workers, µs a second",
        "of it no guest's here",
        "Rest of the node, µs a second",
        "Memory, MiB",
        "by vNIC, KiB"
    };

    private final Html html;
    private final GuestCosts costs;

    HtmlCosts(Html html, GuestCosts costs) {
        this.html = html;
        this.costs = costs;
    }

    void draw() {
        if (costs.isEmpty()) {
            return;
        }
        html.line(
                "<section><h2>What a guest costs</h2><p class=\"lead\">The switch's processor time, shared out by the frames"
                        + " and bytes of each guest, for all its services together; a request's microseconds are also a million"
                        + " requests' seconds. Memory by vNIC is the node's whole process by their number, so an upper bound of what"
                        + " one takes; what the kernel keeps for it is not in it.</p>");
        table(GUEST_HEADS, guests(), 2);
        if (costs.guests().size() > MAX_ROWS) {
            html.line(
                    "<p class=\"soft\">And %d more, in report.json.</p>",
                    costs.guests().size() - MAX_ROWS);
        }
        html.line("<h3>Hosts</h3>");
        table(HOST_HEADS, hosts(), 1);
        html.line("</section>");
    }

    private void table(String[] heads, List<String[]> rows, int names) {
        html.raw("<div class=\"scroll\"><table><tr>");
        for (int i = 0; i < heads.length; i++) {
            html.raw(i < names ? "<th class=\"l\">%s</th>" : "<th>%s</th>", Html.text(heads[i]));
        }
        html.line("</tr>");
        for (String[] row : rows) {
            html.raw("<tr>");
            for (int i = 0; i < row.length; i++) {
                html.raw(i < names ? "<td class=\"l\">%s</td>" : "<td>%s</td>", Html.text(row[i]));
            }
            html.line("</tr>");
        }
        html.line("</table></div>");
    }

    /** Cells under {@link #GUEST_HEADS}, the costliest {@value #MAX_ROWS}. */
    List<String[]> guests() {
        List<String[]> rows = new ArrayList<>();
        for (GuestCosts.Guest guest : costs.guests().stream().limit(MAX_ROWS).toList()) {
            rows.add(new String[] {
                guest.guest(),
                guest.host(),
                figure(guest.cpuUsPerS()),
                figure(guest.framesPerS()),
                Html.count(guest.requests()),
                guest.cpuUsPerRequest().map(HtmlCosts::figure).orElse("–")
            });
        }
        return rows;
    }

    /** Cells under {@link #HOST_HEADS}. */
    List<String[]> hosts() {
        List<String[]> rows = new ArrayList<>();
        for (GuestCosts.Host host : costs.hosts()) {
            rows.add(new String[] {
                host.host(),
                Html.count(host.vnics()),
                figure(host.workersUsPerS()),
                figure(host.nobodysUsPerS()),
                figure(host.otherUsPerS()),
                figure(host.residentBytes() / (double) (1 << 20)),
                figure(host.bytesPerVnic() / 1024.0)
            });
        }
        return rows;
    }

    private static String figure(double value) {
        return value < 100 ? String.format(Locale.ROOT, "%.1f", value) : Html.count(Math.round(value));
    }
}
