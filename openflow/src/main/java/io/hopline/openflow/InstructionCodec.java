package io.hopline.openflow;

import static io.hopline.openflow.OpenFlowError.BAD_INSTRUCTION_EXPERIMENTER;
import static io.hopline.openflow.OpenFlowError.BAD_INSTRUCTION_LEN;
import static io.hopline.openflow.OpenFlowError.BAD_INSTRUCTION_UNKNOWN;
import static io.hopline.openflow.OpenFlowError.BAD_INSTRUCTION_UNSUPPORTED;

import java.util.ArrayList;
import java.util.List;

/** Instructions on the wire (OpenFlow 1.3.5 section 7.2.4), in the order they were sent. */
final class InstructionCodec {
    private static final int GOTO_TABLE = 1;
    private static final int WRITE_METADATA = 2;
    private static final int WRITE_ACTIONS = 3;
    private static final int APPLY_ACTIONS = 4;
    private static final int CLEAR_ACTIONS = 5;
    private static final int METER = 6;
    private static final int EXPERIMENTER = 0xffff;

    private InstructionCodec() {}

    /** Reads instructions until the end of {@code in}. */
    static List<Instruction> readAll(WireReader in) {
        List<Instruction> instructions = new ArrayList<>();
        int seen = 0;
        while (in.remaining() > 0) {
            if (in.remaining() < 8) {
                throw new OpenFlowException(BAD_INSTRUCTION_LEN, in.remaining() + " bytes are no instruction");
            }
            int type = in.u16();
            int length = in.u16();
            if (length < 8 || (length & 7) != 0) {
                throw new OpenFlowException(BAD_INSTRUCTION_LEN, "instruction " + type + " has length " + length);
            }
            instructions.add(read(type, in.take(length - 4, BAD_INSTRUCTION_LEN)));
            if ((seen & 1 << type) != 0) {
                throw new OpenFlowException(BAD_INSTRUCTION_UNSUPPORTED, "instruction " + type + " is there twice");
            }
            seen |= 1 << type;
        }
        return instructions;
    }

    private static Instruction read(int type, WireReader body) {
        Instruction instruction = switch (type) {
            case GOTO_TABLE -> readGoto(body);
            case WRITE_METADATA -> {
                body.skip(4);
                yield new Instruction.WriteMetadata(body.u64(), body.u64());
            }
            case WRITE_ACTIONS -> {
                body.skip(4);
                yield new Instruction.WriteActions(ActionCodec.readAll(body));
            }
            case APPLY_ACTIONS -> {
                body.skip(4);
                yield new Instruction.ApplyActions(ActionCodec.readAll(body));
            }
            case CLEAR_ACTIONS -> {
                body.skip(4);
                yield new Instruction.ClearActions();
            }
            case METER -> new Instruction.Meter(body.u32());
            case EXPERIMENTER ->
                throw new OpenFlowException(BAD_INSTRUCTION_EXPERIMENTER, "no experimenter instruction is known");
            default -> throw new OpenFlowException(BAD_INSTRUCTION_UNKNOWN, "no instruction has type " + type);
        };
        body.requireEnd();
        return instruction;
    }

    private static Instruction readGoto(WireReader body) {
        Instruction next = new Instruction.GotoTable(body.u8());
        body.skip(3);
        return next;
    }

    static void writeAll(WireWriter out, List<Instruction> instructions) {
        for (Instruction instruction : instructions) {
            int start = out.position();
            switch (instruction) {
                case Instruction.GotoTable(int tableId) ->
                    out.u16(GOTO_TABLE).u16(0).u8(tableId).zeros(3);
                case Instruction.WriteMetadata(long value, long mask) ->
                    out.u16(WRITE_METADATA).u16(0).zeros(4).u64(value).u64(mask);
                case Instruction.WriteActions(List<Action> actions) ->
                    ActionCodec.writeAll(out.u16(WRITE_ACTIONS).u16(0).zeros(4), actions);
                case Instruction.ApplyActions(List<Action> actions) ->
                    ActionCodec.writeAll(out.u16(APPLY_ACTIONS).u16(0).zeros(4), actions);
                case Instruction.ClearActions() -> out.u16(CLEAR_ACTIONS).u16(0).zeros(4);
                case Instruction.Meter(int meterId) -> out.u16(METER).u16(0).u32(meterId);
            }
            out.patchLength(start + 2, start);
        }
    }
}
