package io.hopline.vswitch;

import io.hopline.openflow.Action;
import io.hopline.openflow.Bucket;
import io.hopline.openflow.GroupType;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OxmField;
import io.hopline.packet.DropReason;
import io.hopline.packet.Ethernet;
import io.hopline.packet.Icmpv6;
import io.hopline.packet.IpProtocol;
import java.util.ArrayList;
import java.util.List;

/** Turns actions into {@link Step}s for one key, which it changes as the actions change the packet. */
final class ActionCompiler {
    /** Longest program, groups and copies included. */
    private static final int MAX_STEPS = 16_384;

    private static final int MAX_WATCH_LEVEL = 8;

    private final Translator walk;

    ActionCompiler(Translator walk) {
        this.walk = walk;
    }

    void compile(List<Action> actions, List<Step> steps) {
        for (Action action : actions) {
            if (steps.size() >= MAX_STEPS) {
                steps.add(Step.drop(DropReason.LOOP));
                return;
            }
            compile(action, steps);
        }
    }

    private void compile(Action action, List<Step> steps) {
        switch (action) {
            case Action.Output output -> output(output, steps);
            case Action.Group group -> group(group.groupId(), steps);
            case Action.SetField set -> setField(set, steps);
            case Action.RegLoad load -> load(load, steps);
            case Action.RegMove move -> move(move, steps);
            case Action.PushVlan push -> pushVlan(push.ethType(), steps);
            case Action.PopVlan pop -> popVlan(steps);
            case Action.DecNwTtl dec -> decrementTtl(steps);
            case Action.SetNwTtl set -> {
                if (isIp()) {
                    set(FlowKey.IP, 0xffL << 40, (set.ttl() & 0xffL) << 40, KeyField.STORE_TTL, steps);
                }
            }
            case Action.Resubmit resubmit -> walk.resubmit(resubmit, steps);
            case Action.Ct ct -> track(ct, steps);
            case Action.CtClear clear -> {
                steps.add(Step.trackClear());
                for (int word = FlowKey.CT_STATE; word < FlowKey.WORDS; word++) {
                    walk.bits().write(word, -1);
                    key()[word] = 0;
                }
            }
            // Without queues and meaning for the packet; the others are refused before they get here.
            default -> {}
        }
    }

    private long[] key() {
        return walk.key().words;
    }

    private int inPort() {
        return walk.key().inPort();
    }

    private void output(Action.Output output, List<Step> steps) {
        switch (output.port()) {
            case OpenFlow.PORT_IN_PORT -> outputTo(inPort(), steps);
            case OpenFlow.PORT_ALL, OpenFlow.PORT_FLOOD -> {
                for (PortSlot port : walk.snapshot().ports().values()) {
                    if (port.number() != inPort() && port.forwards()) {
                        steps.add(Step.output(port));
                    }
                }
            }
            case OpenFlow.PORT_CONTROLLER -> {
                PortSlot in = walk.snapshot().port(inPort());
                if (in == null || in.sendsPacketIns()) {
                    steps.add(Step.controller(walk.punt(output.maxLengthBytes())));
                }
            }
            case OpenFlow.PORT_TABLE -> walk.walkToEnd(0, steps);
            default -> {
                // Back to where it came from only by IN_PORT's name (OpenFlow 1.3.5 section 4.5).
                if (output.port() != inPort()) {
                    outputTo(output.port(), steps);
                }
            }
        }
    }

    private void outputTo(int number, List<Step> steps) {
        if (number == OpenFlow.PORT_LOCAL) {
            steps.add(Step.local());
            return;
        }
        PortSlot port = walk.snapshot().port(number);
        if (port == null) {
            steps.add(Step.drop(DropReason.NO_PORT));
        } else if (!port.forwards()) {
            steps.add(Step.drop(DropReason.POLICY));
        } else {
            steps.add(Step.output(port));
        }
    }

    /** Writes bits of one key word, in the program and in the walk's key. */
    void set(int word, long mask, long value, int store, List<Step> steps) {
        steps.add(Step.set(word, mask, value, store));
        walk.bits().write(word, mask);
        key()[word] = key()[word] & ~mask | value;
    }

