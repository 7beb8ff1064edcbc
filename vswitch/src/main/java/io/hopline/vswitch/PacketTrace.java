package io.hopline.vswitch;

import io.hopline.openflow.FieldMatch;
import io.hopline.openflow.FlowText;
import io.hopline.openflow.FlowTrace;
import io.hopline.openflow.FlowTrace.Kind;
import io.hopline.openflow.GroupType;
import io.hopline.openflow.OxmField;
import io.hopline.packet.DropReason;
import io.hopline.packet.Frame;
import io.hopline.packet.FrameHeaders;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Vlan;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Takes one packet through the tables and writes down what happens, as {@link ActionRunner} would do it: by the same
 * classifier, the same translation, the same groups and the connections of now. Nothing is sent, counted or remembered, and
 * the worker's caches are not asked. Worker thread only; used once.
 */
final class PacketTrace {
    /** As in the data path. */
    private static final int MAX_TURNS = 16;

    private static final int MAX_DEPTH = 32;

    private final Snapshot snapshot;
    private final Conntrack conntrack;
    private final Frame frame;
    private final long nowNs;
    private final FlowKey key = new FlowKey();
    private final HeaderWriter writer = new HeaderWriter();
    private final Translator translator = new Translator(new Recirculations(), this::looked);
    private final List<FlowTrace.Step> steps = new ArrayList<>();
    private int level;
    private int tableId;
    private int turns;

    /** @param frame to be used as the packet; stays the caller's */
    PacketTrace(Snapshot snapshot, Conntrack conntrack, Frame frame, long nowNs) {
        this.snapshot = snapshot;
        this.conntrack = conntrack;
        this.frame = frame;
        this.nowNs = nowNs;
    }

    /**
     * What would become of a packet, by the first worker's tables and the connections of now; done between two turns of the
     * worker.
     *
     * @throws io.hopline.openflow.OpenFlowException when too much waits for the worker already
     */
    static CompletableFuture<List<FlowTrace.Step>> of(VirtualSwitch virtualSwitch, FlowTrace.Request request) {
        CompletableFuture<List<FlowTrace.Step>> answer = new CompletableFuture<>();
        virtualSwitch.ask(new Datapath.Command.Trace(request, answer));
        return answer;
    }

    List<FlowTrace.Step> trace(FlowTrace.Request request) {
        byte[] bytes = request.frame().toArray();
        if (bytes.length > Frame.MAX_BYTES) {
            note(Kind.DROP, "a frame of " + bytes.length + " bytes is too long");
            return steps;
        }
        frame.length(bytes.length);
        MemorySegment.copy(bytes, 0, frame.memory(), ValueLayout.JAVA_BYTE, frame.offset(), bytes.length);
        frame.inPort(pipeline(request, OxmField.IN_PORT));
        if (key.extract(frame) == FrameHeaders.Verdict.BAD_ETHERNET) {
            note(Kind.DROP, "the frame is no Ethernet frame: " + DropReason.MALFORMED.label());
            return steps;
        }
        for (FieldMatch field : request.pipeline().fields()) {
            load(field);
        }
        forward();
        return steps;
    }

    private static int pipeline(FlowTrace.Request request, OxmField field) {
        FieldMatch found = request.pipeline().find(field);
        return found == null ? 0 : (int) found.low();
    }

    /** Writes a pipeline field of up to 64 bits, such as a tunnel's, into the key. */
    private void load(FieldMatch given) {
        KeyField field = KeyField.of(given.field());
        if (field == null || field.isWide()) {
            return;
        }
        int word = field.wordOf(0);
        key.words[word] = key.words[word] & ~field.highMask() | given.low() << field.shiftOf(0) & field.highMask();
    }

    /** Looks the packet up and runs what it finds, until it is gone. */
    private void forward() {
        int before = level;
        boolean again = true;
        while (again) {
            if (++turns > MAX_TURNS || steps.size() >= FlowTrace.MAX_STEPS) {
                note(Kind.DROP, DropReason.LOOP.label());
                break;
            }
            again = run(translator.translate(snapshot, key).steps);
            level += again ? 1 : 0;
        }
        level = before;
    }

    private void looked(int table, int depth, @Nullable FlowEntry flow) {
        tableId = table;
        if (flow == null) {
            add(Kind.MISS, level + depth, "no flow matches");
        } else {
            add(
                    Kind.FLOW,
                    level + depth,
                    FlowText.flow(flow.stats(flow.addedNs)) + " actions=" + FlowText.instructions(flow.instructions));
        }
    }

    private void note(Kind kind, String text) {
        add(kind, level, text);
    }

    private void add(Kind kind, int depth, String text) {
        if (steps.size() < FlowTrace.MAX_STEPS) {
            steps.add(new FlowTrace.Step(kind, Math.min(depth, 255), tableId, text));
        }
    }

    /** @return true when the packet is to be looked up again with its key as it is now */
    private boolean run(Step[] program) {
        for (Step step : program) {
            switch (step.op) {
                case Step.SET, Step.MOVE -> {
                    step.applyTo(key.words);
                    if (step.store != KeyField.STORE_NONE) {
                        writer.store(step.store, key, frame);
                    }
                }
                case Step.OUTPUT -> output(step.port());
                case Step.DEC_TTL -> {
                    if (!decrementTtl()) {
                        note(Kind.DROP, DropReason.TTL_EXPIRED.label());
                        return false;
                    }
                }
                case Step.TRACK -> {
                    if (track(step.track())) {
                        return true;
                    }
                }
                case Step.GROUP -> {
                    return group(step.group());
                }
                default -> other(step);
            }
        }
        return false;
    }

