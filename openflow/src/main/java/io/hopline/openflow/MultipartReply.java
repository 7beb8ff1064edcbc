package io.hopline.openflow;

import java.util.List;

/** One message of an answer (OpenFlow 1.3.5 section 7.3.5); {@code more}: the next message goes on. */
public record MultipartReply(boolean more, Report report) implements OpenFlowMessage {
    public MultipartReply(Report report) {
        this(false, report);
    }

    /** Splits a report into as many messages as it takes; all but the last say {@code more}. */
    public static List<MultipartReply> split(Report report) {
        return MultipartReplyCodec.split(report);
    }

    /** What is answered. */
    public sealed interface Report {}

    public record Description(
            String manufacturer, String hardware, String software, String serialNumber, String datapath)
            implements Report {}

    public record Flows(List<FlowStats> flows) implements Report {
        public Flows {
            flows = List.copyOf(flows);
        }
    }

    public record Aggregate(long packets, long bytes, int flows) implements Report {}

    public record Tables(List<TableStats> tables) implements Report {
        public Tables {
            tables = List.copyOf(tables);
        }
    }

    public record Ports(List<PortStats> ports) implements Report {
        public Ports {
            ports = List.copyOf(ports);
        }
    }

    public record Queues(List<QueueStats> queues) implements Report {
        public Queues {
            queues = List.copyOf(queues);
        }
    }

    public record Groups(List<GroupStats> groups) implements Report {
        public Groups {
            groups = List.copyOf(groups);
        }
    }

    public record GroupDescriptions(List<GroupDescription> groups) implements Report {
        public GroupDescriptions {
            groups = List.copyOf(groups);
        }
    }

    /**
     * What groups can do (section 7.3.5.11).
     *
     * @param types bit n: groups of the n-th {@link GroupType}
     * @param capabilities {@link #SELECT_WEIGHT} and its neighbours
     * @param maxGroups per type, four numbers
     * @param actions per type, bit n: action type n
     */
    public record GroupFeatures(int types, int capabilities, List<Integer> maxGroups, List<Integer> actions)
            implements Report {
        public static final int SELECT_WEIGHT = 1;
        public static final int SELECT_LIVENESS = 2;
        public static final int CHAINING = 4;
        public static final int CHAINING_CHECKS = 8;

        public GroupFeatures {
            maxGroups = List.copyOf(maxGroups);
            actions = List.copyOf(actions);
            if (maxGroups.size() != 4 || actions.size() != 4) {
                throw new IllegalArgumentException("there are four types of group");
            }
        }
    }

    public record Meters(List<MeterStats> meters) implements Report {
        public Meters {
            meters = List.copyOf(meters);
        }
    }

    public record MeterConfigs(List<MeterConfig> meters) implements Report {
        public MeterConfigs {
            meters = List.copyOf(meters);
        }
    }

    /** What meters can do (section 7.3.5.14); {@code bandTypes} bit n: bands of type n. */
    public record MeterFeatures(int maxMeters, int bandTypes, int capabilities, int maxBands, int maxColor)
            implements Report {}

    public record Features(List<TableFeatures> tables) implements Report {
        public Features {
            tables = List.copyOf(tables);
        }
    }

    public record PortDescriptions(List<PortDescription> ports) implements Report {
        public PortDescriptions {
            ports = List.copyOf(ports);
        }
    }

    public record Experimenter(int experimenter, int type, Bytes data) implements Report {}
}
