package io.hopline.openflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hopline.packet.Ipv4Address;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlowTextTest {
    /** As ovs-ofctl prints them. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "in_port=1",
                "in_port=LOCAL",
                "tcp,nw_src=10.0.1.0/24,nw_dst=10.0.1.100,tp_dst=80",
                "udp6,ipv6_src=fd00::/16,tp_src=53",
                "icmp,icmp_type=8,icmp_code=0",
                "arp,arp_spa=10.0.1.1,arp_tpa=10.0.1.2,arp_op=1",
                "ip,nw_proto=99",
                "tun_id=0x64,dl_dst=02:00:00:64:01:0b",
                "dl_dst=01:00:00:00:00:00/01:00:00:00:00:00",
                "dl_vlan=5,dl_vlan_pcp=3",
                "vlan_tci=0x0000",
                "ct_state=+new-rpl+trk,ct_mark=0x7",
                "reg0=0x1,reg7=0x0/0xff00,metadata=0x5/0xf",
                "ip,nw_src=10.0.0.1/255.0.0.255",
                "dl_type=0x88cc",
                "tcp,tcp_flags=0x2/0x12"
            })
    void aMatchReadsAsItIsPrinted(String text) {
        assertThat(FlowText.match(MatchText.parse(text))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tp_dst=80 | needs tcp",
                "tcp,tp_dst=http | 'http' is no number",
                "tcp,tp_dst=80000 | has only 16 bits",
                "tcp,nw_dst=10.0.0 | nw_dst=10.0.0",
                "frob=1 | no field has this name",
                "frob | is neither FIELD=VALUE",
                "tcp,nw_src=10.0.0.0/33 | prefix has 1 to 32",
                "ct_state=+old | no state of a connection",
                "tcp,tcp | twice"
            })
    void whatCannotBeReadIsNamed(String text, String why) {
        assertThatThrownBy(() -> MatchText.parse(text))
                .isInstanceOf(OpenFlowException.class)
                .hasMessageContaining(why);
    }

    @Test
    void instructionsArePrintedAsOvsOfctlDoes() {
        assertThat(FlowText.instructions(List.of())).isEqualTo("drop");
        List<Instruction> instructions = List.of(
                Instruction.apply(
                        Action.set(OxmField.ETH_DST, 0x02_00_00_64_01_0bL),
                        new Action.RegLoad(OxmField.REG0, 0, 32, 1),
                        new Action.RegLoad(OxmField.REG1, 8, 8, 3),
                        Action.move(OxmField.ETH_SRC, OxmField.ETH_DST),
                        new Action.DecNwTtl(),
                        new Action.Resubmit(OpenFlow.PORT_IN_PORT, 7),
                        Action.output(2),
                        Action.toController(),
                        new Action.Output(OpenFlow.PORT_IN_PORT, 0),
                        new Action.Group(9)),
                new Instruction.WriteMetadata(5, 0xff),
                new Instruction.GotoTable(3));
        assertThat(FlowText.instructions(instructions))
                .isEqualTo("set_field:02:00:00:64:01:0b->dl_dst,load:0x1->NXM_NX_REG0[],load:0x3->NXM_NX_REG1[8..15],"
                        + "move:OXM_OF_ETH_SRC[]->OXM_OF_ETH_DST[],dec_ttl,resubmit(,7),output:2,CONTROLLER:65535,"
                        + "IN_PORT,group:9,write_metadata:0x5/0xff,goto_table:3");
    }

    @Test
    void connectionTrackingIsPrintedWithWhatIsNestedInIt() {
        Action.Ct ct = Action.Ct.commit(
                7,
                4,
                Action.Nat.destination(Ipv4Address.parse("10.0.1.11"), 80),
                new Action.RegLoad(OxmField.CT_MARK, 0, 32, 2));
        assertThat(FlowText.actions(List.of(ct, Action.Ct.track(7, 5, Action.Nat.restore()))))
                .isEqualTo("ct(commit,table=4,zone=7,nat(dst=10.0.1.11:80),exec(load:0x2->NXM_NX_CT_MARK[])),"
                        + "ct(table=5,zone=7,nat)");
    }

    @Test
    void aTraceCrossesTheWireAsItIs() {
        FlowTrace.Request request =
                new FlowTrace.Request(MatchText.parse("in_port=3,tun_id=0x64"), Bytes.parse("0102030405"));
        assertThat(FlowTrace.request(FlowTrace.message(request).data())).isEqualTo(request);
        List<FlowTrace.Step> steps = List.of(
                new FlowTrace.Step(FlowTrace.Kind.FLOW, 0, 1, "priority=1 actions=drop"),
                new FlowTrace.Step(FlowTrace.Kind.DROP, 2, 63, "policy"));
        assertThat(FlowTrace.steps(FlowTrace.message(steps).data())).isEqualTo(steps);
        assertThatThrownBy(() -> FlowTrace.steps(Bytes.parse("ff00000000000000")))
                .isInstanceOf(OpenFlowException.class);
        List<FlowTrace.Step> many =
                java.util.Collections.nCopies(2_000, new FlowTrace.Step(FlowTrace.Kind.NOTE, 0, 0, "x".repeat(2_000)));
        assertThat(FlowTrace.message(many).data().length()).isLessThan(OpenFlow.MAX_MESSAGE_BYTES - 16);
    }
}
