package io.hopline.vswitch;

import io.hopline.openflow.AsyncMasks;
import io.hopline.openflow.BundleAdd;
import io.hopline.openflow.BundleControl;
import io.hopline.openflow.ErrorMessage;
import io.hopline.openflow.FlowMod;
import io.hopline.openflow.FlowRemoved;
import io.hopline.openflow.FlowTrace;
import io.hopline.openflow.GroupMod;
import io.hopline.openflow.MeterMod;
import io.hopline.openflow.MultipartReply;
import io.hopline.openflow.MultipartRequest;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OpenFlowConnection;
import io.hopline.openflow.OpenFlowError;
import io.hopline.openflow.OpenFlowException;
import io.hopline.openflow.OpenFlowMessage;
import io.hopline.openflow.OpenFlowMessage.Role;
import io.hopline.openflow.PacketIn;
import io.hopline.openflow.PacketOut;
import io.hopline.openflow.PortStatus;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One controller's connection: reads a request, carries it out, answers, and only then reads the next. What the switch says
 * unasked is queued beside the answers, and lost when the controller reads too slowly.
 */
final class AgentSession implements SwitchListener {
    private static final Logger LOG = LoggerFactory.getLogger(AgentSession.class);
    private static final long BARRIER_TIMEOUT_S = 30;
    private static final long TRACE_TIMEOUT_S = 5;
    /** Longer flows and groups could not be reported in one message, whose headers are longer than those of a change. */
    private static final int MAX_CHANGE_BYTES = OpenFlow.MAX_MESSAGE_BYTES - 64;
    /** A super-frame and its headers may be longer than a message; what is over is cut. */
    private static final int MAX_PACKET_IN_BYTES = OpenFlow.MAX_MESSAGE_BYTES - 1024;

    private static final int FRAGMENTS_AS_THEY_ARE = 0;
    private static final int DEFAULT_MISS_SEND_BYTES = 128;

    private final VirtualSwitch virtualSwitch;
    private final SwitchAnswers answers;
    private final ControllerRoles roles;
    private final OpenFlowConnection connection;
    private final BundleStore bundles;
    private volatile Role role = Role.EQUAL;
    private volatile AsyncMasks masks = AsyncMasks.DEFAULT;
    private int missSendBytes = DEFAULT_MISS_SEND_BYTES;

    AgentSession(
            VirtualSwitch virtualSwitch, SwitchAnswers answers, ControllerRoles roles, OpenFlowConnection connection) {
        this.virtualSwitch = virtualSwitch;
        this.answers = answers;
        this.roles = roles;
        this.connection = connection;
        this.bundles = new BundleStore(virtualSwitch::bundle);
    }

    Role role() {
        return role;
    }

    void become(Role newRole) {
        role = newRole;
    }

    void demote() {
        role = Role.SLAVE;
    }

    /** Serves the connection until it ends. */
    void run() {
        roles.join(this);
        virtualSwitch.addListener(this);
        try {
            while (true) {
                serve(connection.receive());
            }
        } catch (IOException e) {
            LOG.debug("OpenFlow connection with {} ended: {}", connection.peer(), e.getMessage());
        } finally {
            virtualSwitch.removeListener(this);
            roles.leave(this);
        }
    }

    private void serve(OpenFlowConnection.Received request) throws IOException {
        try {
            answer(request);
        } catch (OpenFlowException e) {
            LOG.debug("refused {}: {}", request.message(), e.getMessage());
            connection.send(request.xid(), ErrorMessage.of(e, request.head()));
        }
    }

