package io.hopline.openflow;

import java.util.Collection;
import java.util.List;

/**
 * What a table can do (OpenFlow 1.3.5 section 7.3.5.5).
 *
 * @param name up to 31 bytes of ASCII
 * @param metadataMatch bits of metadata the table can match
 * @param metadataWrite bits of metadata the table can write
 */
public record TableFeatures(
        int tableId,
        String name,
        long metadataMatch,
        long metadataWrite,
        int config,
        int maxEntries,
        List<Property> properties) {
    public TableFeatures {
        properties = List.copyOf(properties);
    }

    /** One list of capabilities; {@code content} is the list as it stands on the wire, without padding. */
    public record Property(int type, Bytes content) {
        public static final int INSTRUCTIONS = 0;
        public static final int NEXT_TABLES = 2;
        public static final int WRITE_ACTIONS = 4;
        public static final int APPLY_ACTIONS = 6;
        public static final int MATCH = 8;
        public static final int WILDCARDS = 10;
        public static final int WRITE_SET_FIELD = 12;
        public static final int APPLY_SET_FIELD = 14;

        /** Instruction or action types, none of them an experimenter's. */
        public static Property ofTypes(int type, Collection<Integer> ids) {
            WireWriter out = new WireWriter();
            for (int id : ids) {
                out.u16(id).u16(4);
            }
            return new Property(type, Bytes.of(out.toArray()));
        }

        public static Property ofTables(int type, Collection<Integer> tableIds) {
            WireWriter out = new WireWriter();
            for (int id : tableIds) {
                out.u8(id);
            }
            return new Property(type, Bytes.of(out.toArray()));
        }

        /** Match fields; with their mask bit where {@code withMasks} and the field takes one. */
        public static Property ofFields(int type, Collection<OxmField> fields, boolean withMasks) {
            WireWriter out = new WireWriter();
            for (OxmField field : fields) {
                MatchCodec.writeHeader(out, field, withMasks && field.isMaskable());
            }
            return new Property(type, Bytes.of(out.toArray()));
        }
    }
}
