package io.hopline.vswitch;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.openflow.Action;
import io.hopline.openflow.OpenFlow;
import io.hopline.openflow.OxmField;
import java.util.List;
import org.junit.jupiter.api.Test;

class ActionSetTest {
    private static final Action ETH = Action.set(OxmField.ETH_DST, 1);
    private static final Action OTHER_ETH = Action.set(OxmField.ETH_DST, 2);
    private static final Action PUSH = new Action.PushVlan(0x8100);
    private static final Action POP = new Action.PopVlan();
    private static final Action TTL = new Action.DecNwTtl();
    private static final Action OUT = Action.output(3);
    private static final Action GROUP = new Action.Group(4);
    private static final Action TRACK = Action.Ct.track(1, 2);

    @Test
    void isDoneInTheSpecificationsOrder() {
        ActionSet set = new ActionSet();
        set.write(List.of(OUT, ETH, TTL, PUSH, POP));
        assertThat(set.ordered()).containsExactly(POP, PUSH, TTL, ETH, OUT);
    }

    @Test
    void keepsOneOfAKindAndOneSetPerField() {
        ActionSet set = new ActionSet(List.of(ETH, Action.output(9)));
        set.write(List.of(OTHER_ETH, Action.set(OxmField.ETH_SRC, 7), OUT));
        assertThat(set.ordered()).containsExactly(OTHER_ETH, Action.set(OxmField.ETH_SRC, 7), OUT);
        set.clear();
        assertThat(set.ordered()).isEmpty();
    }

    @Test
    void sendsThePacketOnInOneWayOnly() {
        assertThat(ActionSet.ordered(List.of(OUT, GROUP, TRACK))).containsExactly(GROUP);
        assertThat(ActionSet.ordered(List.of(TRACK, OUT))).containsExactly(OUT);
        assertThat(ActionSet.ordered(List.of(TRACK, new Action.Resubmit(OpenFlow.PORT_IN_PORT, 1), ETH)))
                .containsExactly(ETH, new Action.Resubmit(OpenFlow.PORT_IN_PORT, 1));
    }
}