    private void setField(Action.SetField set, List<Step> steps) {
        KeyField field = KeyField.of(set.field());
        if (field == null || !holds(field)) {
            return;
        }
        if (field.isWide()) {
            set(field.word(), field.oxm().maxHigh(), set.high(), KeyField.STORE_NONE, steps);
            set(field.word() + 1, field.oxm().maxLow(), set.low(), field.store(), steps);
        } else {
            long mask = withoutPresence(field, field.highMask());
            set(field.word(), mask, set.low() << field.shift() & mask, field.store(), steps);
        }
    }

    private void load(Action.RegLoad load, List<Step> steps) {
        KeyField field = KeyField.of(load.destination());
        if (field == null || !holds(field)) {
            return;
        }
        int done = 0;
        while (done < load.bits()) {
            int bit = load.offset() + done;
            int bits = chunk(field, bit, load.bits() - done);
            int shift = field.shiftOf(bit);
            long mask = withoutPresence(field, ones(bits) << shift);
            boolean end = done + bits == load.bits();
            set(field.wordOf(bit), mask, load.value() >>> done << shift & mask, end ? field.store() : 0, steps);
            done += bits;
        }
    }

    private void move(Action.RegMove move, List<Step> steps) {
        KeyField source = KeyField.of(move.source());
        KeyField target = KeyField.of(move.destination());
        if (source == null || target == null || !holds(target)) {
            return;
        }
        int done = 0;
        while (done < move.bits()) {
            int from = move.sourceOffset() + done;
            int to = move.destinationOffset() + done;
            int bits = Math.min(chunk(source, from, move.bits() - done), chunk(target, to, move.bits() - done));
            int rotation = target.shiftOf(to) - source.shiftOf(from);
            long mask = withoutPresence(target, ones(bits) << target.shiftOf(to));
            int store = done + bits == move.bits() ? target.store() : KeyField.STORE_NONE;
            int sourceWord = source.wordOf(from);
            int word = target.wordOf(to);
            steps.add(Step.move(sourceWord, rotation, word, mask, store));
            walk.bits().look(sourceWord, Long.rotateRight(mask, rotation));
            walk.bits().write(word, mask);
            key()[word] = key()[word] & ~mask | Long.rotateLeft(key()[sourceWord], rotation) & mask;
            done += bits;
        }
    }

    /** How many of {@code bits} bits from {@code bit} on stand in one word. */
    private static int chunk(KeyField field, int bit, int bits) {
        return field.isWide() ? Math.min(bits, 64 - (bit & 63)) : bits;
    }

    private static long ones(int bits) {
        return bits == 64 ? -1 : (1L << bits) - 1;
    }

    /** A tag's presence is changed by pushing and popping only. */
    private static long withoutPresence(KeyField field, long mask) {
        return field.store() == KeyField.STORE_VLAN ? mask & ~FlowKey.VLAN_PRESENT : mask;
    }

    private void pushVlan(int tpid, List<Step> steps) {
        long[] key = key();
        changeTags();
        long tci = key[FlowKey.ETH_SRC] & 0xffff;
        long tags = key[FlowKey.VLAN] >>> 16 & 0xffff;
        steps.add(Step.pushVlan(tpid));
        key[FlowKey.VLAN] = Math.min(tags + 1, 2) << 16 | tci;
        key[FlowKey.ETH_SRC] |= FlowKey.VLAN_PRESENT;
    }

    private void popVlan(List<Step> steps) {
        long[] key = key();
        if ((key[FlowKey.ETH_SRC] & FlowKey.VLAN_PRESENT) != 0) {
            steps.add(Step.popVlan());
            changeTags();
            key[FlowKey.ETH_SRC] = key[FlowKey.ETH_SRC] & ~0xffffL | key[FlowKey.VLAN] & 0xffff;
            key[FlowKey.VLAN] = (key[FlowKey.ETH_SRC] & FlowKey.VLAN_PRESENT) << 4;
        }
    }

    private void changeTags() {
        walk.bits().lookAtTags();
        walk.bits().change(FlowKey.ETH_SRC, 0xffff);
        walk.bits().change(FlowKey.VLAN, -1);
    }

