package io.hopline.controller;

import io.hopline.openflow.Bytes;
import io.hopline.openflow.ErrorMessage;
import io.hopline.openflow.FieldMatch;
import io.hopline.openflow.FlowTrace;
import io.hopline.openflow.Match;
import io.hopline.openflow.MatchPacket;
import io.hopline.openflow.MatchText;
import io.hopline.openflow.MultipartRequest;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OpenFlowException;
import io.hopline.openflow.OpenFlowMessage;
import io.hopline.openflow.OxmField;
import io.javalin.http.Context;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The part of the REST interface about nodes' flow tables: what is in them, and what they would do with a packet. */
final class FlowRoutes {
    private static final int MAX_FLOWS = 1_000;
    private static final int DEFAULT_FLOWS = 200;
    private static final long TIMEOUT_S = 10;
    private static final Pattern PORT_NAME = Pattern.compile("(?<=^|,)\\s*in_port=([A-Za-z][A-Za-z0-9._-]*)");
    /** What a packet carries beside its bytes. */
    private static final Set<OxmField> PIPELINE = EnumSet.of(
            OxmField.IN_PORT, OxmField.METADATA, OxmField.TUNNEL_ID, OxmField.TUN_IPV4_SRC, OxmField.TUN_IPV4_DST);

    private final LiveState live;
    private final SwitchQueries switches;

    FlowRoutes(LiveState live, SwitchQueries switches) {
        this.live = live;
        this.switches = switches;
    }

    List<Route> routes() {
        return List.of(
                Route.get(
                        "/api/v1/nodes/{name}/flows",
                        "Flows with their counters, of ?table or all, at least as specific as ?match, with ?text in them,"
                                + " ?limit of them from ?offset on",
                        "FlowList",
                        this::flows),
                Route.post(
                        "/api/v1/nodes/{name}/trace",
                        "Which flows a packet would meet on a node and what would become of it; nothing is sent",
                        "TraceRequest",
                        "FlowTrace",
                        this::trace));
    }

    private void flows(Context ctx) throws InterruptedException {
        NetworkState state = live.current();
        NodeInfo node = state.node("name", ctx.pathParam("name"));
        int table = (int) Http.queryNumber(ctx, "table", 0, OpenFlow.TABLE_ALL - 1, OpenFlow.TABLE_ALL);
        long offset = Http.queryNumber(ctx, "offset", 0, Integer.MAX_VALUE, 0);
        long limit = Http.queryNumber(ctx, "limit", 1, MAX_FLOWS, DEFAULT_FLOWS);
        String wanted = ctx.queryParam("match");
        Match match = wanted == null ? Match.ANY : match("match", wanted, state, node);
        String text = ctx.queryParam("text");
        MultipartRequest.FlowFilter filter =
                new MultipartRequest.FlowFilter(table, OpenFlow.PORT_ANY, OpenFlow.GROUP_ANY, 0, 0, match);
        FlowPage page = new FlowPage(text == null ? "" : text, offset, limit);
        ask(node, new MultipartRequest(new MultipartRequest.Flows(filter)), page, page.done());
        Http.reply(ctx, 200, page.json(node.name()));
    }

    private void trace(Context ctx) throws InterruptedException {
        NetworkState state = live.current();
        NodeInfo node = state.node("name", ctx.pathParam("name"));
        JsonBody body = Http.json(ctx);
        String packet = body.text("packet");
        body.nothingElse();
        Match match = match("packet", packet, state, node);
        for (FieldMatch field : match.fields()) {
            if (!field.isExact()) {
                throw StateException.invalid("packet", "one packet has no masks: " + field.field());
            }
        }
        if (!match.has(OxmField.IN_PORT)) {
            throw StateException.invalid("packet", "in_port=PORT is wanted");
        }
        Match pipeline = new Match(match.fields().stream()
                .filter(field -> PIPELINE.contains(field.field()))
                .toList());
        FlowTrace.Request request = new FlowTrace.Request(pipeline, Bytes.of(MatchPacket.frame(match)));
        TraceAnswer answer = new TraceAnswer(new CompletableFuture<>());
        Http.reply(ctx, 200, json(node, packet, ask(node, FlowTrace.message(request), answer, answer.steps())));
    }

    private <T> T ask(NodeInfo node, OpenFlowMessage question, SwitchQueries.Answer answer, CompletableFuture<T> done)
            throws InterruptedException {
        try {
            switches.ask(node, question, answer);
            return done.get(TIMEOUT_S, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            Throwable why = e.getCause() == null ? e : e.getCause();
            throw StateException.unavailable("node", String.valueOf(why.getMessage()));
        } catch (TimeoutException e) {
            throw StateException.unavailable(
                    "node", "the switch of host '" + node.name() + "' did not answer within " + TIMEOUT_S + " s");
        } finally {
            switches.forget(node, answer);
        }
    }

    /** A match whose input port may be given by its name. */
    private static Match match(String field, String text, NetworkState state, NodeInfo node) {
        try {
            return MatchText.parse(
                    PORT_NAME.matcher(text).replaceAll(found -> "in_port=" + port(found.group(1), state, node)));
        } catch (OpenFlowException e) {
            throw StateException.invalid(field, String.valueOf(e.getMessage()));
        }
    }

    private static String port(String name, NetworkState state, NodeInfo node) {
        OptionalInt number = state.port(node.name(), name);
        return number.isPresent() ? Integer.toUnsignedString(number.getAsInt()) : Matcher.quoteReplacement(name);
    }

    private static ObjectNode json(NodeInfo node, String packet, List<FlowTrace.Step> steps) {
        ObjectNode json = Replies.object().put("node", node.name()).put("packet", packet);
        ArrayNode list = json.putArray("steps");
        for (FlowTrace.Step step : steps) {
            list.addObject()
                    .put("kind", step.kind().name().toLowerCase(Locale.ROOT))
                    .put("depth", step.depth())
                    .put("table", step.tableId())
                    .put("text", step.text());
        }
        return json;
    }

    private record TraceAnswer(CompletableFuture<List<FlowTrace.Step>> steps) implements SwitchQueries.Answer {
        @Override
        public boolean take(OpenFlowMessage message) {
            switch (message) {
                case OpenFlowMessage.Experimenter(int who, int type, Bytes data)
                when who == FlowTrace.EXPERIMENTER && type == FlowTrace.REPLY -> {
                    try {
                        steps.complete(FlowTrace.steps(data));
                    } catch (OpenFlowException e) {
                        fail(String.valueOf(e.getMessage()));
                    }
                }
                case ErrorMessage refused -> fail("the switch cannot trace: " + refused.describe());
                default -> fail("the switch answered with something else");
            }
            return true;
        }

        @Override
        public void fail(String why) {
            steps.completeExceptionally(new IllegalStateException(why));
        }
    }
}
