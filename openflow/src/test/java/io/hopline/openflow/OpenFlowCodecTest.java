package io.hopline.openflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class OpenFlowCodecTest {
    private static final int XID = 0x12345678;

    static Stream<OpenFlowMessage> messages() {
        return Samples.messages().stream();
    }

    @ParameterizedTest
    @MethodSource("messages")
    void readsBackWhatItWrites(OpenFlowMessage message) {
        byte[] bytes = OpenFlowCodec.encode(XID, message);
        assertThat(OpenFlowCodec.decode(bytes)).isEqualTo(new OpenFlowCodec.Envelope(XID, message));
        assertThat(OpenFlowCodec.encode(XID, OpenFlowCodec.decode(bytes).message()))
                .isEqualTo(bytes);
    }

    @Test
    void samplesHoldEveryFieldAndEveryAction() {
        Set<OxmField> fields = EnumSet.noneOf(OxmField.class);
        Samples.matches().forEach(match -> match.fields().forEach(field -> fields.add(field.field())));
        for (int n = 1; n < 7; n++) {
            fields.add(OxmField.reg(n));
        }
        assertThat(fields).containsExactlyInAnyOrder(OxmField.values());
        List<Class<?>> actions = new ArrayList<>();
        Samples.actions().forEach(action -> actions.add(action.getClass()));
        actions.add(Action.Nat.class);
        assertThat(actions).contains(Action.class.getPermittedSubclasses());
    }

    @ParameterizedTest
    @MethodSource("messages")
    void survivesTruncation(OpenFlowMessage message) {
        byte[] bytes = OpenFlowCodec.encode(XID, message);
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            if (length >= 4) {
                cut[2] = (byte) (length >>> 8);
                cut[3] = (byte) length;
            }
            decodeOrRefuse(cut);
        }
    }

    @ParameterizedTest
    @MethodSource("messages")
    void survivesFlippedBytes(OpenFlowMessage message) {
        byte[] good = OpenFlowCodec.encode(XID, message);
        Random random = new Random(good.length);
        for (int round = 0; round < 300; round++) {
            byte[] bad = good.clone();
            int flips = 1 + random.nextInt(4);
            for (int i = 0; i < flips; i++) {
                int at = random.nextInt(bad.length);
                if (at != 2 && at != 3) {
                    bad[at] = (byte) random.nextInt();
                }
            }
            decodeOrRefuse(bad);
        }
    }

    @Test
    void survivesRandomBodies() {
        Random random = new Random(7);
        for (int round = 0; round < 200_000; round++) {
            byte[] bytes = new byte[8 + random.nextInt(120)];
            random.nextBytes(bytes);
            bytes[0] = OpenFlow.VERSION;
            bytes[1] = (byte) random.nextInt(31);
            bytes[2] = 0;
            bytes[3] = (byte) bytes.length;
            for (int i = 8; i < bytes.length; i++) {
                if (random.nextInt(3) > 0) {
                    bytes[i] = (byte) (random.nextInt(4) == 0 ? 8 : 0);
                }
            }
            decodeOrRefuse(bytes);
        }
    }

    /** Whatever is accepted must have a wire form again. */
    private static void decodeOrRefuse(byte[] bytes) {
        OpenFlowCodec.Envelope envelope;
        try {
            envelope = OpenFlowCodec.decode(bytes);
        } catch (OpenFlowException e) {
            assertThat(e.getMessage()).isNotEmpty();
            return;
        }
        assertThatCode(() -> OpenFlowCodec.encode(envelope.xid(), envelope.message()))
                .as("message from %s", HexFormat.of().formatHex(bytes))
                .doesNotThrowAnyException();
    }

    /** Bytes by hand from the specification's structures, and the error it names. */
    @ParameterizedTest
    @CsvSource({
        // header
        "0405000800000001, ",
        "0105000800000001, BAD_REQUEST_VERSION",
        "0463000800000001, BAD_REQUEST_TYPE",
        "0405000c0000000100000000, BAD_REQUEST_LEN",
        "041200100000000100630000 00000000, BAD_REQUEST_MULTIPART",
        // role 9
        "0418001800000001 00000009 00000000 0000000000000000, ROLE_REQUEST_ROLE",
        // group of type 9, group command 7, bucket of length 8
        "040f001000000001 0000 09 00 00000001, GROUP_MOD_TYPE",
        "040f001000000001 0007 00 00 00000001, GROUP_MOD_COMMAND",
        "040f001800000001 0000 00 00 00000001 0008000000000000, GROUP_MOD_BUCKET",
        // meter band of type 5
        "041d002000000001 0000 0001 00000001 0005 0010 00000001 00000000 00000000, METER_MOD_BAND_TYPE",
    })
    void answersBadMessagesWithTheSpecifiedError(String hex, OpenFlowError expected) {
        expect(hex.replace(" ", ""), expected);
    }

    /** The match and instructions of an otherwise good flow-mod. */
    @ParameterizedTest
    @CsvSource({
        "0001000400000000, ",
        "0000000400000000, BAD_MATCH_TYPE",
        "0001000300000000, BAD_MATCH_LEN",
        "0001004000000000, BAD_MATCH_LEN",
        // IN_PORT with 2 bytes; an unknown field; one of an unknown class; one twice
        "0001000a80000002 000100000000 0000, BAD_MATCH_LEN",
        "0001000980007e01 01 00000000000000, BAD_MATCH_FIELD",
        "0001000977770001 01 00000000000000, BAD_MATCH_FIELD",
        "000100148000000400000001 8000000400000001 00000000, BAD_MATCH_DUP_FIELD",
        // TCP_DST without ETH_TYPE and IP_PROTO; IP_DSCP of 64; IN_PORT with a mask; value outside its mask
        "0001000a80001c02 0050 000000000000, BAD_MATCH_PREREQ",
        "0001000f80000a02 0800 80001001 40 00, BAD_MATCH_VALUE",
        "0001001080000108 00000001 ffffffff, BAD_MATCH_MASK",
        "0001001880000510 0000000000000001 0000000000000000, BAD_MATCH_WILDCARDS",
        // goto with length 16; unknown instruction; length 4; the same twice; experimenter
        "0001000400000000 0001001001000000 0000000000000000, BAD_INSTRUCTION_LEN",
        "0001000400000000 0077000801000000, BAD_INSTRUCTION_UNKNOWN",
        "0001000400000000 0001000401000000, BAD_INSTRUCTION_LEN",
        "0001000400000000 0001000801000000 0001000802000000, BAD_INSTRUCTION_UNSUPPORTED",
        "0001000400000000 ffff000800001234, BAD_INSTRUCTION_EXPERIMENTER",
        // apply: unknown action; length 12; output of 8 bytes; push-vlan of 0x0800; set-field of METADATA; of IP_DSCP
        // 64
        "0001000400000000 0004001000000000 0063000800000000, BAD_ACTION_TYPE",
        "0001000400000000 0004001000000000 0012000c00000000, BAD_ACTION_LEN",
        "0001000400000000 0004001000000000 0000000800000001, BAD_ACTION_LEN",
        "0001000400000000 0004001000000000 0011000808000000, BAD_ACTION_ARGUMENT",
        "0001000400000000 0004001800000000 00190010 80000408 0000000000000001, BAD_ACTION_SET_TYPE",
        "0001000400000000 0004001800000000 00190010 80001001 40 00000000000000, BAD_ACTION_SET_ARGUMENT",
        "0001000400000000 0004001800000000 00190010 80001003 40 00000000000000, BAD_ACTION_SET_TYPE",
        "0001000400000000 0004001800000000 00190010 80001010 40 00000000000000, BAD_ACTION_SET_LEN",
        // experimenter actions: unknown vendor; unknown Nicira subtype; nat outside ct
        "0001000400000000 0004001800000000 ffff0010 00001234 0000000000000000, BAD_ACTION_EXPERIMENTER",
        "0001000400000000 0004001800000000 ffff0010 00002320 0fff000000000000, BAD_ACTION_EXP_TYPE",
        "0001000400000000 0004001800000000 ffff0010 00002320 0024000000010000, BAD_ACTION_ARGUMENT",
    })
    void answersBadFlowModsWithTheSpecifiedError(String tail, OpenFlowError expected) {
        String body =
                "0000000000000000 0000000000000000 00 00 0000 0000 8000 ffffffff ffffffff ffffffff 0000 0000" + tail;
        String hex = body.replace(" ", "");
        expect("040e%04x00000001%s".formatted(8 + hex.length() / 2, hex), expected);
    }

    private static void expect(String hex, OpenFlowError expected) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        if (expected == null) {
            assertThatCode(() -> OpenFlowCodec.decode(bytes)).doesNotThrowAnyException();
            return;
        }
        assertThatExceptionOfType(OpenFlowException.class)
                .isThrownBy(() -> OpenFlowCodec.decode(bytes))
                .extracting(OpenFlowException::error)
                .isEqualTo(expected);
    }

    @Test
    void anErrorCarriesAtMost64BytesOfTheOffender() {
        OpenFlowException cause = new OpenFlowException(OpenFlowError.BAD_REQUEST_TYPE, "test");
        ErrorMessage error = ErrorMessage.of(cause, Bytes.of(new byte[100]));
        assertThat(error.data().length()).isEqualTo(64);
        assertThat(error.describe()).isEqualTo("BAD_REQUEST_TYPE");
    }

    @Test
    void readsNicirasNumbersOfOpenFlowFields() {
        // A register move NXM_OF_ETH_SRC[] -> NXM_NX_ARP_THA[], as a client of OpenFlow 1.0 would write it.
        String body = "0000000000000000 0000000000000000 00 00 0000 0000 8000 ffffffff ffffffff ffffffff 0000 0000"
                + "0001000400000000 00040020 00000000 ffff0018 00002320 0006 0030 0000 0000 00000406 00012406";
        String hex = body.replace(" ", "");
        byte[] bytes = HexFormat.of().parseHex("040e%04x00000001%s".formatted(8 + hex.length() / 2, hex));
        FlowMod mod = (FlowMod) OpenFlowCodec.decode(bytes).message();
        assertThat(mod.instructions())
                .containsExactly(Instruction.apply(Action.move(OxmField.ETH_SRC, OxmField.ARP_THA)));
    }
}
