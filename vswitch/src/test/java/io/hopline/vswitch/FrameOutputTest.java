package io.hopline.vswitch;

import static io.hopline.vswitch.Packets.assertChecksums;
import static io.hopline.vswitch.Packets.complete;
import static io.hopline.vswitch.Packets.i32;
import static io.hopline.vswitch.Packets.ip;
import static io.hopline.vswitch.Packets.ipv6;
import static io.hopline.vswitch.Packets.tcp;
import static io.hopline.vswitch.Packets.tcpSegment;
import static io.hopline.vswitch.Packets.u16;
import static io.hopline.vswitch.Packets.u48;
import static io.hopline.vswitch.Packets.udp;
import static io.hopline.vswitch.Packets.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.openflow.Action;
import io.hopline.openflow.Instruction;
import io.hopline.openflow.Match;
import io.hopline.openflow.OxmField;
import io.hopline.packet.DropReason;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.VnetHeader;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Packets that are longer than the port they go to takes. */
class FrameOutputTest {
    private final Rig rig = new Rig();

    @BeforeEach
    void narrowPort() {
        rig.ports[2].mtu = 1400;
        Action.Nat nat = Action.Nat.destination(Ipv4Address.parse("10.0.0.9"), 8080);
        rig.flow(
                0,
                20,
                Match.builder().ethType(0x0800).build(),
                Instruction.apply(
                        Action.set(OxmField.ETH_SRC, 0x77),
                        Action.set(OxmField.ETH_DST, 0x78),
                        new Action.DecNwTtl(),
                        Action.Ct.commit(1, 1, nat)));
        rig.flow(0, 10, Match.ANY, new Instruction.GotoTable(1));
        rig.flow(1, 10, Match.ANY, Instruction.apply(Action.output(2)));
        rig.settle();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private static byte[] tcpOfIpBytes(int bytes) {
        return tcp("10.0.0.1", 1000, "10.0.0.2", 80, Packets.ACK, bytes - 40);
    }

    @Test
    void tellsTheSenderAboutThePacketAsItCame() {
        byte[] fits = tcpOfIpBytes(1400);
        rig.receive(1, fits);
        assertThat(rig.sent(2)).hasSize(1);
        byte[] tooBig = tcpOfIpBytes(1401);
        rig.receive(1, tooBig);
        assertThat(rig.sent(2)).isEmpty();
        byte[] error = rig.onlySent(1).bytes();
        assertChecksums(error);
        assertThat(u48(error, 0)).isEqualTo(Packets.MAC_A);
        assertThat(u48(error, 6)).isEqualTo(Packets.MAC_B);
        assertThat(i32(error, 26)).isEqualTo(ip("10.0.0.2"));
        assertThat(i32(error, 30)).isEqualTo(ip("10.0.0.1"));
        assertThat(u16(error, 34)).isEqualTo(0x0304);
        assertThat(u16(error, 40)).isEqualTo(1400);
        assertThat(List.of(error).getFirst())
                .endsWith(java.util.Arrays.copyOfRange(tooBig, 14, error.length - 42 + 14));
        assertThat(rig.control.drops(DropReason.FRAGMENTATION_NEEDED)).isEqualTo(1);
    }

    @Test
    void measuresSuperFramesByTheirSegments() {
        rig.receivePartial(1, tcpOfIpBytes(20_000), VnetHeader.GSO_TCPV4, 1360);
        assertThat(rig.sent(2)).hasSize(1);
        rig.receivePartial(1, tcpOfIpBytes(20_000), VnetHeader.GSO_TCPV4, 1361);
        assertThat(rig.sent(2)).isEmpty();
        assertThat(u16(rig.onlySent(1).bytes(), 34)).isEqualTo(0x0304);
    }

    @Test
    void tellsIpv6Senders() {
        byte[] tooBig = ipv6(
                6,
                "fd000000000000000000000000000001",
                "fd000000000000000000000000000002",
                tcpSegment(1, 2, Packets.ACK, 1400));
        rig.receive(1, tooBig);
        byte[] error = rig.onlySent(1).bytes();
        assertChecksums(error);
        assertThat(u16(error, 54)).isEqualTo(0x0200);
        assertThat(i32(error, 58)).isEqualTo(1400);
        assertThat(rig.control.drops(DropReason.FRAGMENTATION_NEEDED)).isEqualTo(1);
    }

    @Test
    void fragmentsWhatMayBeFragmented() {
        byte[] big = complete(with(udp("10.0.0.1", 5, "10.0.0.2", 6, 3000), 20, 0, 0));
        rig.receivePartial(1, big, VnetHeader.GSO_NONE, 0);
        List<byte[]> pieces = rig.sent(2);
        assertThat(pieces).hasSize(3);
        int payload = 0;
        for (byte[] piece : pieces) {
            assertThat(piece.length).isLessThanOrEqualTo(1414);
            assertThat(i32(piece, 30)).isEqualTo(ip("10.0.0.9"));
            payload += u16(piece, 16) - 20;
        }
        assertThat(payload).isEqualTo(3008);
        assertThat(rig.drops()).isZero();
    }

    @Test
    void cutsASuperFrameThatMayBeFragmentedAndFragmentsItsSegments() {
        byte[] big = complete(with(tcpOfIpBytes(40 + 4 * 1460 - 60), 20, 0, 0));
        rig.receivePartial(1, big, VnetHeader.GSO_TCPV4, 1460);
        List<byte[]> pieces = rig.sent(2);
        // Three segments of 1,460 bytes make two fragments each; the last, of 1,400, does too.
        assertThat(pieces).hasSize(8);
        byte[] stream = new byte[big.length - 54];
        for (int i = 0; i < 8; i += 2) {
            byte[] packet = reassembled(pieces.get(i), pieces.get(i + 1));
            assertChecksums(packet);
            assertThat(u16(packet, 18)).isEqualTo(u16(big, 18) + i / 2 & 0xffff);
            assertThat(i32(packet, 38)).isEqualTo(i32(big, 38) + i / 2 * 1460);
            System.arraycopy(packet, 54, stream, i / 2 * 1460, packet.length - 54);
        }
        assertThat(stream).isEqualTo(java.util.Arrays.copyOfRange(big, 54, big.length));
        assertThat(rig.drops()).isZero();
        rig.nothingSent();
    }

    /** The packet of two fragments, as its receiver puts it together (RFC 791, section 3.2). */
    private static byte[] reassembled(byte[] first, byte[] second) {
        assertThat(first.length).isLessThanOrEqualTo(1414);
        assertThat(u16(first, 20)).isEqualTo(0x2000);
        assertThat(u16(second, 20)).isEqualTo(first.length - 34 >> 3);
        assertThat(u16(second, 18)).isEqualTo(u16(first, 18));
        byte[] packet = java.util.Arrays.copyOf(first, first.length + second.length - 34);
        System.arraycopy(second, 34, packet, first.length, second.length - 34);
        int bytes = packet.length - 14;
        byte[] whole = with(packet, 16, bytes >> 8, bytes, u16(packet, 18) >> 8, u16(packet, 18), 0, 0);
        byte[] summed = complete(whole);
        return with(whole, 24, summed[24], summed[25]);
    }

    @Test
    void whatIsNotIpIsTooLong() {
        byte[] frame = new byte[1500];
        frame[5] = 2;
        frame[11] = 1;
        frame[12] = (byte) 0x88;
        frame[13] = (byte) 0xb5;
        rig.receive(1, frame);
        assertThat(rig.control.drops(DropReason.TOO_LONG)).isEqualTo(1);
        rig.nothingSent();
    }

    @Test
    void timesMarkedFramesAtBothEnds() {
        java.util.ArrayList<String> heard = new java.util.ArrayList<>();
        HopRecorder recorder = new HopRecorder() {
            @Override
            public int mark(FlowKey key) {
                return key.destinationPort() == 80 ? 5 : 0;
            }

            @Override
            public void entered(io.hopline.packet.Frame frame) {
                heard.add("in " + frame.inPort() + " mark " + frame.mark());
            }

            @Override
            public void left(io.hopline.packet.Frame frame, int outPort) {
                heard.add("out " + outPort);
            }
        };
        try (Rig timed = new Rig(recorder, SelectorFactory.RENDEZVOUS)) {
            timed.flow(0, 1, Match.ANY, Instruction.apply(Action.Ct.track(1, 1)));
            timed.flow(1, 1, Match.ANY, Instruction.apply(Action.output(2), Action.output(3)));
            timed.settle();
            timed.receive(1, tcpOfIpBytes(100));
            timed.receive(1, tcp("10.0.0.1", 1000, "10.0.0.2", 81, Packets.ACK, 20));
            timed.receive(1, tcpOfIpBytes(100));
            timed.sent(2);
            timed.sent(3);
            assertThat(heard).containsExactly("in 1 mark 5", "out 2", "out 3", "in 1 mark 5", "out 2", "out 3");
        }
    }
}
