package io.hopline.openflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hopline.packet.Ipv4Address;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class MatchTest {
    private static void refused(ThrowingCallable call, OpenFlowError error) {
        assertThatExceptionOfType(OpenFlowException.class)
                .isThrownBy(call)
                .extracting(OpenFlowException::error)
                .isEqualTo(error);
    }

    @Test
    void keepsTheOrderOfItsFields() {
        Match match = Match.builder().ethType(0x0800).inPort(1).build();
        assertThat(match.fields()).extracting(FieldMatch::field).containsExactly(OxmField.ETH_TYPE, OxmField.IN_PORT);
    }

    @Test
    void wantsPrerequisitesBeforeAField() {
        refused(() -> Match.builder().tcpDst(80).build(), OpenFlowError.BAD_MATCH_PREREQ);
        refused(() -> Match.builder().tcpDst(80).ethType(0x0800).ipProto(6).build(), OpenFlowError.BAD_MATCH_PREREQ);
        refused(() -> Match.builder().untagged().exact(OxmField.VLAN_PCP, 1).build(), OpenFlowError.BAD_MATCH_PREREQ);
        assertThat(Match.builder().ethType(0x86dd).ipProto(6).tcpDst(80).build().isExactly(OxmField.TCP_DST, 80))
                .isTrue();
    }

    @Test
    void takesNoFieldTwice() {
        refused(() -> Match.builder().inPort(1).inPort(1).build(), OpenFlowError.BAD_MATCH_DUP_FIELD);
    }

    @Test
    void acceptsPipelineFieldsWithoutPrerequisites() {
        Match pipeline = new Match(List.of(FieldMatch.exact(OxmField.IN_PHY_PORT, 1)));
        assertThat(pipeline.has(OxmField.IN_PHY_PORT)).isTrue();
        assertThat(pipeline.find(OxmField.IN_PORT)).isNull();
    }

    @Test
    void makesMasksFromPrefixes() {
        Ipv4Address address = Ipv4Address.parse("10.0.1.11");
        Match match = Match.builder().ethType(0x0800).ipv4Dst(address, 24).build();
        assertThat(match.find(OxmField.IPV4_DST))
                .isEqualTo(FieldMatch.masked(OxmField.IPV4_DST, 0x0a000100L, 0xffffff00L));
        assertThat(Match.builder().ethType(0x0800).ipv4Dst(address, 0).build().has(OxmField.IPV4_DST))
                .isFalse();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Match.builder().ipv4Src(address, 33))
                .withMessageContaining("33");
    }

    @Test
    void checksValuesAndMasks() {
        refused(() -> FieldMatch.exact(OxmField.IP_DSCP, 64), OpenFlowError.BAD_MATCH_VALUE);
        refused(() -> FieldMatch.exact(OxmField.VLAN_VID, 7), OpenFlowError.BAD_MATCH_VALUE);
        refused(() -> FieldMatch.masked(OxmField.ETH_TYPE, 0, 0), OpenFlowError.BAD_MATCH_MASK);
        refused(() -> FieldMatch.masked(OxmField.IPV4_SRC, 0, 1L << 32), OpenFlowError.BAD_MATCH_MASK);
        refused(() -> FieldMatch.masked(OxmField.IPV4_SRC, 3, 1), OpenFlowError.BAD_MATCH_WILDCARDS);
        assertThat(FieldMatch.masked(OxmField.IPV4_SRC, 3, 0xffff_ffffL).isExact())
                .isTrue();
    }
}
