package io.hopline.openflow;

import java.util.List;

/**
 * A change of the group table (OpenFlow 1.3.5 section 7.3.4.2).
 *
 * @param groupId up to {@link OpenFlow#GROUP_MAX}; {@link OpenFlow#GROUP_ALL} to delete all
 */
public record GroupMod(Command command, GroupType type, int groupId, List<Bucket> buckets) implements OpenFlowMessage {
    /** In wire order. */
    public enum Command {
        ADD,
        MODIFY,
        DELETE
    }

    public GroupMod {
        buckets = List.copyOf(buckets);
    }

    public static GroupMod add(GroupType type, int groupId, List<Bucket> buckets) {
        return new GroupMod(Command.ADD, type, groupId, buckets);
    }

    public static GroupMod modify(GroupType type, int groupId, List<Bucket> buckets) {
        return new GroupMod(Command.MODIFY, type, groupId, buckets);
    }

    public static GroupMod delete(int groupId) {
        return new GroupMod(Command.DELETE, GroupType.ALL, groupId, List.of());
    }
}
