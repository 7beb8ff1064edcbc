package io.hopline.vswitch;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.vswitch.Connection.Phase;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionTableTest {
    private static final int CAPACITY = 8;

    private final ConnectionTable table = new ConnectionTable(CAPACITY);

    private boolean add(int id, Phase phase, long nowNs) {
        Connection connection = table.allocate();
        if (connection == null) {
            return false;
        }
        fill(connection.original, id);
        connection.reply.reverseOf(connection.original);
        table.insert(connection, phase, nowNs);
        return true;
    }

    private static void fill(Connection.Tuple tuple, int id) {
        tuple.sourceLow = id;
        tuple.destinationLow = 7;
        tuple.sourcePort = id & 0xffff;
        tuple.destinationPort = 80;
        tuple.protocol = 6;
        tuple.zone = 1;
    }

    private boolean has(int id) {
        Connection.Tuple wanted = new Connection.Tuple(null, false);
        fill(wanted, id);
        return table.find(wanted) != null;
    }

    @Test
    void evictsTheLeastValuableAndOldestFirstAndNeverTheEstablished() {
        add(1, Phase.TCP_ESTABLISHED, 0);
        add(2, Phase.UDP_OPENING, 0);
        add(3, Phase.TCP_OPENING, 0);
        add(4, Phase.TCP_OPENING, 1);
        add(5, Phase.CLOSED, 2);
        add(6, Phase.TCP_FINISHING, 2);
        add(7, Phase.UDP_ANSWERED, 2);
        add(8, Phase.TCP_CLOSING, 2);
        int[] expectedVictims = {5, 6, 3, 4, 2};
        for (int i = 0; i < expectedVictims.length; i++) {
            assertThat(add(100 + i, Phase.TCP_ESTABLISHED, 3)).isTrue();
            assertThat(has(expectedVictims[i])).as("victim %d", expectedVictims[i]).isFalse();
            assertThat(table.size()).isEqualTo(CAPACITY);
        }
        assertThat(add(200, Phase.TCP_ESTABLISHED, 3)).isFalse();
        assertThat(has(1)).isTrue();
        assertThat(has(7)).isTrue();
        assertThat(has(8)).isTrue();
        table.clear();
        assertThat(table.size()).isZero();
        assertThat(add(200, Phase.TCP_ESTABLISHED, 3)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void agreesWithAMapUnderRandomUse(long seed) {
        Random random = new Random(seed);
        ConnectionTable big = new ConnectionTable(4_096);
        Map<Integer, Connection> model = new HashMap<>();
        long nowNs = 0;
        for (int i = 0; i < 5_000; i++) {
            nowNs += random.nextInt(20_000_000);
            int id = random.nextInt(2_000);
            Connection.Tuple wanted = new Connection.Tuple(null, false);
            fill(wanted, id);
            Connection.Tuple found = big.find(wanted);
            assertThat(found == null).isEqualTo(!model.containsKey(id));
            Phase phase = Phase.ALL[random.nextInt(Phase.ALL.length)];
            if (found == null) {
                Connection connection = java.util.Objects.requireNonNull(big.allocate());
                connection.original.copyFrom(wanted);
                connection.reply.reverseOf(wanted);
                big.insert(connection, phase, nowNs);
                model.put(id, connection);
            } else if (random.nextInt(4) == 0) {
                big.remove(model.remove(id));
            } else {
                big.touch(model.get(id), phase, nowNs);
            }
            big.expire(nowNs, 16);
            long horizon = nowNs;
            model.entrySet().removeIf(entry -> {
                fill(wanted, entry.getKey());
                boolean gone = big.find(wanted) == null;
                assertThat(gone).as("only silent connections end").isIn(false, entry.getValue().expiresNs <= horizon);
                return gone;
            });
            assertThat(big.size()).isEqualTo(model.size());
        }
    }
}