    private void decrementTtl(List<Step> steps) {
        if (isIp()) {
            steps.add(Step.decrementTtl());
            walk.bits().change(FlowKey.IP, 0xffL << 40);
            long ttl = key()[FlowKey.IP] >>> 40 & 0xff;
            key()[FlowKey.IP] = key()[FlowKey.IP] & ~(0xffL << 40) | Math.max(0, ttl - 1) << 40;
        }
    }

    private boolean isIp() {
        int type = walk.key().etherType();
        return type == Ethernet.TYPE_IPV4 || type == Ethernet.TYPE_IPV6;
    }

    /** Whether the packet has the field, so that it can be written. */
    private boolean holds(KeyField field) {
        int type = walk.key().etherType();
        int protocol = walk.key().ipProtocol();
        boolean firstFragment = (key()[FlowKey.IP] >>> 32 & FlowKey.FRAGMENT_LATER) == 0;
        return switch (field.store()) {
            case KeyField.STORE_VLAN -> (key()[FlowKey.ETH_SRC] & FlowKey.VLAN_PRESENT) != 0;
            case KeyField.STORE_TRAFFIC_CLASS, KeyField.STORE_PROTOCOL, KeyField.STORE_TTL -> isIp();
            case KeyField.STORE_IPV4_SRC, KeyField.STORE_IPV4_DST -> type == Ethernet.TYPE_IPV4;
            case KeyField.STORE_IPV6_SRC, KeyField.STORE_IPV6_DST, KeyField.STORE_FLOW_LABEL ->
                type == Ethernet.TYPE_IPV6;
            case KeyField.STORE_ARP -> type == Ethernet.TYPE_ARP;
            case KeyField.STORE_SRC_PORT, KeyField.STORE_DST_PORT ->
                isIp()
                        && firstFragment
                        && (protocol == IpProtocol.TCP || protocol == IpProtocol.UDP || protocol == IpProtocol.SCTP);
            case KeyField.STORE_TCP_FLAGS -> isIp() && firstFragment && protocol == IpProtocol.TCP;
            case KeyField.STORE_ICMP ->
                firstFragment
                        && protocol == (type == Ethernet.TYPE_IPV4 ? IpProtocol.ICMP : IpProtocol.ICMPV6)
                        && isIp();
            case KeyField.STORE_ND -> isNeighborDiscovery(protocol);
            default -> true;
        };
    }

    private boolean isNeighborDiscovery(int protocol) {
        walk.bits().lookAtIcmpType(protocol);
        int icmpType = walk.key().sourcePort();
        return protocol == IpProtocol.ICMPV6
                && (icmpType == Icmpv6.NEIGHBOR_SOLICITATION || icmpType == Icmpv6.NEIGHBOR_ADVERTISEMENT);
    }

    private void group(int id, List<Step> steps) {
        GroupEntry group = walk.snapshot().group(id);
        if (group == null || group.buckets.isEmpty()) {
            steps.add(Step.drop(DropReason.NO_BUCKET));
            return;
        }
        if (!walk.enter()) {
            steps.add(Step.drop(DropReason.LOOP));
            return;
        }
        long[] before = key().clone();
        long[] writtenBefore = walk.bits().written();
        Step[][] buckets = new Step[group.buckets.size()][];
        Step.Watch[] watches = new Step.Watch[buckets.length];
        boolean anySends = group.type != GroupType.ALL;
        for (int i = 0; i < buckets.length; i++) {
            List<Step> bucket = new ArrayList<>();
            compile(ActionSet.ordered(group.buckets.get(i).actions()), bucket);
            // An ALL bucket that does nothing (it leads back to where the packet came from) is no drop.
            boolean idle = group.type == GroupType.ALL && !sendsAnything(bucket);
            anySends |= !idle;
            buckets[i] = idle ? Step.NONE : finish(bucket, DropReason.POLICY);
            watches[i] = watch(group.buckets.get(i), 0);
            System.arraycopy(before, 0, key(), 0, before.length);
            walk.bits().written(writtenBefore);
        }
        walk.leave();
        if (anySends) {
            steps.add(Step.group(new Step.GroupPlan(group, group.type, buckets, watches)));
        }
    }

