package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hopline.openflow.Action;
import io.hopline.openflow.Bytes;
import io.hopline.openflow.ErrorMessage;
import io.hopline.openflow.FlowMod;
import io.hopline.openflow.FlowTrace;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.MatchText;
import io.hopline.openflow.OpenFlowError;
import io.hopline.openflow.OxmField;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class FlowRoutesTest {
    @TempDir
    Path directory;

    private Controller controller;
    private RestClient rest;
    private final FakeSwitch a = new FakeSwitch(0xa).port("web1", 3);

    @BeforeEach
    void start() throws Exception {
        controller = Controller.start(
                new ControllerOptions("127.0.0.1:0", List.of("ptcp:0:127.0.0.1"), "embedded:" + directory));
        rest = new RestClient(controller.restAddress());
        controller.live().update(state -> Changes.registerNode(state, States.nodeA()));
        for (int table = 0; table < 3; table++) {
            for (int priority = 1; priority <= 30; priority++) {
                a.apply(FlowMod.add(table)
                        .priority(priority)
                        .match(MatchText.parse("tcp,nw_dst=10.0." + table + "." + priority))
                        .instructions(Instruction.apply(Action.output(priority)))
                        .build());
            }
        }
        a.connect(controller.openFlowAddresses().getFirst());
        await().until(this::connected);
    }

    @AfterEach
    void stop() {
        a.close();
        rest.close();
        controller.close();
    }

    private boolean connected() {
        return controller
                .openFlow()
                .statuses()
                .getOrDefault("a", NodeStatus.NEVER_CONNECTED)
                .connected();
    }

    private JsonNode flows(String query) {
        return rest.get("/api/v1/nodes/a/flows" + query).json();
    }

    @Test
    void flowsComeByTableAndFallingPriorityAPageAtATime() {
        JsonNode page = flows("?limit=2&offset=29");
        assertThat(page.path("total").intValue()).isGreaterThanOrEqualTo(90);
        JsonNode text = flows("?text=nw_dst=10.0.1.&limit=2&offset=1");
        assertThat(text.path("total").intValue()).isEqualTo(30);
        assertThat(text.path("flows")).hasSize(2);
        JsonNode flow = text.path("flows").get(0);
        assertThat(flow.path("table").intValue()).isEqualTo(1);
        assertThat(flow.path("priority").intValue()).isEqualTo(29);
        assertThat(flow.path("match").stringValue()).isEqualTo("tcp,nw_dst=10.0.1.29");
        assertThat(flow.path("actions").stringValue()).isEqualTo("output:29");
    }

    @Test
    void whatIsAskedForWronglyIsNamed() {
        assertThat(rest.get("/api/v1/nodes/zz/flows").status()).isEqualTo(404);
        assertThat(rest.get("/api/v1/nodes/a/flows?table=300").field()).isEqualTo("table");
        assertThat(rest.get("/api/v1/nodes/a/flows?limit=0").field()).isEqualTo("limit");
        assertThat(rest.get("/api/v1/nodes/a/flows?offset=100000").field()).isEqualTo("offset");
        RestClient.Reply match =
                rest.get("/api/v1/nodes/a/flows?match=" + URLEncoder.encode("tp_dst=80", StandardCharsets.UTF_8));
        assertThat(match.status()).isEqualTo(400);
        assertThat(match.reason()).contains("needs tcp");
        for (String packet : List.of(
                "tcp,tp_dst=80",
                "in_port=1,nw_src=10.0.0.0/8,ip",
                "in_port=nosuch",
                "in_port=1,ip,nw_src=10.0.0.0/8")) {
            RestClient.Reply reply = rest.post("/api/v1/nodes/a/trace", "{\"packet\":\"" + packet + "\"}");
            assertThat(reply.status()).as(packet).isEqualTo(400);
            assertThat(reply.field()).isEqualTo("packet");
        }
    }

    @Test
    void aTraceIsTheSwitchsOwn() {
        controller.live().update(state -> Changes.observePorts(state, "a", new TreeMap<>(Map.of("web1", 3))));
        a.trace = () -> FlowTrace.message(List.of(
                new FlowTrace.Step(FlowTrace.Kind.FLOW, 0, 5, "priority=1 actions=output:2"),
                new FlowTrace.Step(FlowTrace.Kind.OUTPUT, 1, 5, "to port 2 (web2)")));
        JsonNode trace = rest.post(
                        "/api/v1/nodes/a/trace",
                        "{\"packet\":\"in_port=web1,tun_id=7,udp,nw_dst=10.0.1.12,tp_dst=53\"}")
                .json();
        assertThat(trace.path("steps")).hasSize(2);
        assertThat(trace.path("steps").get(0).path("kind").stringValue()).isEqualTo("flow");
        assertThat(trace.path("steps").get(1).path("text").stringValue()).isEqualTo("to port 2 (web2)");
        FlowTrace.Request request = a.traced.getFirst();
        Match pipeline = request.pipeline();
        assertThat(pipeline.isExactly(OxmField.IN_PORT, 3)).isTrue();
        assertThat(pipeline.isExactly(OxmField.TUNNEL_ID, 7)).isTrue();
        assertThat(request.frame().length()).isEqualTo(14 + 20 + 8 + 16);
    }

    @Test
    void aSwitchThatCannotTraceOrIsGoneSaysSo() {
        OpenFlowError unknown = OpenFlowError.BAD_REQUEST_EXPERIMENTER;
        a.trace = () -> new ErrorMessage(unknown.type(), unknown.code(), Bytes.EMPTY);
        RestClient.Reply refused = rest.post("/api/v1/nodes/a/trace", "{\"packet\":\"in_port=1\"}");
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.reason()).contains("cannot trace");
        a.disconnect();
        await().until(() -> !connected());
        RestClient.Reply gone = rest.get("/api/v1/nodes/a/flows");
        assertThat(gone.status()).isEqualTo(503);
        assertThat(gone.reason()).contains("not connected");
    }
}
