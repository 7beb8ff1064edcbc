package io.hopline.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.packet.Batch;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Ipv6Address;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import io.hopline.packet.PortCounters;
import io.hopline.vswitch.HopRecorder;
import io.hopline.vswitch.OpenFlowAgent;
import io.hopline.vswitch.SelectorFactory;
import io.hopline.vswitch.VirtualSwitch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** A host without a kernel: a whole switch with ports made of lists, whose worker is the test. */
final class WalkHost implements AutoCloseable {
    private static final int FRAMES = 256;

    final String name;
    final IpAddress vtep;
    final VirtualSwitch control;
    final OpenFlowAgent agent;
    final List<byte[]> local = new CopyOnWriteArrayList<>();
    private final FramePool pool = FramePool.of(FRAMES);
    private final Map<String, ListPort> ports = new LinkedHashMap<>();
    private final Batch batch = new Batch();

    WalkHost(String name, long dpid, String vtep) {
        this.name = name;
        this.vtep = IpAddress.parse(vtep);
        control = new VirtualSwitch(
                List.of(new VirtualSwitch.WorkerParts(pool, HopRecorder.NONE, () -> {})),
                SelectorFactory.RENDEZVOUS,
                (frame, inPort) -> local.add(frame),
                WalkHost::realtimeNs);
        control.start();
        agent = new OpenFlowAgent(control, dpid, "node " + name);
    }

    private static long realtimeNs() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    WalkHost port(String portName, int number) {
        ListPort port = new ListPort(portName, number);
        ports.put(portName, port);
        control.addPort(number, port);
        return this;
    }

    void removePort(String portName) {
        ListPort port = port(portName);
        ports.remove(portName);
        control.removePort(port.number);
    }

    private ListPort port(String portName) {
        ListPort port = ports.get(portName);
        if (port == null) {
            throw new AssertionError("host " + name + " has no port " + portName);
        }
        return port;
    }

    /** Applies what the control side has ready. */
    void poll() {
        control.datapaths().getFirst().poll();
    }

    void receive(String portName, byte[] bytes) {
        receive(portName, bytes, 0, new Ipv4Address(0));
    }

    private void receive(String portName, byte[] bytes, long tunnelId, IpAddress tunnelSource) {
        Frame frame = pool.acquire();
        if (frame == null) {
            throw new AssertionError("the pool of " + name + " is empty: slots leak");
        }
        frame.length(bytes.length);
        MemorySegment.copy(bytes, 0, frame.memory(), ValueLayout.JAVA_BYTE, frame.offset(), bytes.length);
        frame.inPort(port(portName).number);
        frame.tunnelId(tunnelId);
        switch (tunnelSource) {
            case Ipv4Address ipv4 -> frame.tunnelSource(ipv4.bits());
            case Ipv6Address ipv6 -> frame.tunnelSource(ipv6.high(), ipv6.low());
        }
        batch.add(frame);
        control.datapaths().getFirst().process(batch);
    }

    /** Carries what stands in this host's tunnel to the host it is for; says whether there was something. */
    boolean carryTo(List<WalkHost> hosts) {
        ListPort tunnel = port("vxlan0");
        boolean carried = !tunnel.sent.isEmpty();
        for (Sent sent = tunnel.sent.poll(); sent != null; sent = tunnel.sent.poll()) {
            for (WalkHost host : hosts) {
                if (host.vtep.equals(sent.tunnelDestination)) {
                    assertThat(host).as("a frame tunnelled to its own host").isNotSameAs(this);
                    host.receive("vxlan0", sent.bytes, sent.tunnelId, vtep);
                }
            }
        }
        return carried;
    }

    /** Frames that left by a port since the last call. */
    List<byte[]> sent(String portName) {
        List<byte[]> frames = new ArrayList<>();
        ArrayDeque<Sent> sent = port(portName).sent;
        while (!sent.isEmpty()) {
            frames.add(sent.remove().bytes);
        }
        return frames;
    }

    List<String> portNames() {
        return List.copyOf(ports.keySet());
    }

    @Override
    public void close() {
        agent.close();
        control.close();
        poll();
        pool.close();
    }

    private record Sent(byte[] bytes, long tunnelId, IpAddress tunnelDestination) {}

    private static final class ListPort implements Port {
        private final String name;
        private final int number;
        private final ArrayDeque<Sent> sent = new ArrayDeque<>();
        private final PortCounters counters = new PortCounters();

        ListPort(String name, int number) {
            this.name = name;
            this.number = number;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Kind kind() {
            return name.equals("vxlan0") ? Kind.TUNNEL : name.equals("eth0") ? Kind.UPLINK : Kind.VNIC;
        }

        @Override
        public MacAddress mac() {
            return new MacAddress(0x02ff_0000_0000L | number);
        }

        @Override
        public int mtu() {
            return kind() == Kind.TUNNEL ? 1450 : 1500;
        }

        @Override
        public boolean isUp() {
            return true;
        }

        @Override
        public int readinessFd() {
            return -1;
        }

        @Override
        public int receive(FramePool pool, Batch into) {
            return 0;
        }

        private static IpAddress destination(Frame frame) {
            return frame.tunnelDestination() != 0
                    ? new Ipv4Address(frame.tunnelDestination())
                    : new Ipv6Address(frame.tunnelDestinationHigh(), frame.tunnelDestinationLow());
        }

        @Override
        public void transmit(Frame frame) {
            byte[] bytes =
                    frame.memory().asSlice(frame.offset(), frame.length()).toArray(ValueLayout.JAVA_BYTE);
            sent.add(new Sent(bytes, frame.tunnelId(), destination(frame)));
            frame.release();
        }

        @Override
        public void flush() {}

        @Override
        public PortCounters counters() {
            return counters;
        }

        @Override
        public void close() {}
    }
}
