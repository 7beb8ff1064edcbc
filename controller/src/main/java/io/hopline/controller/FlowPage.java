package io.hopline.controller;

import io.hopline.openflow.ErrorMessage;
import io.hopline.openflow.FlowStats;
import io.hopline.openflow.FlowText;
import io.hopline.openflow.MultipartReply;
import io.hopline.openflow.OpenFlowMessage;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A page of a switch's flows, by table and falling priority, out of as many as the switch reports. Holds no more of them than
 * lie before the page's end.
 */
final class FlowPage implements SwitchQueries.Answer {
    /** Of a deeper page nothing is kept. */
    private static final int MAX_HELD = 100_000;

    private static final Comparator<Line> ORDER = Comparator.<Line>comparingInt(line -> line.flow.tableId())
            .thenComparing(
                    Comparator.<Line>comparingInt(line -> line.flow.priority()).reversed())
            .thenComparing(Line::match);

    /** A flow and its match as it is printed, once: of a million flows that is most of the work. */
    private record Line(FlowStats flow, String match) {
        boolean says(String text) {
            return text.isEmpty()
                    || ("table=" + flow.tableId() + ",priority=" + flow.priority() + "," + match + " actions="
                                    + FlowText.instructions(flow.instructions()))
                            .contains(text);
        }
    }

    private final String text;
    private final long offset;
    private final long limit;
    private final CompletableFuture<FlowPage> done = new CompletableFuture<>();
    /** Those that come last go first. */
    private final PriorityQueue<Line> first = new PriorityQueue<>(ORDER.reversed());

    private long total;

    /** @param text only flows that say this somewhere, as they are printed */
    FlowPage(String text, long offset, long limit) {
        this.text = text;
        this.offset = offset;
        this.limit = limit;
        if (offset + limit > MAX_HELD) {
            throw StateException.invalid("offset", "only the first " + MAX_HELD + " flows can be paged through");
        }
    }

    CompletableFuture<FlowPage> done() {
        return done;
    }

    @Override
    public boolean take(OpenFlowMessage message) {
        switch (message) {
            case MultipartReply(boolean more, MultipartReply.Flows(var flows)) -> {
                flows.forEach(this::add);
                if (more) {
                    return false;
                }
                done.complete(this);
            }
            case ErrorMessage refused -> fail("the switch refused: " + refused.describe());
            default -> fail("the switch answered with something else");
        }
        return true;
    }

    private void add(FlowStats flow) {
        Line line = new Line(flow, FlowText.match(flow.match()));
        if (!line.says(text)) {
            return;
        }
        total++;
        Line last = first.peek();
        if (last == null || first.size() < offset + limit) {
            first.add(line);
        } else if (ORDER.compare(line, last) < 0) {
            first.remove();
            first.add(line);
        }
    }

    @Override
    public void fail(String why) {
        done.completeExceptionally(new IllegalStateException(why));
    }

    ObjectNode json(String node) {
        ObjectNode json = Replies.object().put("node", node).put("total", total).put("offset", offset);
        ArrayNode list = json.putArray("flows");
        first.stream().sorted(ORDER).skip(offset).forEach(line -> flow(list.addObject(), line));
        return json;
    }

    private static void flow(ObjectNode json, Line line) {
        FlowStats flow = line.flow;
        json.put("table", flow.tableId())
                .put("priority", flow.priority())
                .put("match", line.match)
                .put("actions", FlowText.instructions(flow.instructions()))
                .put("cookie", "0x" + Long.toHexString(flow.cookie()))
                .put("packets", flow.packets())
                .put("bytes", flow.bytes())
                .put("ageMs", TimeUnit.NANOSECONDS.toMillis(flow.durationNs()))
                .put("idleTimeoutS", flow.idleTimeoutS())
                .put("hardTimeoutS", flow.hardTimeoutS());
    }
}
