package io.hopline.openflow;

import java.util.List;

/**
 * A change of the flow tables (OpenFlow 1.3.5 section 7.3.4.1).
 *
 * @param cookie opaque, given by the controller
 * @param cookieMask modify and delete: only flows whose cookie, masked, equals {@code cookie}
 * @param tableId 0 to 254; 255 deletes from every table
 * @param idleTimeoutS seconds without a packet before the flow goes, 0 never
 * @param hardTimeoutS seconds before the flow goes, 0 never
 * @param priority 0 to 65535, the highest wins
 * @param bufferId always {@link OpenFlow#NO_BUFFER} from us, we keep no packets
 * @param outPort delete: only flows that output there, or {@link OpenFlow#PORT_ANY}
 * @param outGroup delete: only flows that use the group, or {@link OpenFlow#GROUP_ANY}
 * @param flags {@link OpenFlow#FLOW_SEND_REMOVED} and its neighbours
 */
public record FlowMod(
        Command command,
        long cookie,
        long cookieMask,
        int tableId,
        int idleTimeoutS,
        int hardTimeoutS,
        int priority,
        int bufferId,
        int outPort,
        int outGroup,
        int flags,
        Match match,
        List<Instruction> instructions)
        implements OpenFlowMessage {
    /** In wire order. */
    public enum Command {
        ADD,
        MODIFY,
        MODIFY_STRICT,
        DELETE,
        DELETE_STRICT;

        public boolean isStrict() {
            return this == MODIFY_STRICT || this == DELETE_STRICT;
        }

        public boolean isDelete() {
            return this == DELETE || this == DELETE_STRICT;
        }
    }

    public FlowMod {
        instructions = List.copyOf(instructions);
    }

    public static Builder add(int tableId) {
        return new Builder(Command.ADD, tableId);
    }

    public static Builder modifyStrict(int tableId) {
        return new Builder(Command.MODIFY_STRICT, tableId);
    }

    public static Builder delete(int tableId) {
        return new Builder(Command.DELETE, tableId);
    }

    public static Builder deleteStrict(int tableId) {
        return new Builder(Command.DELETE_STRICT, tableId);
    }

    /** Starts from: no cookie, no timeouts, priority 0x8000, any packet, no instruction. */
    public static final class Builder {
        private final Command command;
        private final int tableId;
        private long cookie;
        private long cookieMask;
        private int idleTimeoutS;
        private int hardTimeoutS;
        private int priority = 0x8000;
        private int outPort = OpenFlow.PORT_ANY;
        private int outGroup = OpenFlow.GROUP_ANY;
        private int flags;
        private Match match = Match.ANY;
        private List<Instruction> instructions = List.of();

        private Builder(Command command, int tableId) {
            this.command = command;
            this.tableId = tableId;
        }

        public Builder cookie(long cookie) {
            this.cookie = cookie;
            return this;
        }

        public Builder cookieMask(long cookieMask) {
            this.cookieMask = cookieMask;
            return this;
        }

        public Builder idleTimeoutS(int idleTimeoutS) {
            this.idleTimeoutS = idleTimeoutS;
            return this;
        }

        public Builder hardTimeoutS(int hardTimeoutS) {
            this.hardTimeoutS = hardTimeoutS;
            return this;
        }

        public Builder priority(int priority) {
            this.priority = priority;
            return this;
        }

        public Builder outPort(int outPort) {
            this.outPort = outPort;
            return this;
        }

        public Builder outGroup(int outGroup) {
            this.outGroup = outGroup;
            return this;
        }

        public Builder flags(int flags) {
            this.flags = flags;
            return this;
        }

        public Builder match(Match match) {
            this.match = match;
            return this;
        }

        public Builder instructions(Instruction... instructions) {
            this.instructions = List.of(instructions);
            return this;
        }

        public Builder instructions(List<Instruction> instructions) {
            this.instructions = instructions;
            return this;
        }

        public FlowMod build() {
            return new FlowMod(
                    command,
                    cookie,
                    cookieMask,
                    tableId,
                    idleTimeoutS,
                    hardTimeoutS,
                    priority,
                    OpenFlow.NO_BUFFER,
                    outPort,
                    outGroup,
                    flags,
                    match,
                    instructions);
        }
    }
}
