package io.hopline.openflow;

import static io.hopline.openflow.OpenFlowError.BAD_REQUEST_LEN;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Asks a Hopline switch which flows a packet would meet and what would become of it, without sending it: an experimenter
 * message of our own and its answer. No organization's number stands behind {@link #EXPERIMENTER}; a switch that does not know it answers
 * with an error, as OpenFlow 1.3.5 section 7.5.4 wants.
 */
public final class FlowTrace {
    /** "\0HOP". */
    public static final int EXPERIMENTER = 0x00484f50;

    public static final int REQUEST = 1;
    public static final int REPLY = 2;
    /** Steps that a reply holds at most. */
    public static final int MAX_STEPS = 512;

    private static final int MAX_BYTES = 60_000;
    private static final int MAX_TEXT_BYTES = 1_000;

    private FlowTrace() {}

    /** What a step of a packet's way through the tables is. */
    public enum Kind {
        /** A flow was found; the text is the flow and its actions. */
        FLOW,
        /** A table had no flow for the packet. */
        MISS,
        /** Something happened to the packet beside what the flow's actions say. */
        NOTE,
        /** A packet, or a copy of it, leaves the switch. */
        OUTPUT,
        /** A packet, or a copy, goes no further. */
        DROP
    }

    /**
     * One step.
     *
     * @param depth how deep in resubmits, groups and connection tracking, 0 at first
     * @param tableId where the flow was looked for, or the last such table
     */
    public record Step(Kind kind, int depth, int tableId, String text) {}

    /**
     * What to trace.
     *
     * @param pipeline the input port and, for a packet from a tunnel, its tunnel fields
     * @param frame the packet from its Ethernet header on
     */
    public record Request(Match pipeline, Bytes frame) {}

    /** The request as a message. */
    public static OpenFlowMessage.Experimenter message(Request request) {
        WireWriter out = new WireWriter();
        MatchCodec.writeMatch(out, request.pipeline());
        return new OpenFlowMessage.Experimenter(
                EXPERIMENTER, REQUEST, Bytes.of(out.bytes(request.frame()).toArray()));
    }

    /**
     * Reads a request's data.
     *
     * @throws OpenFlowException when it is malformed
     */
    public static Request request(Bytes data) {
        WireReader in = reader(data);
        return new Request(MatchCodec.readMatch(in), in.rest());
    }

    /** The answer as a message; steps beyond {@link #MAX_STEPS} are left out, long texts cut. */
    public static OpenFlowMessage.Experimenter message(List<Step> steps) {
        WireWriter out = new WireWriter();
        for (Step step : steps.subList(0, Math.min(steps.size(), MAX_STEPS))) {
            Bytes text = Bytes.of(step.text().getBytes(StandardCharsets.UTF_8));
            Bytes cut = text.prefix(Math.min(text.length(), MAX_TEXT_BYTES));
            if (out.position() + cut.length() + 6 > MAX_BYTES) {
                break;
            }
            out.u8(step.kind().ordinal()).u8(step.depth()).u8(step.tableId()).u8(0);
            out.u16(cut.length()).bytes(cut);
        }
        return new OpenFlowMessage.Experimenter(EXPERIMENTER, REPLY, Bytes.of(out.toArray()));
    }

    /**
     * Reads an answer's data.
     *
     * @throws OpenFlowException when it is malformed
     */
    public static List<Step> steps(Bytes data) {
        WireReader in = reader(data);
        List<Step> steps = new ArrayList<>();
        Kind[] kinds = Kind.values();
        while (in.remaining() > 0) {
            int kind = in.u8();
            int depth = in.u8();
            int table = in.u8();
            in.skip(1);
            String text = new String(in.bytes(in.u16()).toArray(), StandardCharsets.UTF_8);
            if (kind >= kinds.length) {
                throw new OpenFlowException(BAD_REQUEST_LEN, "no trace step of kind " + kind);
            }
            steps.add(new Step(kinds[kind], depth, table, text));
        }
        return steps;
    }

    private static WireReader reader(Bytes data) {
        return new WireReader(data.toArray(), 0, data.length(), BAD_REQUEST_LEN);
    }
}
