package io.hopline.vswitch;

import static io.hopline.vswitch.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.openflow.Action;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.OpenFlow;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DatapathTest {
    @Test
    void onlyPortsThatGotFramesAreFlushedAndEachOnce() {
        try (Rig rig = new Rig()) {
            rig.flow(0, 1, Match.builder().inPort(1).build(), Instruction.apply(Action.output(2), Action.output(3)));
            rig.flow(0, 1, Match.builder().inPort(4).build(), Instruction.apply(Action.output(OpenFlow.PORT_IN_PORT)));
            rig.settle();
            List<Integer> flushed = new ArrayList<>();
            rig.receive(1, udp("192.0.2.1", 1, "192.0.2.2", 2, 8));
            rig.receive(1, udp("192.0.2.1", 3, "192.0.2.2", 4, 8));
            rig.datapath.flush((number, port) -> {
                flushed.add(number);
                port.flush();
            });
            assertThat(flushed).containsExactly(2, 3);
            assertThat(rig.ports[2].flushes).isEqualTo(1);
            flushed.clear();
            rig.datapath.flush((number, port) -> flushed.add(number));
            assertThat(flushed).isEmpty();
            rig.receive(4, udp("192.0.2.1", 1, "192.0.2.2", 2, 8));
            rig.control.removePort(2);
            rig.settle();
            rig.datapath.flush((number, port) -> flushed.add(number));
            assertThat(flushed).as("over a change of the ports").containsExactly(4);
        }
    }
}
