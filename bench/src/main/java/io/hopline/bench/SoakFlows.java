package io.hopline.bench;

import io.hopline.openflow.Action;
import io.hopline.openflow.Bucket;
import io.hopline.openflow.ErrorMessage;
import io.hopline.openflow.FlowMod;
import io.hopline.openflow.GroupMod;
import io.hopline.openflow.GroupStats;
import io.hopline.openflow.GroupType;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.MultipartReply;
import io.hopline.openflow.MultipartRequest;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OpenFlowAddress;
import io.hopline.openflow.OpenFlowConnection;
import io.hopline.openflow.OpenFlowMessage;
import io.hopline.openflow.OxmField;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.MacAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * One switch's flows: forwarding by address, flooding by one ALL group per input port, IPv4's TCP through connection
 * tracking; and changes of them that leave every frame a way, or drop it under a name. One thread.
 */
final class SoakFlows implements AutoCloseable {
    private static final int VNI = 77;
    private static final int ZONE = 7;
    private static final int TRACKED_TABLE = 1;
    private static final int CHURN_GROUP = 1_000;
    private static final int FORWARD_PRIORITY = 100;
    private static final int TRACK_PRIORITY = 200;
    private static final int CHURN_PRIORITY = 300;
    private static final int UNRELATED_FLOWS = 50;
    private static final int ETH_IPV4 = 0x0800;
    private static final int ETH_IPV6 = 0x86dd;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int ICMP = 1;

    private final OpenFlowConnection connection;
    private final Map<MacAddress, List<Action>> ways;
    private final SoakCounts counts;

    /**
     * Connects to a switch.
     *
     * @param ways how to get to each guest
     */
    SoakFlows(String address, Map<MacAddress, List<Action>> ways, SoakCounts counts) throws IOException {
        this.connection = OpenFlowConnection.connect(OpenFlowAddress.parse(address));
        this.ways = Map.copyOf(ways);
        this.counts = counts;
    }

    /** Actions that send a frame to the tunnel. */
    static List<Action> tunnel(int port, Ipv4Address vtep) {
        return List.of(
                Action.set(OxmField.TUNNEL_ID, VNI), Action.set(OxmField.TUN_IPV4_DST, vtep), Action.output(port));
    }

    /**
     * Programs the switch.
     *
     * @param floods per input port, the ways that a broadcast takes
     */
    void program(Map<Integer, List<List<Action>>> floods) throws IOException {
        for (int table : List.of(0, TRACKED_TABLE)) {
            for (Map.Entry<MacAddress, List<Action>> way : ways.entrySet()) {
                Match match = Match.builder().ethDst(way.getKey()).build();
                flow(FlowMod.add(table).priority(FORWARD_PRIORITY).match(match), way.getValue());
            }
        }
        for (Map.Entry<Integer, List<List<Action>>> flood : floods.entrySet()) {
            List<Bucket> buckets = new ArrayList<>();
            flood.getValue().forEach(actions -> buckets.add(Bucket.of(actions.toArray(Action[]::new))));
            send(GroupMod.add(GroupType.ALL, flood.getKey(), buckets));
            Match match = Match.builder().inPort(flood.getKey()).ethDstGroup().build();
            flow(FlowMod.add(0).priority(FORWARD_PRIORITY).match(match), List.of(new Action.Group(flood.getKey())));
        }
        Match tcp = Match.builder().ethType(ETH_IPV4).ipProto(TCP).build();
        flow(FlowMod.add(0).priority(TRACK_PRIORITY).match(tcp), List.of(Action.Ct.commit(ZONE, TRACKED_TABLE)));
        barrier();
    }

    /** Makes one change of some kind, waits until the worker has it, and takes it back after a while. */
    void churn(RandomGenerator random) throws IOException, InterruptedException {
        switch (random.nextInt(4)) {
            case 0 -> unrelated(random);
            case 1 -> throughGroup(random);
            case 2 -> dropped(random);
            default -> bypassTracking(random);
        }
    }

    /** Flows for addresses nobody has. */
    private void unrelated(RandomGenerator random) throws IOException {
        List<Match> matches = new ArrayList<>();
        for (int i = 0; i < UNRELATED_FLOWS; i++) {
            Match match = Match.builder()
                    .ethDst(new MacAddress(0x0600_0000_0000L | random.nextInt() & 0xffff_ffffL))
                    .build();
            matches.add(match);
            flow(FlowMod.add(0).priority(random.nextInt(1, 65_536)).match(match), List.of());
        }
        barrier();
        for (Match match : matches) {
            flow(FlowMod.delete(0).match(match), List.of());
        }
        barrier();
    }

