package io.hopline.openflow;

import static io.hopline.openflow.OpenFlowError.TABLE_FEATURES_LEN;

import java.util.ArrayList;
import java.util.List;

/** Table features on the wire (OpenFlow 1.3.5 section 7.3.5.5). */
final class TableFeaturesCodec {
    private static final int FIXED_BYTES = 64;
    private static final int NAME_BYTES = 32;

    private TableFeaturesCodec() {}

    static TableFeatures read(WireReader in) {
        int length = in.u16();
        if (length < FIXED_BYTES) {
            throw new OpenFlowException(TABLE_FEATURES_LEN, "table features of " + length + " bytes");
        }
        WireReader body = in.take(length - 2, TABLE_FEATURES_LEN);
        int tableId = body.u8();
        body.skip(5);
        String name = body.text(NAME_BYTES);
        long metadataMatch = body.u64();
        long metadataWrite = body.u64();
        int config = body.u32();
        int maxEntries = body.u32();
        List<TableFeatures.Property> properties = new ArrayList<>();
        while (body.remaining() > 0) {
            int type = body.u16();
            int propertyLength = body.u16();
            Bytes content = body.take(propertyLength - 4, TABLE_FEATURES_LEN).rest();
            body.skip(-propertyLength & 7);
            properties.add(new TableFeatures.Property(type, content));
        }
        return new TableFeatures(tableId, name, metadataMatch, metadataWrite, config, maxEntries, properties);
    }

    static void write(WireWriter out, TableFeatures features) {
        int start = out.position();
        out.u16(0).u8(features.tableId()).zeros(5).text(features.name(), NAME_BYTES);
        out.u64(features.metadataMatch()).u64(features.metadataWrite());
        out.u32(features.config()).u32(features.maxEntries());
        for (TableFeatures.Property property : features.properties()) {
            int propertyStart = out.position();
            out.u16(property.type()).u16(0).bytes(property.content());
            out.patchLength(propertyStart + 2, propertyStart);
            out.padFrom(propertyStart);
        }
        out.patchLength(start, start);
    }
}
