package io.hopline.cli;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code hopline apply}: networks, vNICs and services as a file says. */
@Command(
        name = "apply",
        mixinStandardHelpOptions = true,
        description = {
            "Make networks, vNICs and services be as a YAML or JSON file says, all at once or not at all.",
            "What is missing is made, what differs is changed, what the file does not name stays."
        },
        footer = {
            "",
            "A file:",
            "  networks:",
            "  - {name: blue, subnet: 10.0.1.0/24}",
            "  vnics:",
            "  - {name: web1, network: blue, labels: {app: web}}",
            "  services:",
            "  - {name: web, network: blue, vip: '10.0.1.100:80', backendLabel: 'app=web:80', check: 'http:/'}",
            "",
            "Examples:",
            "  hopline apply -f shop.yaml --dry-run",
            "  hopline apply -f shop.yaml"
        })
final class ApplyCommand implements Callable<Integer> {
    @Option(
            names = {"-f", "--file"},
            required = true,
            paramLabel = "FILE")
    private Path file = Path.of("");

    @Option(names = "--dry-run", description = "say what would change, and change nothing")
    private boolean dryRun;

    @Mixin
    private ControllerOption controller = new ControllerOption();

    @Mixin
    private OutputOption output = new OutputOption();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        byte[] body = SlaCommand.read(file).getBytes(StandardCharsets.UTF_8);
        byte[] answer = controller.client().postBytes("/api/v1/apply?dryRun=" + dryRun, body);
        JsonNode reply = JsonMapper.shared().readTree(answer);
        output.print(
                spec.commandLine().getOut(),
                output.json() ? reply : reply.path("changes"),
                "kind",
                "name",
                "change",
                "fields");
        return 0;
    }
}
