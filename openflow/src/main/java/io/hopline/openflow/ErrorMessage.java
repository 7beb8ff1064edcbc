package io.hopline.openflow;

/**
 * Says what was wrong with a request (OpenFlow 1.3.5 section 7.4.4).
 *
 * @param data the first bytes of the offending message; for an experimenter's error its id comes first
 */
public record ErrorMessage(int type, int code, Bytes data) implements OpenFlowMessage {
    /** How much of the offending message an error carries. */
    public static final int MAX_OFFENDING_BYTES = 64;

    private static final int EXPERIMENTER = 0xffff;

    /** The error for {@code cause}, with the beginning of the message that led to it. */
    public static ErrorMessage of(OpenFlowException cause, Bytes offending) {
        OpenFlowError error = cause.error();
        Bytes prefix = offending.prefix(MAX_OFFENDING_BYTES);
        if (error.type() == EXPERIMENTER) {
            prefix = Bytes.of(new WireWriter()
                    .u32(OxmField.ONF_EXPERIMENTER)
                    .bytes(prefix)
                    .toArray());
        }
        return new ErrorMessage(error.type(), error.code(), prefix);
    }

    /** The error's name, or its numbers when it has none here. */
    public String describe() {
        for (OpenFlowError error : OpenFlowError.values()) {
            if (error.type() == type && error.code() == code) {
                return error.name();
            }
        }
        return "type " + type + " code " + code;
    }
}
