package io.hopline.controller;

import io.hopline.openflow.ErrorMessage;
import io.hopline.openflow.FlowStats;
import io.hopline.openflow.FlowText;
import io.hopline.openflow.MultipartReply;
import io.hopline.openflow.OpenFlowMessage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
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

    private static final Comparator<FlowStats> ORDER = Comparator.comparingInt(FlowStats::tableId)
            .thenComparing(Comparator.comparingInt(FlowStats::priority).reversed())
            .thenComparing(FlowStats::match, Comparator.comparing(FlowText::match));

    private final String text;
    private final long offset;
    private final long limit;
    private final CompletableFuture<FlowPage> done = new CompletableFuture<>();
    /** Those that come last go first. */
    private final PriorityQueue<FlowStats> first = new PriorityQueue<>(ORDER.reversed());

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
        if (!text.isEmpty() && !line(flow).contains(text)) {
            return;
        }
        total++;
        first.add(flow);
        if (first.size() > offset + limit) {
            first.remove();
        }
    }

    private static String line(FlowStats flow) {
        return "table=" + flow.tableId() + "," + FlowText.flow(flow) + " actions="
                + FlowText.instructions(flow.instructions());
    }

    @Override
    public void fail(String why) {
        done.completeExceptionally(new IllegalStateException(why));
    }

    ObjectNode json(String node) {
        ObjectNode json = Replies.object().put("node", node).put("total", total).put("offset", offset);
        ArrayNode list = json.putArray("flows");
        List<FlowStats> sorted = new ArrayList<>(first);
        sorted.sort(ORDER);
        sorted.stream()
                .skip(offset)
                .forEach(flow -> list.addObject()
                        .put("table", flow.tableId())
                        .put("priority", flow.priority())
                        .put("match", FlowText.match(flow.match()))
                        .put("actions", FlowText.instructions(flow.instructions()))
                        .put("cookie", "0x" + Long.toHexString(flow.cookie()))
                        .put("packets", flow.packets())
                        .put("bytes", flow.bytes())
                        .put("ageMs", TimeUnit.NANOSECONDS.toMillis(flow.durationNs()))
                        .put("idleTimeoutS", flow.idleTimeoutS())
                        .put("hardTimeoutS", flow.hardTimeoutS()));
        return json;
    }
}
