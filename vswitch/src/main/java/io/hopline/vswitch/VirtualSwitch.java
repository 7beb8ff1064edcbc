package io.hopline.vswitch;

import io.hopline.openflow.Action;
import io.hopline.openflow.FlowMod;
import io.hopline.openflow.FlowStats;
import io.hopline.openflow.GroupDescription;
import io.hopline.openflow.GroupMod;
import io.hopline.openflow.GroupStats;
import io.hopline.openflow.PortDescription;
import io.hopline.openflow.PortStats;
import io.hopline.openflow.TableStats;
import io.hopline.packet.DropReason;
import io.hopline.packet.FramePool;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/** The switch's control side. */
public final class VirtualSwitch implements AutoCloseable {
    /** Tables 0 to 63. */
    public static final int TABLES = 64;

    public VirtualSwitch(
            FramePool pool,
            SelectorFactory selectors,
            HopRecorder recorder,
            LocalHandler local,
            LongSupplier realtimeNs,
            Runnable wakeWorker) {}

    /** Starts the slow-path thread: packet-ins, local services, timeouts, publishing of changes. */
    public void start() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}

    /** The worker's side. */
    public Datapath datapath() {
        throw new UnsupportedOperationException();
    }

    public void addListener(SwitchListener listener) {
        throw new UnsupportedOperationException();
    }

    public void removeListener(SwitchListener listener) {
        throw new UnsupportedOperationException();
    }

    public void addPort(int number, Port port) {
        throw new UnsupportedOperationException();
    }

    /** Done once the worker does not use the port any more and it can be closed. */
    public CompletableFuture<Void> removePort(int number) {
        throw new UnsupportedOperationException();
    }

    /** PORT_MOD: sets the bits of {@code config} that are in {@code mask}. */
    public void portMod(int number, MacAddress mac, int config, int mask) {
        throw new UnsupportedOperationException();
    }

    public void flowMod(FlowMod mod) {
        throw new UnsupportedOperationException();
    }

    public void groupMod(GroupMod mod) {
        throw new UnsupportedOperationException();
    }

    /** Done once the worker runs everything that was changed before. Completed on the slow-path thread. */
    public CompletableFuture<Void> barrier() {
        throw new UnsupportedOperationException();
    }

    /** Runs actions on a frame of the controller's; {@code inPort} may be CONTROLLER or LOCAL. */
    public void packetOut(byte[] frame, int inPort, List<Action> actions) {
        throw new UnsupportedOperationException();
    }

    /** Asks the {@link HopRecorder} anew which frames are timed. */
    public void remark() {
        throw new UnsupportedOperationException();
    }

    public List<FlowStats> flowStats(FlowQuery query) {
        throw new UnsupportedOperationException();
    }

    public List<TableStats> tableStats() {
        throw new UnsupportedOperationException();
    }

    public List<PortStats> portStats() {
        throw new UnsupportedOperationException();
    }

    public List<GroupStats> groupStats() {
        throw new UnsupportedOperationException();
    }

    public List<GroupDescription> groupDescriptions() {
        throw new UnsupportedOperationException();
    }

    public List<PortDescription> portDescriptions() {
        throw new UnsupportedOperationException();
    }

    /** Frames dropped by the switch (not by its ports). */
    public long drops(DropReason reason) {
        throw new UnsupportedOperationException();
    }
}