    /** One guest's UDP goes through a group of one or more equal buckets, which is changed and deleted under way. */
    private void throughGroup(RandomGenerator random) throws IOException, InterruptedException {
        MacAddress guest = guest(random);
        Action[] way = way(guest);
        GroupType type = random.nextBoolean() ? GroupType.SELECT : GroupType.INDIRECT;
        // Only a SELECT group weighs its buckets, and one of weight 0 gets nothing.
        Bucket bucket = type == GroupType.SELECT ? Bucket.weighted(2, way) : Bucket.of(way);
        send(GroupMod.add(type, CHURN_GROUP, List.of(bucket)));
        int ethType = random.nextBoolean() ? ETH_IPV4 : ETH_IPV6;
        Match match =
                Match.builder().ethDst(guest).ethType(ethType).ipProto(UDP).build();
        flow(FlowMod.add(0).priority(CHURN_PRIORITY).match(match), List.of(new Action.Group(CHURN_GROUP)));
        barrier();
        linger(random);
        if (type == GroupType.SELECT) {
            send(GroupMod.modify(type, CHURN_GROUP, List.of(Bucket.weighted(1, way), Bucket.weighted(3, way))));
            barrier();
            linger(random);
        }
        // Takes the flow along.
        send(GroupMod.delete(CHURN_GROUP));
        barrier();
    }

    /** One guest gets no ICMP for a moment. */
    private void dropped(RandomGenerator random) throws IOException, InterruptedException {
        Match match = Match.builder()
                .ethDst(guest(random))
                .ethType(ETH_IPV4)
                .ipProto(ICMP)
                .build();
        whileThere(match, List.of(), random);
    }

    /** One guest's TCP is not tracked for a moment. */
    private void bypassTracking(RandomGenerator random) throws IOException, InterruptedException {
        MacAddress guest = guest(random);
        Match match =
                Match.builder().ethDst(guest).ethType(ETH_IPV4).ipProto(TCP).build();
        whileThere(match, List.of(way(guest)), random);
    }

    private void whileThere(Match match, List<Action> actions, RandomGenerator random)
            throws IOException, InterruptedException {
        flow(FlowMod.add(0).priority(CHURN_PRIORITY).match(match), actions);
        barrier();
        linger(random);
        flow(FlowMod.deleteStrict(0).priority(CHURN_PRIORITY).match(match), List.of());
        barrier();
    }

    private static void linger(RandomGenerator random) throws InterruptedException {
        Thread.sleep(random.nextInt(20, 300));
    }

    private MacAddress guest(RandomGenerator random) {
        List<MacAddress> all = ways.keySet().stream()
                .sorted(Comparator.comparingLong(MacAddress::bits))
                .toList();
        return all.get(random.nextInt(all.size()));
    }

    private Action[] way(MacAddress guest) {
        return ways.getOrDefault(guest, List.of()).toArray(Action[]::new);
    }

    private void flow(FlowMod.Builder flow, List<Action> actions) throws IOException {
        send(flow.instructions(new Instruction.ApplyActions(actions)).build());
    }

    private void send(OpenFlowMessage message) throws IOException {
        connection.send(connection.nextXid(), message);
        counts.flowMods.incrementAndGet();
    }

    private void barrier() throws IOException {
        int xid = connection.nextXid();
        connection.send(xid, new OpenFlowMessage.BarrierRequest());
        await(xid);
    }

    /** The answer to a request; errors that come before it are noted. */
    private OpenFlowMessage await(int xid) throws IOException {
        while (true) {
            OpenFlowConnection.Received received = connection.receive();
            if (received.message() instanceof ErrorMessage error) {
                counts.problem("the switch refuses: " + error);
            }
            if (received.xid() == xid) {
                return received.message();
            }
        }
    }

    /** Copies that the flood groups have made so far, beyond the frames that went into them. */
    long copies() throws IOException {
        int xid = connection.nextXid();
        connection.send(xid, new MultipartRequest(new MultipartRequest.Groups(OpenFlow.GROUP_ALL)));
        long copies = 0;
        while (true) {
            if (!(await(xid) instanceof MultipartReply reply)
                    || !(reply.report() instanceof MultipartReply.Groups groups)) {
                throw new IOException("no group statistics");
            }
            for (GroupStats group : groups.groups()) {
                copies += group.buckets().stream()
                                .mapToLong(GroupStats.BucketStats::packets)
                                .sum()
                        - group.packets();
            }
            if (!reply.more()) {
                return copies;
            }
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
