package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class MainTest {
    private static final String BLUE =
            "{\"name\":\"blue\",\"vni\":100,\"subnet\":\"10.0.1.0/24\",\"gateway\":\"10.0.1.1\",\"exposed\":true}";
    private static final String WEB1 =
            "{\"name\":\"web1\",\"network\":\"blue\",\"vni\":100,\"mac\":\"02:00:00:64:01:0b\","
                    + "\"ip\":\"10.0.1.11\",\"prefix\":24,\"gateway\":\"10.0.1.1\",\"mtu\":1450,\"state\":\"bound\"}";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private FakeController controller;

    @TempDir
    private Path directory;

    MainTest() throws IOException {
        controller = new FakeController();
    }

    @BeforeEach
    void knowsANetwork() {
        controller
                .on("GET /api/v1/networks", 200, "[" + BLUE + "]")
                .on("POST /api/v1/networks", 201, BLUE)
                .on("POST /api/v1/vnics", 201, WEB1)
                .on("GET /api/v1/vnics/web1", 200, WEB1)
                .on("DELETE /api/v1/vnics/web1", 204, "");
    }

    @AfterEach
    void stop() {
        controller.close();
    }

    private int run(String... arguments) {
        return Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    private int ask(String... arguments) {
        var all = new ArrayList<>(List.of(arguments));
        all.add("--controller");
        all.add(controller.url());
        return run(all.toArray(String[]::new));
    }

    static List<CommandLine> everyCommand() {
        var commands = new ArrayList<CommandLine>();
        collect(Main.commandLine(), commands);
        return commands;
    }

    private static void collect(CommandLine command, List<CommandLine> into) {
        for (CommandLine sub : command.getSubcommands().values()) {
            if (!sub.getCommandSpec().usageMessage().hidden()) {
                into.add(sub);
                collect(sub, into);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("everyCommand")
    void everyCommandHasAnExampleInItsHelp(CommandLine command) {
        String usage = command.getUsageMessage();
        assertThat(usage).as(command.getCommandSpec().qualifiedName()).contains("Example");
        assertThat(command.getCommandSpec().usageMessage().description()).isNotEmpty();
        assertThat(command.getCommandSpec().mixinStandardHelpOptions()).isTrue();
    }

    @Test
    void printsATableOrJson() {
        assertThat(ask("network", "list")).isZero();
        assertThat(out.toString()).isEqualTo("""
                        name  vni  subnet       subnet6  gateway   exposed
                        blue  100  10.0.1.0/24        -  10.0.1.1  true
                        """);
        out.getBuffer().setLength(0);
        assertThat(ask("network", "list", "-o", "json")).isZero();
        assertThat(out.toString()).startsWith("[").contains("\"subnet\" : \"10.0.1.0/24\"");
    }

    @Test
    void sendsWhatWasAskedFor() {
        assertThat(ask("network", "create", "blue", "--subnet", "10.0.1.0/24", "--vni", "100"))
                .isZero();
        assertThat(controller.requests())
                .containsExactly("POST /api/v1/networks {\"name\":\"blue\",\"subnet\":\"10.0.1.0/24\",\"vni\":100}");
    }

    @ParameterizedTest
    @CsvSource({"400,2", "404,1", "409,1", "500,1"})
    void showsTheControllersErrorWithItsField(int status, int exitCode) {
        controller.on(
                "POST /api/v1/networks",
                status,
                "{\"error\":{\"field\":\"subnet\",\"reason\":\"10.0.1.0 has no prefix\"}}");
        assertThat(ask("network", "create", "blue", "--subnet", "10.0.1.0")).isEqualTo(exitCode);
        assertThat(err).hasToString("hopline: subnet: 10.0.1.0 has no prefix\n");
    }

    @Test
    void saysWhereItLookedForTheController() throws IOException {
        int free;
        try (var socket = new ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        assertThat(run("network", "list", "--controller", "http://127.0.0.1:" + free))
                .isEqualTo(1);
        assertThat(err.toString())
                .startsWith("hopline: no controller at http://127.0.0.1:" + free)
                .contains("--controller");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                                                  | a command is wanted",
                "network                                             | one of these is wanted: create, delete, list, show",
                "network create                                      | Missing required",
                "network create blue --subnet 10.0.1.0/24 --vni x    | Invalid value for option '--vni'",
                "network list --controller ftp://here                | --controller: http://HOST:PORT is wanted",
                "network lst                                         | Unmatched argument",
                "vnic attach web1 --network blue                     | Missing required argument",
                "vnic attach web1 --netns a --tap b                  | mutually exclusive",
                "vnic attach web1 --ip 10.0.1.9 --tap b              | --ip: an address needs a --network",
                "vnic attach web1 --tap a/b --node unix:/x           | --tap: an interface's name has",
                "vnic attach web1 --tap t --node tcp:1               | --node: unix:PATH is wanted",
                "lb create web --network blue --vip 10.0.1.100:80    | --backend or --backend-label: one of them is wanted",
                "lb create web --network blue                        | Missing required option",
                "node --name a --controller http://127.0.0.1:1       | --vtep: a controller wants to know",
                "lb update web                                       | Missing required argument",
                "vnic label web1 app                                 | not KEY=VALUE or KEY-: 'app'",
            })
    void refusesWhatCannotBe(String line, String message) {
        assertThat(run(line.isEmpty() ? new String[0] : line.split(" +"))).isEqualTo(2);
        assertThat(err.toString()).contains(message);
    }

    @Test
    void attachesOnTheNodeWhatTheControllerMade() throws IOException {
        try (var node = new FakeNode(directory.resolve("a.ctl"), "{\"ok\":true,\"name\":\"web1\",\"ofport\":3}")) {
            int code = ask(
                    "vnic",
                    "attach",
                    "web1",
                    "--network",
                    "blue",
                    "--ip",
                    "10.0.1.11",
                    "--container",
                    String.valueOf(ProcessHandle.current().pid()),
                    "--node",
                    "unix:" + directory.resolve("a.ctl"));
            assertThat(code).as(err.toString()).isZero();
            assertThat(controller.requests())
                    .containsExactly(
                            "POST /api/v1/vnics {\"name\":\"web1\",\"network\":\"blue\",\"ip\":\"10.0.1.11\"}",
                            "GET /api/v1/vnics/web1");
            assertThat(node.requests())
                    .singleElement()
                    .asString()
                    .contains(
                            "\"cmd\":\"attach\"", "\"name\":\"web1\"", "\"mac\":\"02:00:00:64:01:0b\"", "\"mtu\":1450")
                    .contains("\"pid\":" + ProcessHandle.current().pid());
        }
    }

    @Test
    void takesTheVnicBackWhenTheNodeRefuses() throws IOException {
        try (var node = new FakeNode(
                directory.resolve("a.ctl"), "{\"ok\":false,\"error\":\"name: port 'web1' exists already\"}")) {
            int code = ask(
                    "vnic",
                    "attach",
                    "web1",
                    "--network",
                    "blue",
                    "--container",
                    String.valueOf(ProcessHandle.current().pid()),
                    "--node",
                    "unix:" + directory.resolve("a.ctl"));
            assertThat(code).isEqualTo(1);
            assertThat(err).hasToString("hopline: name: port 'web1' exists already\n");
            assertThat(controller.requests()).last().isEqualTo("DELETE /api/v1/vnics/web1");
            assertThat(node.requests()).hasSize(1);
        }
    }

    @Test
    void leavesTheNodeAloneWhenTheControllerRefuses() throws IOException {
        controller.on(
                "POST /api/v1/vnics",
                404,
                "{\"error\":{\"field\":\"network\",\"reason\":\"there is no network 'red'\"}}");
        try (var node = new FakeNode(directory.resolve("a.ctl"), "{\"ok\":true}")) {
            int code = ask(
                    "vnic",
                    "attach",
                    "web1",
                    "--network",
                    "red",
                    "--container",
                    String.valueOf(ProcessHandle.current().pid()),
                    "--node",
                    "unix:" + directory.resolve("a.ctl"));
            assertThat(code).isEqualTo(1);
            assertThat(err).hasToString("hopline: network: there is no network 'red'\n");
            assertThat(node.requests()).isEmpty();
        }
    }

    @Test
    void saysThatThereIsNoNodeOrNamespace() {
        assertThat(ask(
                        "vnic",
                        "attach",
                        "web1",
                        "--network",
                        "blue",
                        "--netns",
                        "no-such-namespace",
                        "--node",
                        "unix:/x"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("there is no network namespace 'no-such-namespace'");
        err.getBuffer().setLength(0);
        assertThat(ask("vnic", "detach", "web1", "--node", "unix:" + directory.resolve("none.ctl")))
                .isEqualTo(1);
        assertThat(err.toString()).contains("no node at unix:" + directory.resolve("none.ctl"));
    }
}
