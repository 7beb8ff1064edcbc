package io.hopline.controller;

import io.hopline.openflow.Bytes;
import io.hopline.openflow.ErrorMessage;
import io.hopline.openflow.FlowMod;
import io.hopline.openflow.FlowStats;
import io.hopline.openflow.FlowTrace;
import io.hopline.openflow.GroupDescription;
import io.hopline.openflow.GroupMod;
import io.hopline.openflow.Match;
import io.hopline.openflow.MultipartReply;
import io.hopline.openflow.MultipartRequest;
import io.hopline.openflow.OpenFlowAddress;
import io.hopline.openflow.OpenFlowConnection;
import io.hopline.openflow.OpenFlowError;
import io.hopline.openflow.OpenFlowMessage;
import io.hopline.openflow.PortDescription;
import io.hopline.openflow.PortStatus;
import io.hopline.packet.MacAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A switch as far as a controller can tell: tables and ports that outlive its connections. It answers with the codec's
 * messages over a real socket, one small multipart message per entry.
 */
final class FakeSwitch implements AutoCloseable {
    private record Key(int tableId, int priority, Match match) {}

    private final long dpid;
    private final Map<Key, FlowStats> flows = new LinkedHashMap<>();
    private final Map<Integer, GroupDescription> groups = new LinkedHashMap<>();
    private final Map<String, Integer> ports = new LinkedHashMap<>();
    private final List<OpenFlowMessage> order = new ArrayList<>();
    final AtomicInteger mods = new AtomicInteger();
    final AtomicInteger barriers = new AtomicInteger();
    /** Refuses this many changes with an error. */
    final AtomicInteger refuse = new AtomicInteger();

    final List<FlowTrace.Request> traced = new CopyOnWriteArrayList<>();
    /** What a trace is answered with. */
    volatile Supplier<OpenFlowMessage> trace = () -> FlowTrace.message(List.of());

    private @Nullable OpenFlowConnection connection;

    FakeSwitch(long dpid) {
        this.dpid = dpid;
    }

    synchronized FakeSwitch port(String name, int number) {
        ports.put(name, number);
        return this;
    }

    void connect(SocketAddress address) throws IOException {
        InetSocketAddress inet = (InetSocketAddress) address;
        OpenFlowConnection fresh = OpenFlowConnection.connect(
                OpenFlowAddress.parse("tcp:" + inet.getAddress().getHostAddress() + ":" + inet.getPort()));
        connection = fresh;
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    OpenFlowConnection.Received received = fresh.receive();
                    answer(fresh, received);
                }
            } catch (IOException e) {
                fresh.close();
            }
        });
    }

    void disconnect() {
        if (connection != null) {
            connection.close();
        }
    }

    /** Adds or removes a port and says so. */
    void portStatus(PortStatus.Reason reason, String name, int number) throws IOException {
        synchronized (this) {
            if (reason == PortStatus.Reason.DELETE) {
                ports.remove(name);
            } else {
                ports.put(name, number);
            }
        }
        OpenFlowConnection open = Objects.requireNonNull(connection);
        open.send(open.nextXid(), new PortStatus(reason, description(name, number)));
    }

    private static PortDescription description(String name, int number) {
        return PortDescription.of(number, new MacAddress(0x020000000000L | number), name, 0, 0);
    }

    synchronized List<FlowStats> flows() {
        return List.copyOf(flows.values());
    }

    synchronized Map<Integer, GroupDescription> groups() {
        return Map.copyOf(groups);
    }

    /** Flow and group changes in the order they came. */
    synchronized List<OpenFlowMessage> order() {
        return List.copyOf(order);
    }

    private synchronized void answer(OpenFlowConnection to, OpenFlowConnection.Received received) throws IOException {
        int xid = received.xid();
        switch (received.message()) {
            case OpenFlowMessage.FeaturesRequest() ->
                to.send(xid, new OpenFlowMessage.FeaturesReply(dpid, 0, 254, 0, 1));
            case MultipartRequest request -> report(to, xid, request.query());
            case OpenFlowMessage.BarrierRequest() -> {
                barriers.incrementAndGet();
                to.send(xid, new OpenFlowMessage.BarrierReply());
            }
            case FlowMod mod -> change(to, xid, mod);
            case GroupMod mod -> change(to, xid, mod);
            case OpenFlowMessage.Experimenter(int who, int type, Bytes data)
            when who == FlowTrace.EXPERIMENTER && type == FlowTrace.REQUEST -> {
                traced.add(FlowTrace.request(data));
                to.send(xid, trace.get());
            }
            default -> throw new IOException("unexpected " + received.message());
        }
    }

    private void change(OpenFlowConnection to, int xid, OpenFlowMessage message) throws IOException {
        mods.incrementAndGet();
        order.add(message);
        if (refuse.get() > 0) {
            refuse.decrementAndGet();
            OpenFlowError full = OpenFlowError.FLOW_MOD_TABLE_FULL;
            to.send(xid, new ErrorMessage(full.type(), full.code(), Bytes.EMPTY));
        } else if (message instanceof FlowMod mod) {
            apply(mod);
        } else if (message instanceof GroupMod mod) {
            apply(mod);
        }
    }

    synchronized void apply(FlowMod mod) {
        Key key = new Key(mod.tableId(), mod.priority(), mod.match());
        if (mod.command().isDelete()) {
            flows.remove(key);
        } else {
            flows.put(
                    key,
                    new FlowStats(
                            mod.tableId(),
                            0,
                            mod.priority(),
                            0,
                            0,
                            0,
                            mod.cookie(),
                            0,
                            0,
                            mod.match(),
                            mod.instructions()));
        }
    }

    private void apply(GroupMod mod) {
        if (mod.command() == GroupMod.Command.DELETE) {
            groups.remove(mod.groupId());
        } else {
            groups.put(mod.groupId(), new GroupDescription(mod.type(), mod.groupId(), mod.buckets()));
        }
    }

    private void report(OpenFlowConnection to, int xid, MultipartRequest.Query query) throws IOException {
        switch (query) {
            case MultipartRequest.Flows _ -> {
                for (FlowStats flow : flows.values()) {
                    to.send(xid, new MultipartReply(true, new MultipartReply.Flows(List.of(flow))));
                }
                to.send(xid, new MultipartReply(new MultipartReply.Flows(List.of())));
            }
            case MultipartRequest.GroupDescriptions() ->
                to.send(xid, new MultipartReply(new MultipartReply.GroupDescriptions(List.copyOf(groups.values()))));
            case MultipartRequest.PortDescriptions() ->
                to.send(
                        xid,
                        new MultipartReply(new MultipartReply.PortDescriptions(ports.entrySet().stream()
                                .map(p -> description(p.getKey(), p.getValue()))
                                .toList())));
            default -> throw new IOException("unexpected " + query);
        }
    }

    @Override
    public void close() {
        disconnect();
    }
}
