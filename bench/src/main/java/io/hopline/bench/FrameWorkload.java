package io.hopline.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Frames between two guests: TCP by iperf3, round trips by sockperf, UDP by a sender of our own. */
final class FrameWorkload implements Workload {
    @Override
    public int guests() {
        return 2;
    }

    @Override
    public List<String> programs() {
        return List.of("ip", "ss", "nsenter", "ethtool", "iperf3", "sockperf");
    }

    @Override
    public List<String> packages() {
        return List.of("iproute2", "util-linux", "ethtool", "iperf3", "sockperf");
    }

    @Override
    public Map<String, String> facts() {
        var facts = new LinkedHashMap<String, String>();
        facts.put("Open vSwitch", Machine.firstLine("ovs-vswitchd", "--version"));
        facts.put("iperf3", Machine.firstLine("iperf3", "--version"));
        facts.put("sockperf", Machine.firstLine("sockperf", "--version"));
        facts.put(
                "load",
                "iperf3 -t -O 1; sockperf ping-pong --tcp -m 200, its one-way figures doubled to round trips; UDP by an "
                        + "open-loop sender in bursts of up to 32 frames, guests' UDP segmentation offload off");
        return facts;
    }

    @Override
    public List<Measure> measures(boolean quick) {
        return List.of(
                TcpThroughput.oneStream(),
                TcpThroughput.fourStreams(),
                TcpThroughput.manyStreams(),
                new RequestResponse(),
                new PacketCost(),
                UdpRate.smallest(),
                UdpRate.large(),
                new ResidentMemory(quick));
    }

    @Override
    public Load start(Rig rig) throws Exception {
        rig.configureGuests();
        UdpLoad udp = UdpLoad.start(rig);
        udp.awaitPath();
        return udp;
    }
}