    private void other(Step step) {
        switch (step.op) {
            case Step.PUSH_VLAN -> {
                int tci = key.headers.vlanTags() == 0 ? 0 : Vlan.tci(frame.memory(), frame.offset() + 12);
                Vlan.push(frame, (int) step.value, tci);
                key.reparse(frame);
            }
            case Step.POP_VLAN -> {
                if (key.headers.vlanTags() != 0) {
                    Vlan.pop(frame);
                    key.reparse(frame);
                }
            }
            case Step.TRACK_CLEAR -> Arrays.fill(key.words, FlowKey.CT_STATE, FlowKey.WORDS, 0);
            case Step.CLONE -> onCopy(step.steps);
            case Step.CONTROLLER -> note(Kind.OUTPUT, "to the controllers");
            case Step.LOCAL -> note(Kind.OUTPUT, "to the node itself, which answers DHCP and the like");
            case Step.DROP -> note(Kind.DROP, step.dropReason().label());
            default -> throw new IllegalStateException("no step has op " + step.op);
        }
    }

    private void output(PortSlot slot) {
        String port = "port " + Integer.toUnsignedString(slot.number()) + " ("
                + slot.port().name() + ")";
        if (!slot.port().isUp()) {
            note(Kind.DROP, port + " is down");
            return;
        }
        String tunnel = key.words[FlowKey.TUNNEL_ID] == 0 ? "" : ", tunnel id " + key.words[FlowKey.TUNNEL_ID];
        int vtep = (int) key.words[FlowKey.TUNNEL_ADDRESSES];
        String to = vtep == 0 ? "" : " to " + new Ipv4Address(vtep);
        note(Kind.OUTPUT, "to " + port + tunnel + to);
    }

    private boolean decrementTtl() {
        int ttl = (int) (key.words[FlowKey.IP] >>> 40) & 0xff;
        if (ttl <= 1) {
            return key.headers.ipVersion() == 0;
        }
        key.words[FlowKey.IP] -= 1L << 40;
        HeaderWriter.storeTtl(key, frame, ttl - 1);
        return true;
    }

    private boolean track(TrackPlan plan) {
        long[] before = key.words.clone();
        int zone = plan.zone(key);
        boolean known = conntrack.peek(plan, key, frame);
        String state = FlowText.connectionState((int) (key.words[FlowKey.CT_STATE] >>> 32));
        String translated =
                before[FlowKey.IPV4] == key.words[FlowKey.IPV4] && before[FlowKey.PORTS] == key.words[FlowKey.PORTS]
                        ? ""
                        : ", translated to " + endpoint(true) + " -> " + endpoint(false);
        note(
                Kind.NOTE,
                "connection tracking in zone " + zone + ": " + (known ? "known" : "not known") + ", ct_state=" + state
                        + translated);
        if (plan.recirculation() == 0) {
            System.arraycopy(before, FlowKey.CT_STATE, key.words, FlowKey.CT_STATE, 4);
            return false;
        }
        key.recirculation(plan.recirculation());
        return true;
    }

    private String endpoint(boolean source) {
        int ip = source ? key.ipv4Source() : key.ipv4Destination();
        return new Ipv4Address(ip) + ":" + (source ? key.sourcePort() : key.destinationPort());
    }

    private boolean group(Step.GroupPlan plan) {
        GroupEntry group = plan.entry();
        int buckets = plan.buckets().length;
        int chosen = switch (plan.type()) {
            case SELECT ->
                group.affinityNs == 0
                        ? group.selector.select(key.flowHash(group.balancesConnections))
                        : conntrack.peekBucket(group, key, nowNs);
            case FAST_FAILOVER -> ActionRunner.firstLive(plan.watches());
            case INDIRECT -> 0;
            case ALL -> {
                for (int i = 0; i < buckets - 1; i++) {
                    bucket(plan, i);
                    onCopy(plan.buckets()[i]);
                }
                yield buckets - 1;
            }
        };
        if (chosen < 0 || chosen >= buckets) {
            note(Kind.DROP, "group " + Integer.toUnsignedString(group.id) + ": " + DropReason.NO_BUCKET.label());
            return false;
        }
        bucket(plan, chosen);
        level++;
        boolean again = run(plan.buckets()[chosen]);
        level--;
        return again;
    }

    private void bucket(Step.GroupPlan plan, int chosen) {
        GroupEntry group = plan.entry();
        String how = plan.type() != GroupType.SELECT
                ? ""
                : group.affinityNs == 0 ? " by its hash" : " by its client's address";
        note(
                Kind.NOTE,
                "group " + Integer.toUnsignedString(group.id) + ": bucket " + (chosen + 1) + " of "
                        + plan.buckets().length + how + ", actions="
                        + FlowText.actions(group.buckets.get(chosen).actions()));
    }

    /** What happens to a copy; the packet and its key are as before after it. */
    private void onCopy(Step[] program) {
        if (level >= MAX_DEPTH) {
            note(Kind.DROP, DropReason.LOOP.label());
            return;
        }
        long[] words = key.words.clone();
        byte[] bytes = frame.memory().asSlice(frame.offset(), frame.length()).toArray(ValueLayout.JAVA_BYTE);
        long offset = frame.offset();
        level++;
        if (run(program)) {
            forward();
        }
        level--;
        if (frame.offset() < offset) {
            frame.pull((int) (offset - frame.offset()));
        } else if (frame.offset() > offset) {
            frame.push((int) (frame.offset() - offset));
        }
        frame.length(bytes.length);
        MemorySegment.copy(bytes, 0, frame.memory(), ValueLayout.JAVA_BYTE, frame.offset(), bytes.length);
        System.arraycopy(words, 0, key.words, 0, FlowKey.WORDS);
        key.headers.parse(frame);
    }
}