    /** What a bucket watches, through the groups it watches. */
    private Step.Watch watch(Bucket bucket, int level) {
        List<PortSlot> ports = new ArrayList<>();
        boolean watchesPort = bucket.watchPort() != OpenFlow.PORT_ANY;
        boolean watchesGroup = bucket.watchGroup() != OpenFlow.GROUP_ANY;
        PortSlot port = watchesPort ? walk.snapshot().port(bucket.watchPort()) : null;
        if (port != null) {
            ports.add(port);
        }
        GroupEntry other = watchesGroup ? walk.snapshot().group(bucket.watchGroup()) : null;
        if (other != null && level < MAX_WATCH_LEVEL) {
            for (Bucket inner : other.buckets) {
                Step.Watch more = watch(inner, level + 1);
                if (more.isAlwaysLive()) {
                    return more;
                }
                ports.addAll(more.ports());
            }
        }
        return new Step.Watch(!watchesPort && !watchesGroup, ports);
    }

    private void track(Action.Ct ct, List<Step> steps) {
        List<Step> exec = new ArrayList<>();
        boolean nat = false;
        TrackPlan.NatRange range = null;
        long[] before = key().clone();
        long[] writtenBefore = walk.bits().written();
        for (Action nested : ct.actions()) {
            if (nested instanceof Action.Nat translation) {
                nat = true;
                range = TrackPlan.NatRange.of(translation);
            } else {
                compile(nested, exec);
            }
        }
        System.arraycopy(before, 0, key(), 0, before.length);
        walk.bits().written(writtenBefore);
        TrackPlan.ZoneField zoneField = null;
        OxmField zoneSource = ct.zoneSource();
        KeyField source = zoneSource == null ? null : KeyField.of(zoneSource);
        if (source != null) {
            int bit = ct.zone() >>> 6;
            zoneField = new TrackPlan.ZoneField(source.wordOf(bit), source.shiftOf(bit), (ct.zone() & 63) + 1);
        }
        int recirculation = ct.recircTable() == Action.Ct.NO_RECIRC ? 0 : walk.recirculation(ct.recircTable());
        if (recirculation == Recirculations.NONE_LEFT) {
            steps.add(Step.drop(DropReason.LOOP));
            return;
        }
        boolean force = (ct.flags() & Action.Ct.FORCE) != 0;
        steps.add(Step.track(new TrackPlan(
                ct.isCommit(), force, ct.zone(), zoneField, nat, range, exec.toArray(Step[]::new), recirculation)));
    }

    private static boolean sendsAnything(List<Step> steps) {
        for (Step step : steps) {
            boolean tracksOnly = step.op == Step.TRACK && step.track().recirculation() == 0;
            if (!step.onlyChanges() && !tracksOnly && step.op != Step.DEC_TTL) {
                return true;
            }
        }
        return false;
    }

    /**
     * Readies a list for execution on a frame that it uses up: cuts off changes that nobody sees, marks the last step, and
     * lets what needs a frame of its own in the middle run on a copy.
     *
     * @param idle why the frame is dropped when the list sends it nowhere
     */
    static Step[] finish(List<Step> raw, DropReason idle) {
        List<Step> steps = new ArrayList<>(raw);
        if (!sendsAnything(steps)) {
            steps.add(Step.drop(idle));
        }
        removeUnseen(steps);
        while (!steps.isEmpty() && steps.getLast().onlyChanges()) {
            steps.removeLast();
        }
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            boolean usesUp = step.op == Step.GROUP
                    || step.op == Step.TRACK && step.track().recirculation() != 0;
            if (i == steps.size() - 1) {
                steps.set(i, step.asLast());
            } else if (usesUp) {
                steps.set(i, Step.onCopy(new Step[] {step.asLast()}));
            }
        }
        return steps.toArray(Step[]::new);
    }

    /** Registers and metadata matter only to what looks at the key while the program runs. */
    private static void removeUnseen(List<Step> steps) {
        for (Step step : steps) {
            switch (step.op) {
                case Step.TRACK, Step.GROUP, Step.CLONE, Step.CONTROLLER, Step.MOVE -> {
                    return;
                }
                default -> {}
            }
        }
        steps.removeIf(step -> step.op == Step.SET
                && (step.word == FlowKey.METADATA || step.word >= FlowKey.REGISTERS && step.word < FlowKey.CT_STATE));
    }
}
