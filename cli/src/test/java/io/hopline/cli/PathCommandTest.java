package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class PathCommandTest {
    private static final String WALK = """
            {"service":"web","backend":"web2","client":"192.0.2.2:34161","endToEndNs":400000,"unattributedNs":0,
             "status":200,"flags":["incomplete"],"hops":[
             {"hop":"host-nic","direction":"request","host":"a","ns":54800},
             {"hop":"overlay","direction":"request","host":"b","ns":19400},
             {"hop":"vnic","direction":"request","host":"b","ns":10500},
             {"hop":"nginx","direction":"request","host":"b","ns":170600},
             {"hop":"vnic","direction":"response","host":"b","ns":35200},
             {"hop":"vswitch","direction":"response","host":"b","ns":2300},
             {"hop":"overlay","direction":"response","host":"a","ns":43400},
             {"hop":"host-nic","direction":"response","host":"a","ns":7100}]}""";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private FakeController controller;

    PathCommandTest() throws IOException {
        controller = new FakeController();
    }

    @BeforeEach
    void knowsAService() {
        controller
                .on("GET /api/v1/services", 200, "[{\"name\":\"web\",\"vip\":\"10.0.1.100:80\"}]")
                .on("POST /api/v1/path", 200, WALK);
    }

    @AfterEach
    void stop() {
        controller.close();
    }

    private int ask(String... arguments) {
        var all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--controller", controller.url()));
        return Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
    }

    @Test
    void drawsTheWayDownAndUp() {
        assertThat(ask("path", "web")).as(err.toString()).isZero();
        assertThat(out.toString()).isEqualTo("""
                192.0.2.2:34161 -> web, answered by web2: HTTP 200, 400.0 us end to end

                  host a         | NIC                    54.8 us v  ^ 7.1 us       #########
                  ~ ~ ~ ~        | overlay                19.4 us v  ^ 43.4 us      #########
                  host b         | vSwitch                           ^ 2.3 us
                                 | vNIC                   10.5 us v  ^ 35.2 us      ######
                                 | nginx                 170.6 us |                 ########################
                                 | unattributed            0.0 us
                  remarks: incomplete
                """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"web", "10.0.1.100", "10.0.1.100:80"})
    void takesAServiceByNameOrAddress(String end) {
        assertThat(ask("path", end)).isZero();
        assertThat(controller.requests()).last().isEqualTo("POST /api/v1/path {\"service\":\"web\"}");
    }

    @Test
    void repeatsAndSumsUp() {
        assertThat(ask("path", "web", "--repeat", "3")).isZero();
        assertThat(controller.requests())
                .filteredOn(line -> line.startsWith("POST"))
                .hasSize(3);
        assertThat(out.toString()).contains("3 requests, end to end: fastest 400.0 us, median 400.0 us");
    }

    @Test
    void oneWalkIsAnObjectAndMoreAreAList() {
        assertThat(ask("path", "web", "-o", "json")).isZero();
        JsonNode one = JsonMapper.shared().readTree(out.toString());
        assertThat(one.path("hops")).hasSize(8);
        out.getBuffer().setLength(0);
        assertThat(ask("path", "web", "--repeat", "2", "-o", "json")).isZero();
        assertThat(JsonMapper.shared().readTree(out.toString())).hasSize(2);
    }

    @Test
    void saysWhatItDoesNotKnow() {
        assertThat(ask("path", "10.0.1.10")).isEqualTo(1);
        assertThat(err.toString()).contains("no service '10.0.1.10'");
        assertThat(ask("path", "web", "--repeat", "0")).isEqualTo(2);
        assertThat(ask("path")).isEqualTo(2);
    }

    @Test
    void aGuestThatCannotBeEnteredIsExplained() {
        controller.on("GET /api/v1/vnics/vm7", 200, "{\"name\":\"vm7\",\"ip\":\"203.0.113.77\",\"node\":\"b\"}");
        assertThat(ask("path", "vm7", "web")).isEqualTo(1);
        assertThat(err.toString()).contains("vNIC vm7, 203.0.113.77, is on host b", "Without CLIENT");
        assertThat(controller.requests()).noneMatch(line -> line.startsWith("POST"));
    }
}
