package io.hopline.vswitch;

import static io.hopline.vswitch.Packets.ACK;
import static io.hopline.vswitch.Packets.SYN;
import static io.hopline.vswitch.Packets.assertChecksums;
import static io.hopline.vswitch.Packets.hex;
import static io.hopline.vswitch.Packets.i32;
import static io.hopline.vswitch.Packets.icmp;
import static io.hopline.vswitch.Packets.ip;
import static io.hopline.vswitch.Packets.ipv6;
import static io.hopline.vswitch.Packets.tcp;
import static io.hopline.vswitch.Packets.tcpSegment;
import static io.hopline.vswitch.Packets.u16;
import static io.hopline.vswitch.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.openflow.Action;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.OpenFlow;
import io.hopline.packet.IpAddress;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server, at port 2, calls the virtual address whose only server it is. */
class HairpinTest {
    private static final String VIP = "10.0.1.100";
    private static final String SELF = "10.0.1.11";
    private static final String VIP6 = "fd000001000000000000000000000100";
    private static final String SELF6 = "fd000001000000000000000000000011";
    private static final int SERVER = 2;

    private Rig rig;

    @BeforeEach
    void start() {
        rig = new Rig();
        translate("10.0.1.100", SELF, 0x0800);
        translate("fd00:1::100", "fd00:1::11", 0x86dd);
        rig.flow(0, 1, Match.ANY, Instruction.apply(Action.Ct.track(5, 3, Action.Nat.restore())));
        rig.flow(3, 1, Match.ANY, new Instruction.GotoTable(4));
        rig.flow(4, 1, Match.ANY, Instruction.apply(Action.output(OpenFlow.PORT_IN_PORT)));
        rig.settle();
    }

    private void translate(String vip, String server, int etherType) {
        Match first = Match.builder()
                .ethType(etherType)
                .ctState(OpenFlow.CT_NEW, OpenFlow.CT_NEW)
                .ipDst(IpAddress.parse(vip))
                .build();
        Action toServer = Action.Ct.commit(5, 4, Action.Nat.destination(IpAddress.parse(server), 8080));
        rig.flow(3, 10, first, Instruction.apply(toServer));
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    private byte[] through(byte[] frame) {
        rig.receive(SERVER, frame);
        byte[] sent = rig.onlySent(SERVER).bytes();
        assertChecksums(sent);
        return sent;
    }

    private static void assertIpv4(byte[] frame, String source, int sourcePort, String destination, int port) {
        assertThat(i32(frame, 26)).isEqualTo(ip(source));
        assertThat(u16(frame, 34)).isEqualTo(sourcePort);
        assertThat(i32(frame, 30)).isEqualTo(ip(destination));
        assertThat(u16(frame, 36)).isEqualTo(port);
    }

    @Test
    void theServerSeesTheVipCallAndTheCallerHearsTheVipAnswer() {
        assertIpv4(through(tcp(SELF, 40_000, VIP, 80, SYN)), VIP, 40_000, SELF, 8080);
        assertIpv4(through(tcp(SELF, 8080, VIP, 40_000, SYN | ACK)), VIP, 80, SELF, 40_000);
        assertIpv4(through(tcp(SELF, 40_000, VIP, 80, ACK, 100)), VIP, 40_000, SELF, 8080);
        assertIpv4(through(tcp(SELF, 8080, VIP, 40_000, ACK, 1000)), VIP, 80, SELF, 40_000);
        assertThat(rig.datapath.connectionCounts()).singleElement().satisfies(count -> {
            assertThat(count.server()).hasToString(SELF);
            assertThat(count.open()).isOne();
        });
    }

    @Test
    void datagramsAndErrorsAboutThemFindTheirWay() {
        assertIpv4(through(udp(SELF, 40_000, VIP, 53, 30)), VIP, 40_000, SELF, 8080);
        byte[] answer = through(udp(SELF, 8080, VIP, 40_000, 50));
        assertIpv4(answer, VIP, 53, SELF, 40_000);
        byte[] error = through(icmp(SELF, VIP, 3, 3, 0, Arrays.copyOfRange(answer, 14, 14 + 28)));
        assertThat(i32(error, 26)).isEqualTo(ip(VIP));
        assertThat(i32(error, 30)).isEqualTo(ip(SELF));
        assertThat(i32(error, 42 + 12)).as("quoted source").isEqualTo(ip(SELF));
        assertThat(i32(error, 42 + 16)).as("quoted destination").isEqualTo(ip(VIP));
        assertThat(u16(error, 62)).as("quoted source port").isEqualTo(8080);
    }

    /** Two calls from one port to two ports of the VIP end at one server's port: they must stay apart. */
    @Test
    void callsThatWouldLookAlikeGetAnotherPort() {
        assertIpv4(through(udp(SELF, 40_000, VIP, 53, 30)), VIP, 40_000, SELF, 8080);
        byte[] second = through(udp(SELF, 40_000, VIP, 54, 30));
        assertThat(u16(second, 34)).isNotEqualTo(40_000);
        assertIpv4(through(udp(SELF, 8080, VIP, u16(second, 34), 30)), VIP, 54, SELF, 40_000);
        assertIpv4(through(udp(SELF, 8080, VIP, 40_000, 30)), VIP, 53, SELF, 40_000);
    }

    @Test
    void ipv6IsTheSame() {
        byte[] call = through(ipv6(6, SELF6, VIP6, tcpSegment(40_000, 80, SYN, 0)));
        assertThat(Arrays.copyOfRange(call, 22, 38)).isEqualTo(hex(VIP6));
        assertThat(Arrays.copyOfRange(call, 38, 54)).isEqualTo(hex(SELF6));
        assertThat(u16(call, 56)).isEqualTo(8080);
        byte[] answer = through(ipv6(6, SELF6, VIP6, tcpSegment(8080, 40_000, SYN | ACK, 0)));
        assertThat(Arrays.copyOfRange(answer, 22, 38)).isEqualTo(hex(VIP6));
        assertThat(Arrays.copyOfRange(answer, 38, 54)).isEqualTo(hex(SELF6));
        assertThat(u16(answer, 54)).isEqualTo(80);
        assertThat(u16(answer, 56)).isEqualTo(40_000);
    }

    /** Another client of the same server is translated as ever. */
    @Test
    void othersKeepTheirAddress() {
        assertIpv4(through(tcp("10.0.1.20", 40_000, VIP, 80, SYN)), "10.0.1.20", 40_000, SELF, 8080);
        assertIpv4(through(tcp(SELF, 8080, "10.0.1.20", 40_000, SYN | ACK)), VIP, 80, "10.0.1.20", 40_000);
    }
}
