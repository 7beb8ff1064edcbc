package io.hopline.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Asks Open vSwitch's ovs-ofctl what our bytes say. */
@Tag("ovs")
final class OpenFlowCodecOvsTest {
    @BeforeEach
    void needsOvsOfctl() {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/ovs-ofctl")), "ovs-ofctl is not installed");
    }

    private static String print(byte[] bytes) throws IOException, InterruptedException {
        Process ofctl = new ProcessBuilder(
                        "ovs-ofctl", "ofp-print", HexFormat.of().formatHex(bytes), "2")
                .redirectErrorStream(true)
                .start();
        String text = new String(ofctl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        ofctl.waitFor();
        return text;
    }

    private static String printFlow(Match match, Action... actions) throws IOException, InterruptedException {
        return print(OpenFlowCodec.encode(
                1,
                FlowMod.add(3)
                        .match(match)
                        .instructions(Instruction.apply(actions))
                        .build()));
    }

    /** PBB, IN_PHY_PORT, extension header fields and our own action are unknown to Open vSwitch. */
    static Stream<OpenFlowMessage> messages() {
        List<OxmField> unknown = List.of(OxmField.PBB_ISID, OxmField.IN_PHY_PORT, OxmField.IPV6_EXTHDR);
        return Samples.messages().stream()
                .filter(message -> !(message instanceof FlowMod mod
                        && mod.match().fields().stream().anyMatch(field -> unknown.contains(field.field()))))
                .filter(message -> !message.toString().contains("Pbb"))
                .filter(message -> !message.toString().contains("Affinity"))
                .filter(message -> !message.toString().contains("CopyTtl"))
                .filter(message -> !message.toString().contains("PushVlan[ethType=34984]"))
                .filter(message -> !message.toString().contains("experimenter=4660"));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void understandsEveryMessage(OpenFlowMessage message) throws IOException, InterruptedException {
        byte[] bytes = OpenFlowCodec.encode(0x77, message);
        String text = print(bytes);
        assertThat(text).contains("(OF1.3)").doesNotContain("***decode error").doesNotContain("|WARN|");
    }

    @Test
    void readsTheFieldsAsWeMeanThem() throws IOException, InterruptedException {
        Match tcp = Match.builder()
                .metadata(100)
                .ethType(0x0800)
                .ipProto(6)
                .ipv4Dst(Samples.IP, 24)
                .tcpDst(80)
                .ctState(OpenFlow.CT_NEW | OpenFlow.CT_TRACKED, OpenFlow.CT_NEW | OpenFlow.CT_TRACKED)
                .build();
        assertThat(printFlow(tcp, Action.output(7)))
                .contains("table:3")
                .contains("ct_state=+new+trk,tcp,metadata=0x64,nw_dst=10.0.1.0/24,tp_dst=80")
                .contains("actions=output:7");
        Match tunnel =
                Match.builder().tunnelId(100).tunnelSrc(Samples.IP).reg(3, 9).build();
        assertThat(printFlow(tunnel, Action.toController()))
                .contains("reg3=0x9")
                .contains("tun_id=0x64")
                .contains("tun_src=10.0.1.11")
                .contains("actions=CONTROLLER:65535");
        Match six = Match.builder()
                .field(FieldMatch.exact(OxmField.TUN_IPV6_SRC, 0x2001_0db8_0000_0000L, 1))
                .build();
        assertThat(printFlow(six, new Action.SetField(OxmField.TUN_IPV6_DST, 0x2001_0db8_0000_0000L, 2)))
                .contains("tun_ipv6_src=2001:db8::1")
                .contains("actions=set_field:2001:db8::2->tun_ipv6_dst");
        Match tagged = Match.builder().vlanVid(7).exact(OxmField.VLAN_PCP, 5).build();
        assertThat(printFlow(tagged, new Action.PopVlan())).contains("dl_vlan=7,dl_vlan_pcp=5 actions=pop_vlan");
    }

    @Test
    void readsTheActionsAsWeMeanThem() throws IOException, InterruptedException {
        Action commit = Action.Ct.commit(
                100,
                4,
                Action.Nat.destination(Samples.IP, 80),
                new Action.RegMove(OxmField.ETH_SRC, 0, OxmField.CT_LABEL, 0, 48));
        Match ip = Match.builder().ethType(0x0800).build();
        assertThat(printFlow(ip, commit))
                .contains("ct(commit,table=4,zone=100,nat(dst=10.0.1.11:80),"
                        + "exec(move:NXM_OF_ETH_SRC[]->NXM_NX_CT_LABEL[0..47]))");
        assertThat(printFlow(ip, Action.Ct.track(100, 3, Action.Nat.restore()))).contains("ct(table=3,zone=100,nat)");
        assertThat(printFlow(
                        Match.ANY,
                        Action.set(OxmField.TUNNEL_ID, 100),
                        Action.set(OxmField.TUN_IPV4_DST, Samples.IP),
                        new Action.RegLoad(OxmField.REG1, 0, 16, 5),
                        new Action.Resubmit(OpenFlow.PORT_IN_PORT, 5),
                        Action.output(OpenFlow.PORT_IN_PORT)))
                .contains("set_field:0x64->tun_id,set_field:10.0.1.11->tun_dst,load:0x5->NXM_NX_REG1[0..15],"
                        + "resubmit(,5),IN_PORT");
    }

    @Test
    void readsPortsAndGroupsAsWeMeanThem() throws IOException, InterruptedException {
        byte[] ports = OpenFlowCodec.encode(
                1, new MultipartReply(new MultipartReply.PortDescriptions(List.of(Samples.port(1, "web1")))));
        assertThat(print(ports))
                .contains("1(web1): addr:02:00:0a:00:01:0b")
                .contains("config:     PORT_DOWN")
                .contains("state:      LIVE")
                .contains("speed: 10000 Mbps now");
        byte[] group = OpenFlowCodec.encode(
                1, GroupMod.add(GroupType.SELECT, 9, List.of(Bucket.weighted(50, Action.output(1)))));
        assertThat(print(group)).contains("ADD group_id=9,type=select,bucket=").contains("weight:50");
    }
}
