package io.hopline.vswitch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.function.ObjIntConsumer;
import org.junit.jupiter.api.Test;

class ConnectionTest {
    private static final int TUPLES = 60_000;
    /** As many as the table has for its usual number of connections. */
    private static final int SLOTS = 1 << 19;

    /** A client's connections to one service differ in nothing but a port, behind a translation in the other. */
    @Test
    void tuplesThatDifferInOneFieldSpreadOverTheTable() {
        assertSpreads((tuple, i) -> tuple.sourcePort = 1024 + i);
        assertSpreads((tuple, i) -> tuple.destinationPort = 1024 + i);
        assertSpreads((tuple, i) -> tuple.sourceLow = 0x0a00_0000L + i);
        assertSpreads((tuple, i) -> tuple.destinationLow = 0x0a00_0000L + i);
        assertSpreads((tuple, i) -> tuple.sourceHigh = 0xfd00L << 48 | i);
        assertSpreads((tuple, i) -> tuple.zone = i);
    }

    /** Random ones would take 56,700 slots. */
    private static void assertSpreads(ObjIntConsumer<Connection.Tuple> differ) {
        var slots = new BitSet(SLOTS);
        var tuple = new Connection().original;
        for (int i = 0; i < TUPLES; i++) {
            tuple.sourceLow = 0x0a63_000bL;
            tuple.destinationLow = 0x0a63_0064L;
            tuple.sourcePort = 40_000;
            tuple.destinationPort = 80;
            tuple.protocol = 6;
            differ.accept(tuple, i);
            slots.set(tuple.hash() & SLOTS - 1);
        }
        assertThat(slots.cardinality()).isGreaterThan(56_000);
    }
}
