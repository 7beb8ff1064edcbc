package io.hopline.vswitch;

import io.hopline.openflow.OpenFlowAddress;
import io.hopline.openflow.OpenFlowConnection;
import io.hopline.packet.Batch;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import io.hopline.packet.PortCounters;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/** A whole switch without a kernel: two ports made of queues, a worker thread, and an agent on a unix socket. */
final class AgentRig implements AutoCloseable {
    static final long DATAPATH_ID = 0xa1;

    final FramePool pool = FramePool.of(256);
    final QueuePort port1 = new QueuePort("web1", 1);
    final QueuePort port2 = new QueuePort("web2", 2);
    final VirtualSwitch virtualSwitch;
    final OpenFlowAgent agent;
    final OpenFlowAddress address;
    private final List<OpenFlowConnection> clients = new ArrayList<>();
    private final Thread worker;
    private volatile boolean stop;

    AgentRig(Path directory) throws IOException {
        worker = Thread.ofPlatform().name("test-worker").unstarted(this::work);
        virtualSwitch = new VirtualSwitch(
                List.of(new VirtualSwitch.WorkerParts(pool, HopRecorder.NONE, () -> LockSupport.unpark(worker))),
                SelectorFactory.RENDEZVOUS,
                LocalHandler.NONE,
                AgentRig::realtimeNs);
        virtualSwitch.start();
        worker.start();
        virtualSwitch.addPort(1, port1);
        virtualSwitch.addPort(2, port2);
        agent = new OpenFlowAgent(virtualSwitch, DATAPATH_ID, "node a");
        Path socket = directory.resolve("a.mgmt");
        agent.listen("punix:" + socket);
        address = OpenFlowAddress.parse("unix:" + socket);
    }

    private static long realtimeNs() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    private void work() {
        Batch batch = new Batch();
        Datapath datapath = virtualSwitch.datapaths().getFirst();
        while (!stop) {
            boolean more = datapath.poll();
            for (QueuePort port : List.of(port1, port2)) {
                if (port.receive(pool, batch) > 0) {
                    for (int i = 0; i < batch.size(); i++) {
                        batch.frame(i).inPort(port.number);
                    }
                    datapath.process(batch);
                    more = true;
                }
            }
            datapath.flush((number, port) -> port.flush());
            if (!more) {
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    OpenFlowConnection client() throws IOException {
        OpenFlowConnection client = OpenFlowConnection.connect(address);
        clients.add(client);
        return client;
    }

    @Override
    public void close() {
        clients.forEach(OpenFlowConnection::close);
        agent.close();
        stop = true;
        try {
            worker.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        virtualSwitch.close();
        pool.close();
    }

    /** A port whose cable is two queues of frames. */
    static final class QueuePort implements Port {
        final Queue<byte[]> toSwitch = new ConcurrentLinkedQueue<>();
        final Queue<byte[]> fromSwitch = new ConcurrentLinkedQueue<>();
        final int number;
        volatile boolean up = true;
        private final String name;
        private final PortCounters counters = new PortCounters();

        QueuePort(String name, int number) {
            this.name = name;
            this.number = number;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Kind kind() {
            return Kind.VNIC;
        }

        @Override
        public MacAddress mac() {
            return new MacAddress(0x02_00_00_00_00_00L + number);
        }

        @Override
        public int mtu() {
            return 1500;
        }

        @Override
        public boolean isUp() {
            return up;
        }

        @Override
        public int readinessFd() {
            return -1;
        }

        @Override
        public int receive(FramePool pool, Batch into) {
            int received = 0;
            while (into.room() > 0 && !toSwitch.isEmpty()) {
                Frame frame = pool.acquire();
                if (frame == null) {
                    break;
                }
                byte[] bytes = toSwitch.remove();
                frame.length(bytes.length);
                MemorySegment.copy(bytes, 0, frame.memory(), ValueLayout.JAVA_BYTE, frame.offset(), bytes.length);
                into.add(frame);
                counters.received(1, bytes.length);
                received++;
            }
            return received;
        }

        @Override
        public void transmit(Frame frame) {
            byte[] bytes = new byte[frame.length()];
            MemorySegment.copy(frame.memory(), ValueLayout.JAVA_BYTE, frame.offset(), bytes, 0, bytes.length);
            counters.transmitted(1, bytes.length);
            frame.release();
            fromSwitch.add(bytes);
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
