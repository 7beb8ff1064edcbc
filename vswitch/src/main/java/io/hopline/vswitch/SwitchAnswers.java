package io.hopline.vswitch;

import io.hopline.openflow.Bytes;
import io.hopline.openflow.FlowStats;
import io.hopline.openflow.GroupStats;
import io.hopline.openflow.MultipartReply;
import io.hopline.openflow.MultipartRequest;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OpenFlowError;
import io.hopline.openflow.OpenFlowException;
import io.hopline.openflow.OpenFlowMessage;
import io.hopline.openflow.OxmField;
import io.hopline.openflow.PortStats;
import io.hopline.openflow.TableFeatures;
import io.hopline.openflow.TableFeatures.Property;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** What the switch says about itself when asked; holds no state of its own. */
final class SwitchAnswers {
    private static final List<Integer> INSTRUCTIONS = List.of(1, 2, 3, 4, 5);
    /** Output, push and pop VLAN, set queue, group, set and decrement TTL, set field. */
    private static final List<Integer> ACTIONS = List.of(0, 17, 18, 21, 22, 23, 24, 25);

    private static final int ALL_GROUP_TYPES = 0xf;

    private final VirtualSwitch virtualSwitch;
    private final long datapathId;
    private final String description;

    SwitchAnswers(VirtualSwitch virtualSwitch, long datapathId, String description) {
        this.virtualSwitch = virtualSwitch;
        this.datapathId = datapathId;
        this.description = description;
    }

    OpenFlowMessage.FeaturesReply features() {
        int capabilities = OpenFlowMessage.FeaturesReply.FLOW_STATS
                | OpenFlowMessage.FeaturesReply.TABLE_STATS
                | OpenFlowMessage.FeaturesReply.PORT_STATS
                | OpenFlowMessage.FeaturesReply.GROUP_STATS;
        return new OpenFlowMessage.FeaturesReply(datapathId, 0, VirtualSwitch.TABLES, 0, capabilities);
    }

    /** No port has queues. */
    OpenFlowMessage.QueueConfigReply queueConfig(int port) {
        if (port != OpenFlow.PORT_ANY && !isPort(port)) {
            throw new OpenFlowException(OpenFlowError.QUEUE_OP_PORT, "no port " + Integer.toUnsignedString(port));
        }
        return new OpenFlowMessage.QueueConfigReply(port, Bytes.EMPTY);
    }

    private boolean isPort(int number) {
        return virtualSwitch.portDescriptions().stream().anyMatch(port -> port.number() == number);
    }

    /** Answers a multipart request. */
    MultipartReply.Report report(MultipartRequest.Query query) {
        return switch (query) {
            case MultipartRequest.Description() -> description();
            case MultipartRequest.Flows(MultipartRequest.FlowFilter filter) -> new MultipartReply.Flows(flows(filter));
            case MultipartRequest.Aggregate(MultipartRequest.FlowFilter filter) -> aggregate(flows(filter));
            case MultipartRequest.Tables() -> new MultipartReply.Tables(virtualSwitch.tableStats());
            case MultipartRequest.Ports(int port) -> new MultipartReply.Ports(ports(port));
            case MultipartRequest.Queues(int port, int queueId) -> queues(port, queueId);
            case MultipartRequest.Groups(int groupId) -> new MultipartReply.Groups(groups(groupId));
            case MultipartRequest.GroupDescriptions() ->
                new MultipartReply.GroupDescriptions(virtualSwitch.groupDescriptions());
            case MultipartRequest.GroupFeatures() -> groupFeatures();
            case MultipartRequest.Meters(int meterId) -> {
                requireNoMeter(meterId);
                yield new MultipartReply.Meters(List.of());
            }
            case MultipartRequest.MeterConfigs(int meterId) -> {
                requireNoMeter(meterId);
                yield new MultipartReply.MeterConfigs(List.of());
            }
            case MultipartRequest.MeterFeatures() -> new MultipartReply.MeterFeatures(0, 0, 0, 0, 0);
            case MultipartRequest.Features(List<TableFeatures> proposed) -> tableFeatures(proposed);
            case MultipartRequest.PortDescriptions() ->
                new MultipartReply.PortDescriptions(virtualSwitch.portDescriptions());
            case MultipartRequest.Experimenter experimenter ->
                throw new OpenFlowException(
                        OpenFlowError.BAD_REQUEST_EXPERIMENTER,
                        "experimenter 0x" + Integer.toHexString(experimenter.experimenter()) + " is unknown");
        };
    }

