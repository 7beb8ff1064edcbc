package io.hopline.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hopline.linux.BpfProgram.Assembler;
import org.junit.jupiter.api.Test;

class BpfProgramTest {
    @Test
    void assemblesWhatTcpdumpAssembles() {
        // tcpdump -ddd -y EN10MB tcp port 80 without IPv6, shortened: code jt jf k.
        BpfProgram program = BpfProgram.assembler()
                .loadHalf(12)
                .ifEqual(0x800, Assembler.NEXT, "drop")
                .loadByte(23)
                .ifEqual(6, Assembler.NEXT, "drop")
                .loadHalf(20)
                .ifAnyBit(0x1fff, "drop", Assembler.NEXT)
                .loadXIpHeaderLength(14)
                .loadHalfAtX(14)
                .ifEqual(80, "keep", Assembler.NEXT)
                .loadHalfAtX(16)
                .ifEqual(80, "keep", "drop")
                .label("keep")
                .returns(262_144)
                .label("drop")
                .returns(0)
                .assemble();
        int[][] expected = {
            {40, 0, 0, 12}, {21, 0, 10, 2048}, {48, 0, 0, 23}, {21, 0, 8, 6}, {40, 0, 0, 20}, {69, 6, 0, 8191},
            {177, 0, 0, 14}, {72, 0, 0, 14}, {21, 2, 0, 80}, {72, 0, 0, 16}, {21, 0, 1, 80}, {6, 0, 0, 262_144},
            {6, 0, 0, 0}
        };
        assertThat(program.length()).isEqualTo(expected.length);
        for (int i = 0; i < expected.length; i++) {
            long word = program.instruction(i);
            assertThat(new int[] {
                        (int) word & 0xffff, (int) (word >>> 16) & 0xff, (int) (word >>> 24) & 0xff, (int) (word >>> 32)
                    })
                    .as("instruction " + i)
                    .containsExactly(expected[i]);
        }
    }

    @Test
    void aNegativeConstantKeepsItsBits() {
        BpfProgram program =
                BpfProgram.assembler().multiply(0x9e37_79b1).returns(0).assemble();
        assertThat(program.instruction(0) >>> 32).isEqualTo(0x9e37_79b1L);
    }

    @Test
    void refusesLabelsThatAreMissingTwiceBehindOrTooFar() {
        assertThatThrownBy(() -> BpfProgram.assembler().jump("nowhere").assemble())
                .hasMessageContaining("'nowhere'");
        assertThatThrownBy(() -> BpfProgram.assembler().label("a").label("a")).hasMessageContaining("there already");
        assertThatThrownBy(() -> BpfProgram.assembler()
                        .label("back")
                        .loadLength()
                        .jump("back")
                        .assemble())
                .hasMessageContaining("-2 instructions away");
        Assembler far = BpfProgram.assembler().ifEqual(1, "end", Assembler.NEXT);
        for (int i = 0; i < 300; i++) {
            far.loadLength();
        }
        assertThatThrownBy(() -> far.label("end").returns(0).assemble()).hasMessageContaining("300 instructions away");
        assertThatThrownBy(() -> BpfProgram.assembler().assemble()).isInstanceOf(IllegalArgumentException.class);
    }
}