    private void answer(OpenFlowConnection.Received request) throws IOException {
        int xid = request.xid();
        switch (request.message()) {
            case OpenFlowMessage.FeaturesRequest() -> connection.send(xid, answers.features());
            case OpenFlowMessage.GetConfigRequest() ->
                connection.send(xid, new OpenFlowMessage.GetConfigReply(FRAGMENTS_AS_THEY_ARE, missSendBytes));
            case OpenFlowMessage.SetConfig(int flags, int missSendLength) -> setConfig(flags, missSendLength);
            case MultipartRequest(boolean more, MultipartRequest.Query query) -> answerMultipart(xid, more, query);
            case OpenFlowMessage.BarrierRequest() -> barrier(xid);
            case OpenFlowMessage.RoleRequest(Role wanted, long generation) ->
                connection.send(xid, roles.request(this, wanted, generation));
            case AsyncMasks.Request() -> connection.send(xid, new AsyncMasks.Reply(masks));
            case AsyncMasks.Set(AsyncMasks wanted) -> masks = wanted;
            case OpenFlowMessage.QueueConfigRequest(int port) -> connection.send(xid, answers.queueConfig(port));
            case FlowMod _, GroupMod _, MeterMod _, PacketOut _ -> change(request);
            case OpenFlowMessage.PortMod _, OpenFlowMessage.TableMod _ -> change(request);
            case BundleControl control -> {
                requireWriter();
                connection.send(xid, bundles.control(control));
            }
            case BundleAdd add -> {
                requireWriter();
                bundles.add(add);
            }
            case OpenFlowMessage.Experimenter experimenter -> answerExperimenter(xid, experimenter);
            case ErrorMessage error -> LOG.debug("{} reports {}", connection.peer(), error.describe());
            case OpenFlowMessage.Hello _, OpenFlowMessage.BarrierReply _ -> {}
            default ->
                throw new OpenFlowException(
                        OpenFlowError.BAD_REQUEST_TYPE, "a switch does not take " + request.message());
        }
    }

