package io.hopline.vswitch;

import io.hopline.openflow.Action;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.OxmField;
import java.util.List;

/**
 * Which bits of the key the actions depend on when they are compiled into a program, besides the bits that flows match.
 *
 * <p>The flow cache looks only at these and at matched bits, so that frames that differ in nothing that matters (TTL, TCP
 * flags) share an entry. The set only grows: a bit too many costs cache entries, a bit too few would be wrong.
 */
final class KeyUse {
    private static final long ADDRESSES_AND_TAGS = 0xffffL;

    private final long[] mask = new long[FlowKey.WORDS];

    KeyUse() {
        mask[FlowKey.IN_PORT] = -1;
        mask[FlowKey.ETH_DST] = ADDRESSES_AND_TAGS;
        mask[FlowKey.ETH_SRC] = FlowKey.VLAN_PRESENT;
        addField(OxmField.IP_PROTO);
        mask[FlowKey.IP] |= 3L << 32;
    }

    void add(List<Instruction> instructions) {
        for (Instruction instruction : instructions) {
            if (instruction instanceof Instruction.ApplyActions apply) {
                addActions(apply.actions());
            } else if (instruction instanceof Instruction.WriteActions write) {
                addActions(write.actions());
            }
        }
    }

    void addActions(List<Action> actions) {
        for (Action action : actions) {
            switch (action) {
                case Action.RegMove move -> {
                    addField(move.source());
                    addPrerequisite(move.destination());
                }
                case Action.RegLoad load -> addPrerequisite(load.destination());
                case Action.SetField set -> addPrerequisite(set.field());
                case Action.PushVlan push -> addVlan();
                case Action.PopVlan pop -> addVlan();
                case Action.Ct ct -> addActions(ct.actions());
                default -> {}
            }
        }
    }

    /** A timed switch decides per connection. */
    void addConnection() {
        mask[FlowKey.IPV4] = -1;
        mask[FlowKey.PORTS] |= 0xffff_ffffL << 32;
    }

    private void addVlan() {
        mask[FlowKey.ETH_SRC] |= ADDRESSES_AND_TAGS;
        mask[FlowKey.VLAN] = -1;
    }

    /** Whether a packet has neighbor discovery's fields hangs on its ICMPv6 type; the others' conditions are always looked at. */
    private void addPrerequisite(OxmField field) {
        KeyField where = KeyField.of(field);
        if (where != null && where.store() == KeyField.STORE_ND) {
            addField(OxmField.ICMPV6_TYPE);
        }
    }

    private void addField(OxmField field) {
        KeyField where = KeyField.of(field);
        if (where == null) {
            return;
        }
        mask[where.word()] |= where.highMask();
        if (where.isWide()) {
            mask[where.word() + 1] |= field.maxLow();
        }
    }

    long[] mask() {
        return mask.clone();
    }
}
