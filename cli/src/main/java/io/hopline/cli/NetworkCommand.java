package io.hopline.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hopline network}: virtual networks, each a subnet with a VXLAN network identifier. */
@Command(
        name = "network",
        mixinStandardHelpOptions = true,
        description = "Virtual networks: a subnet that spans hosts.",
        footer = {
            "",
            "Examples:",
            "  hopline network create blue --subnet 10.0.1.0/24",
            "  hopline network create red --subnet 10.0.2.0/24 --subnet6 fd00:2::/64 --vni 200",
            "  hopline network list -o json"
        },
        synopsisSubcommandLabel = "(create | list | show | delete)")
final class NetworkCommand implements Verbs {
    private static final String PATH = "/api/v1/networks";
    private static final String[] COLUMNS = {"name", "vni", "subnet", "subnet6", "gateway", "exposed"};

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public CommandSpec spec() {
        return spec;
    }

    @Command(
            description = "Make a network.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  hopline network create blue --subnet 10.0.1.0/24 --vni 100"})
    int create(
            @Parameters(paramLabel = "NAME", description = "at most 11 letters, digits and dashes") String name,
            @Option(names = "--subnet", required = true, paramLabel = "CIDR", description = "for example 10.0.1.0/24")
                    String subnet,
            @Option(
                            names = "--subnet6",
                            paramLabel = "CIDR",
                            description = {
                                "for example fd00:1::/64 (default: no IPv6 subnet); guests make their own addresses in",
                                "it from the router's advertisements and their MAC address, and send from no others"
                            })
                    @Nullable
                    String subnet6,
            @Option(names = "--vni", paramLabel = "N", description = "VXLAN network identifier (default: a free one)")
                    @Nullable
                    Integer vni,
            @Mixin ControllerOption controller,
            @Mixin OutputOption output) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("name", name);
        body.put("subnet", subnet);
        if (subnet6 != null) {
            body.put("subnet6", subnet6);
        }
        if (vni != null) {
            body.put("vni", vni);
        }
        output.print(out(), controller.client().post(PATH, body), COLUMNS);
        return 0;
    }

    @Command(
            description = "All networks.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  hopline network list"})
    int list(@Mixin ControllerOption controller, @Mixin OutputOption output) {
        output.print(out(), controller.client().get(PATH), COLUMNS);
        return 0;
    }

    @Command(
            description = "One network.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  hopline network show blue"})
    int show(
            @Parameters(paramLabel = "NAME") String name,
            @Mixin ControllerOption controller,
            @Mixin OutputOption output) {
        output.print(out(), controller.client().get(PATH + "/" + RestClient.segment(name)), COLUMNS);
        return 0;
    }

    @Command(
            description = "Take away a network that has no vNIC left.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  hopline network delete blue"})
    int delete(@Parameters(paramLabel = "NAME") String name, @Mixin ControllerOption controller) {
        controller.client().delete(PATH + "/" + RestClient.segment(name));
        return 0;
    }
}