    private void answerExperimenter(int xid, OpenFlowMessage.Experimenter asked) throws IOException {
        if (asked.experimenter() != FlowTrace.EXPERIMENTER || asked.type() != FlowTrace.REQUEST) {
            throw new OpenFlowException(
                    OpenFlowError.BAD_REQUEST_EXPERIMENTER,
                    "experimenter 0x" + Integer.toHexString(asked.experimenter()) + " message " + asked.type()
                            + " is unknown");
        }
        try {
            connection.send(
                    xid,
                    FlowTrace.message(PacketTrace.of(virtualSwitch, FlowTrace.request(asked.data()))
                            .get(TRACE_TIMEOUT_S, TimeUnit.SECONDS)));
        } catch (ExecutionException | TimeoutException e) {
            throw new OpenFlowException(OpenFlowError.BAD_REQUEST_EPERM, "the worker did not trace: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void requireWriter() {
        if (role == Role.SLAVE) {
            throw new OpenFlowException(OpenFlowError.BAD_REQUEST_IS_SLAVE, "a slave changes nothing");
        }
    }

    private void change(OpenFlowConnection.Received request) {
        requireWriter();
        int lengthBytes = (request.head().at(2) & 0xff) << 8 | request.head().at(3) & 0xff;
        switch (request.message()) {
            case FlowMod mod -> {
                requireReportable(lengthBytes);
                virtualSwitch.flowMod(mod);
            }
            case GroupMod mod -> {
                requireReportable(lengthBytes);
                virtualSwitch.groupMod(mod);
            }
            case PacketOut out -> packetOut(out);
            case OpenFlowMessage.PortMod mod -> virtualSwitch.portMod(mod.port(), mod.mac(), mod.config(), mod.mask());
            case OpenFlowMessage.TableMod(int tableId, int config) -> tableMod(tableId, config);
            case MeterMod mod -> meterMod(mod);
            default -> throw new IllegalArgumentException("not a change: " + request.message());
        }
    }

    private static void requireReportable(int lengthBytes) {
        if (lengthBytes > MAX_CHANGE_BYTES) {
            throw new OpenFlowException(
                    OpenFlowError.BAD_REQUEST_LEN, lengthBytes + " bytes could not be reported in one message");
        }
    }

    private void setConfig(int flags, int missSendLength) {
        requireWriter();
        if (flags != FRAGMENTS_AS_THEY_ARE) {
            throw new OpenFlowException(
                    OpenFlowError.SWITCH_CONFIG_FLAGS, "fragments are neither dropped nor reassembled");
        }
        missSendBytes = missSendLength;
    }

    private void packetOut(PacketOut out) {
        if (out.bufferId() != OpenFlow.NO_BUFFER) {
            throw new OpenFlowException(OpenFlowError.BAD_REQUEST_BUFFER_UNKNOWN, "packets are not buffered");
        }
        int port = out.inPort();
        boolean ordinary = port != 0 && Integer.compareUnsigned(port, OpenFlow.PORT_MAX) <= 0;
        if (!ordinary && port != OpenFlow.PORT_CONTROLLER && port != OpenFlow.PORT_LOCAL && port != OpenFlow.PORT_ANY) {
            throw new OpenFlowException(
                    OpenFlowError.BAD_REQUEST_PORT, "no packet comes from port 0x" + Integer.toHexString(port));
        }
        virtualSwitch.packetOut(
                out.data().toArray(), port == OpenFlow.PORT_ANY ? OpenFlow.PORT_CONTROLLER : port, out.actions());
    }

    /** OpenFlow 1.3 has nothing to configure in a table: its bits 0 and 1 are of older versions and mean nothing. */
    private static void tableMod(int tableId, int config) {
        if (tableId >= VirtualSwitch.TABLES && tableId != OpenFlow.TABLE_ALL) {
            throw new OpenFlowException(OpenFlowError.TABLE_MOD_TABLE, "no table " + tableId);
        }
        if ((config & ~3) != 0) {
            throw new OpenFlowException(OpenFlowError.TABLE_MOD_CONFIG, "unknown table configuration " + config);
        }
    }

    private static void meterMod(MeterMod mod) {
        switch (mod.command()) {
            case ADD -> throw new OpenFlowException(OpenFlowError.METER_MOD_OUT_OF_METERS, "there are no meters");
            case MODIFY ->
                throw new OpenFlowException(OpenFlowError.METER_MOD_UNKNOWN_METER, "no meter " + mod.meterId());
            case DELETE -> {}
        }
    }

    private void answerMultipart(int xid, boolean more, MultipartRequest.Query query) throws IOException {
        if (more) {
            throw new OpenFlowException(
                    OpenFlowError.BAD_REQUEST_MULTIPART_OVERFLOW, "requests of several messages are not put together");
        }
        for (MultipartReply reply : MultipartReply.split(answers.report(query))) {
            connection.send(xid, reply);
        }
    }

    private void barrier(int xid) throws IOException {
        try {
            virtualSwitch.barrier().get(BARRIER_TIMEOUT_S, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the worker did not take the changes over within " + BARRIER_TIMEOUT_S + " s", e);
        }
        connection.send(xid, new OpenFlowMessage.BarrierReply());
    }

    private boolean wants(int mask, int slaveMask, int reason) {
        return ((role == Role.SLAVE ? slaveMask : mask) & 1 << reason) != 0;
    }

    @Override
    public void packetIn(PacketIn packetIn) {
        AsyncMasks now = masks;
        if (!wants(now.packetIn(), now.packetInSlave(), packetIn.reason().ordinal())) {
            return;
        }
        PacketIn fitting = packetIn.data().length() <= MAX_PACKET_IN_BYTES
                ? packetIn
                : new PacketIn(
                        packetIn.bufferId(),
                        Math.min(packetIn.totalLengthBytes(), 0xffff),
                        packetIn.reason(),
                        packetIn.tableId(),
                        packetIn.cookie(),
                        packetIn.match(),
                        packetIn.data().prefix(MAX_PACKET_IN_BYTES));
        tell(fitting);
    }

    @Override
    public void portStatus(PortStatus status) {
        AsyncMasks now = masks;
        if (wants(now.portStatus(), now.portStatusSlave(), status.reason().ordinal())) {
            tell(status);
        }
    }

    @Override
    public void flowRemoved(FlowRemoved removed) {
        AsyncMasks now = masks;
        if (wants(now.flowRemoved(), now.flowRemovedSlave(), removed.reason().ordinal())) {
            tell(removed);
        }
    }

    private void tell(OpenFlowMessage message) {
        if (!connection.offer(connection.nextXid(), message)) {
            LOG.debug("{} reads too slowly, lost {}", connection.peer(), message);
        }
    }
}
