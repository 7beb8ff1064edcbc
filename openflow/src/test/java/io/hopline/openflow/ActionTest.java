package io.hopline.openflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class ActionTest {
    private static void refused(ThrowingCallable call, OpenFlowError error) {
        assertThatExceptionOfType(OpenFlowException.class)
                .isThrownBy(call)
                .extracting(OpenFlowException::error)
                .isEqualTo(error);
    }

    @Test
    void movesTheBitsThatBothFieldsHave() {
        assertThat(Action.move(OxmField.ETH_SRC, OxmField.CT_LABEL))
                .isEqualTo(new Action.RegMove(OxmField.ETH_SRC, 0, OxmField.CT_LABEL, 0, 48));
    }

    @Test
    void staysWithinItsFields() {
        refused(() -> new Action.RegMove(OxmField.REG0, 1, OxmField.REG1, 0, 32), OpenFlowError.BAD_ACTION_ARGUMENT);
        refused(() -> new Action.RegLoad(OxmField.REG0, 0, 8, 256), OpenFlowError.BAD_ACTION_ARGUMENT);
        refused(() -> new Action.RegLoad(OxmField.CT_STATE, 0, 8, 1), OpenFlowError.BAD_ACTION_ARGUMENT);
        refused(() -> Action.set(OxmField.IP_DSCP, 64), OpenFlowError.BAD_ACTION_SET_ARGUMENT);
        refused(() -> Action.set(OxmField.METADATA, 1), OpenFlowError.BAD_ACTION_SET_TYPE);
        refused(() -> new Action.PushVlan(0x0800), OpenFlowError.BAD_ACTION_ARGUMENT);
    }

    @Test
    void refusesContradictionsInConnectionTracking() {
        refused(() -> new Action.Ct(Action.Ct.FORCE, 0, null, 0, 0, List.of()), OpenFlowError.BAD_ACTION_ARGUMENT);
        refused(
                () -> new Action.Nat(Action.Nat.SRC | Action.Nat.DST, null, null, null),
                OpenFlowError.BAD_ACTION_ARGUMENT);
        refused(() -> new Action.PortRange(80, 79), OpenFlowError.BAD_ACTION_ARGUMENT);
        refused(() -> new Action.Ipv6Range(Bytes.EMPTY, null), OpenFlowError.BAD_ACTION_ARGUMENT);
    }
}
