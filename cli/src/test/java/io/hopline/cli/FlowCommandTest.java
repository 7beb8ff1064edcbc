package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The commands that look into nodes and into the past. */
class FlowCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final FakeController controller;

    FlowCommandTest() throws IOException {
        controller = new FakeController();
    }

    @AfterEach
    void stop() {
        controller.close();
    }

    private int ask(String... arguments) {
        var all = new ArrayList<>(List.of(arguments));
        all.add("--controller");
        all.add(controller.url());
        return Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
    }

    @Test
    void listsFlowsAndSaysHowManyMoreThereAre() {
        controller.on("GET /api/v1/nodes/a/flows?limit=1&table=3&match=tcp%2Ctp_dst%3D80", 200, """
                {"node":"a","total":7,"offset":0,"flows":[{"table":3,"priority":100,"match":"tcp,tp_dst=80",
                 "actions":"group:5","cookie":"0x1","packets":12,"bytes":900,"ageMs":1,"idleTimeoutS":0,"hardTimeoutS":0}]}""");
        assertThat(ask("flow", "list", "a", "--table", "3", "--match", "tcp,tp_dst=80", "--limit", "1"))
                .as(err.toString())
                .isZero();
        assertThat(out).hasToString("""
                table  priority  packets  bytes  match          actions
                    3       100       12    900  tcp,tp_dst=80  group:5
                and 6 more
                """);
    }

    @Test
    void printsATraceAsDeepAsItGoes() {
        controller.on("POST /api/v1/nodes/a/trace", 200, """
                {"node":"a","packet":"in_port=1","steps":[
                 {"kind":"flow","depth":0,"table":0,"text":"priority=1 actions=ct(table=1)"},
                 {"kind":"note","depth":0,"table":0,"text":"connection tracking in zone 1"},
                 {"kind":"miss","depth":1,"table":1,"text":"no flow matches"},
                 {"kind":"drop","depth":1,"table":1,"text":"table_miss"}]}""");
        assertThat(ask("flow", "trace", "a", "in_port=1")).as(err.toString()).isZero();
        assertThat(controller.requests()).containsExactly("POST /api/v1/nodes/a/trace {\"packet\":\"in_port=1\"}");
        assertThat(out).hasToString("""
                table 0: priority=1 actions=ct(table=1)
                   connection tracking in zone 1
                  table 1: no flow matches
                  => dropped: table_miss
                """);
    }

    @Test
    void aPacketThatCannotBeIsBadInput() {
        controller.on(
                "POST /api/v1/nodes/a/trace",
                400,
                "{\"error\":{\"field\":\"packet\",\"reason\":\"in_port=PORT is wanted\"}}");
        assertThat(ask("flow", "trace", "a", "tcp")).isEqualTo(2);
        assertThat(err).hasToString("hopline: packet: in_port=PORT is wanted\n");
    }

    @Test
    void eventsArePrintedOrGivenAsTheyAre() {
        controller.on("GET /api/v1/events?after=4", 200, """
                {"startedMs":1,"last":5,"events":[{"seq":5,"atMs":1795000000000,"level":"bad","kind":"backend-down",
                 "subject":"web/web2","text":"backend web/web2 is unhealthy"}]}""");
        assertThat(ask("events", "--after", "4")).as(err.toString()).isZero();
        assertThat(out.toString())
                .endsWith(" !! backend web/web2 is unhealthy\n")
                .startsWith("2026-11-");
        out.getBuffer().setLength(0);
        assertThat(ask("events", "--after", "4", "-o", "json")).isZero();
        assertThat(out.toString()).contains("\"kind\" : \"backend-down\"");
    }
}
