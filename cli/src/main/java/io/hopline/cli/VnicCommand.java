package io.hopline.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code hopline vnic}: attaches guests to networks. */
@Command(
        name = "vnic",
        mixinStandardHelpOptions = true,
        description = "Virtual NICs: what a VM, a container or a namespace is attached with.",
        footer = {
            "",
            "Examples:",
            "  hopline vnic attach web1 --network blue --netns guest1",
            "  hopline vnic attach web2 --network blue --container 3f2a",
            "  hopline vnic attach vm1 --network blue --tap tap-vm1        (prints the arguments for QEMU)",
            "  hopline vnic attach p3 --ofport 3 --netns g3 --node unix:/run/hopline/a.ctl   (a bare OpenFlow port)",
            "  hopline vnic label web1 app=web",
            "  hopline vnic list"
        },
        synopsisSubcommandLabel = "(attach | detach | label | list)")
final class VnicCommand implements Verbs {
    private static final String PATH = "/api/v1/vnics";
    private static final String[] COLUMNS = {"name", "network", "ip", "ip6", "mac", "mtu", "state", "node", "labels"};

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public CommandSpec spec() {
        return spec;
    }

    /** Where the guest is; one of these. */
    static final class Place {
        @Option(names = "--netns", paramLabel = "NAME", description = "a network namespace that `ip netns` knows")
        @Nullable
        String netns;

        @Option(
                names = "--container",
                paramLabel = "ID",
                description = "a Docker container, or PID of a container's process")
        @Nullable
        String container;

        @Option(
                names = "--tap",
                paramLabel = "NAME",
                description = "a TAP that a VMM opens, where the node's ports are; made when it does not exist")
        @Nullable
        String tap;
    }

    @Command(
            description = {
                "Attach a guest: make its vNIC in the network, then its port on this host's node.",
                "Without --network the port is made on the node alone, for flows of your own."
            },
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "Examples:",
                "  hopline vnic attach web1 --network blue --netns guest1",
                "  hopline vnic attach web2 --network blue --netns guest2 --label app=web",
                "  hopline vnic attach vm1 --network blue --ip 10.0.1.20 --tap tap-vm1"
            })
    int attach(
            @Parameters(paramLabel = "NAME", description = "of the vNIC and of the switch's port") String name,
            @Option(names = "--network", paramLabel = "NETWORK") @Nullable String network,
            @Option(names = "--ip", paramLabel = "IP", description = "default: a free address") @Nullable String ip,
            @Option(names = "--ofport", paramLabel = "N", description = "OpenFlow port number (default: a free one)")
                    @Nullable
                    Integer ofport,
            @Option(names = "--ifname", paramLabel = "IF", defaultValue = "eth0", description = "in the guest")
                    String ifname,
            @Option(
                            names = "--label",
                            paramLabel = "KEY=VALUE",
                            description = "by which services find their backends; may be repeated")
                    @Nullable
                    Map<String, String> labels,
            @Option(names = "--node", paramLabel = "unix:PATH", description = "default: the one in /run/hopline")
                    @Nullable
                    String node,
            @ArgGroup(exclusive = true, multiplicity = "1") Place place,
            @Mixin ControllerOption controller,
            @Mixin OutputOption output) {
        if (ip != null && network == null) {
            throw CliException.badInput("--ip: an address needs a --network");
        }
        if (labels != null && network == null) {
            throw CliException.badInput("--label: labels need a --network");
        }
        var attachment = new VnicAttachment(NodeControl.of(node), Optional.ofNullable(ofport));
        GuestPlace guest = GuestPlace.of(place.netns, place.container, place.tap, ifname);
        JsonNode vnic = network == null
                ? attachment.bare(name, guest)
                : attachment.inNetwork(
                        controller.client(),
                        name,
                        network,
                        Optional.ofNullable(ip),
                        labels == null ? Map.of() : labels,
                        guest);
        output.print(out(), vnic, network == null ? new String[] {"name", "mac", "ofport"} : COLUMNS);
        guest.nextStep(vnic.path("mac").asString("")).ifPresent(out()::println);
        out().flush();
        return 0;
    }

    @Command(
            description = "Detach a guest: take away its port and its vNIC.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  hopline vnic detach web1"})
    int detach(
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--node", paramLabel = "unix:PATH", description = "default: the one in /run/hopline")
                    @Nullable
                    String node,
            @Option(names = "--bare", description = "the port on the node only, no vNIC in a network") boolean bare,
            @Mixin ControllerOption controller) {
        RestClient rest = controller.client();
        if (!bare) {
            // Refuses an unknown name before anything is taken away.
            rest.get(PATH + "/" + RestClient.segment(name));
        }
        Map<String, Object> command = new LinkedHashMap<>();
        command.put("cmd", "detach");
        command.put("name", name);
        NodeControl.of(node).request(command);
        if (!bare) {
            rest.delete(PATH + "/" + RestClient.segment(name));
        }
        return 0;
    }

    @Command(
            description = "Give a vNIC labels, or take them away; services that find their backends by label follow.",
            mixinStandardHelpOptions = true,
            footer = {"", "Examples:", "  hopline vnic label web1 app=web tier=front", "  hopline vnic label web1 app-"
            })
    int label(
            @Parameters(paramLabel = "NAME") String name,
            @Parameters(index = "1..*", arity = "1..*", paramLabel = "KEY=VALUE|KEY-") List<String> changes,
            @Mixin ControllerOption controller,
            @Mixin OutputOption output) {
        Map<String, @Nullable String> labels = new LinkedHashMap<>();
        for (String change : changes) {
            int equals = change.indexOf('=');
            if (equals < 0 && !change.endsWith("-")) {
                throw CliException.badInput("not KEY=VALUE or KEY-: '" + change + "'");
            }
            labels.put(
                    change.substring(0, equals < 0 ? change.length() - 1 : equals),
                    equals < 0 ? null : change.substring(equals + 1));
        }
        JsonNode vnic = controller.client().patch(PATH + "/" + RestClient.segment(name), Map.of("labels", labels));
        output.print(out(), vnic, COLUMNS);
        return 0;
    }

    @Command(
            description = "All vNICs, attached or not.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  hopline vnic list -o json"})
    int list(@Mixin ControllerOption controller, @Mixin OutputOption output) {
        output.print(out(), controller.client().get(PATH), COLUMNS);
        return 0;
    }
}