    private MultipartReply.Report description() {
        String version = getClass().getPackage().getImplementationVersion();
        return new MultipartReply.Description(
                "Hopline", "Userspace switch", version == null ? "development" : version, "None", description);
    }

    private List<FlowStats> flows(MultipartRequest.FlowFilter filter) {
        return virtualSwitch.flowStats(new FlowQuery(
                filter.tableId(),
                filter.outPort(),
                filter.outGroup(),
                filter.cookie(),
                filter.cookieMask(),
                filter.match()));
    }

    private static MultipartReply.Report aggregate(List<FlowStats> flows) {
        long packets = 0;
        long bytes = 0;
        for (FlowStats flow : flows) {
            packets += flow.packets();
            bytes += flow.bytes();
        }
        return new MultipartReply.Aggregate(packets, bytes, flows.size());
    }

    private List<PortStats> ports(int number) {
        List<PortStats> all = virtualSwitch.portStats();
        if (number == OpenFlow.PORT_ANY) {
            return all;
        }
        List<PortStats> one = all.stream().filter(port -> port.port() == number).toList();
        if (one.isEmpty()) {
            throw new OpenFlowException(OpenFlowError.BAD_REQUEST_PORT, "no port " + Integer.toUnsignedString(number));
        }
        return one;
    }

    private List<GroupStats> groups(int groupId) {
        return virtualSwitch.groupStats().stream()
                .filter(group -> groupId == OpenFlow.GROUP_ALL || group.groupId() == groupId)
                .toList();
    }

    private MultipartReply.Report queues(int port, int queueId) {
        if (port != OpenFlow.PORT_ANY && !isPort(port)) {
            throw new OpenFlowException(OpenFlowError.QUEUE_OP_PORT, "no port " + Integer.toUnsignedString(port));
        }
        if (queueId != OpenFlow.QUEUE_ALL) {
            throw new OpenFlowException(OpenFlowError.QUEUE_OP_QUEUE, "no queue " + Integer.toUnsignedString(queueId));
        }
        return new MultipartReply.Queues(List.of());
    }

    private static void requireNoMeter(int meterId) {
        if (meterId != OpenFlow.METER_ALL) {
            throw new OpenFlowException(
                    OpenFlowError.METER_MOD_UNKNOWN_METER, "no meter " + Integer.toUnsignedString(meterId));
        }
    }

    private static MultipartReply.Report groupFeatures() {
        int actions = 0;
        for (int action : ACTIONS) {
            actions |= 1 << action;
        }
        int capabilities = MultipartReply.GroupFeatures.SELECT_WEIGHT
                | MultipartReply.GroupFeatures.CHAINING
                | MultipartReply.GroupFeatures.CHAINING_CHECKS;
        return new MultipartReply.GroupFeatures(
                ALL_GROUP_TYPES,
                capabilities,
                Collections.nCopies(4, GroupTable.MAX_GROUPS),
                Collections.nCopies(4, actions));
    }

    private static MultipartReply.Report tableFeatures(List<TableFeatures> proposed) {
        if (!proposed.isEmpty()) {
            throw new OpenFlowException(OpenFlowError.TABLE_FEATURES_EPERM, "the tables are what they are");
        }
        List<TableFeatures> tables = new ArrayList<>();
        for (int id = 0; id < VirtualSwitch.TABLES; id++) {
            tables.add(new TableFeatures(id, "table" + id, -1, -1, 0, FlowTable.MAX_FLOWS, properties(id)));
        }
        return new MultipartReply.Features(tables);
    }

    private static List<Property> properties(int tableId) {
        List<OxmField> fields = Arrays.stream(OxmField.values())
                .filter(field -> KeyField.of(field) != null)
                .toList();
        List<OxmField> settable = fields.stream()
                .filter(OxmField::isSettable)
                .filter(field -> field != OxmField.CT_MARK && field != OxmField.CT_LABEL)
                .toList();
        List<Integer> next =
                IntStream.range(tableId + 1, VirtualSwitch.TABLES).boxed().toList();
        return List.of(
                Property.ofTypes(Property.INSTRUCTIONS, INSTRUCTIONS),
                Property.ofTables(Property.NEXT_TABLES, next),
                Property.ofTypes(Property.WRITE_ACTIONS, ACTIONS),
                Property.ofTypes(Property.APPLY_ACTIONS, ACTIONS),
                Property.ofFields(Property.MATCH, fields, true),
                Property.ofFields(Property.WILDCARDS, fields, false),
                Property.ofFields(Property.WRITE_SET_FIELD, settable, false),
                Property.ofFields(Property.APPLY_SET_FIELD, settable, false));
    }
}
