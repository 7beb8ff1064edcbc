package io.hopline.vswitch;

import io.hopline.openflow.FieldMatch;
import io.hopline.openflow.Match;
import io.hopline.openflow.OpenFlowError;
import io.hopline.openflow.OpenFlowException;
import java.util.Arrays;

/** A match as bits of a {@link FlowKey}: a packet matches when its words, masked, equal the value. Immutable. */
final class KeyMatch {
    final Bits mask;
    final Bits value;

    private KeyMatch(long[] mask, long[] value) {
        this.mask = new Bits(mask);
        this.value = new Bits(value);
    }

    /** Words of a key that compare by content. */
    static final class Bits {
        final long[] words;
        private final int hash;

        Bits(long[] words) {
            this.words = words;
            hash = Arrays.hashCode(words);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Bits bits && hash == bits.hash && Arrays.equals(words, bits.words);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /**
     * @throws OpenFlowException BAD_MATCH_FIELD for a field that the switch does not know
     */
    static KeyMatch of(Match match) {
        long[] mask = new long[FlowKey.WORDS];
        long[] value = new long[FlowKey.WORDS];
        for (FieldMatch field : match.fields()) {
            KeyField where = KeyField.of(field.field());
            if (where == null) {
                throw new OpenFlowException(OpenFlowError.BAD_MATCH_FIELD, field.field() + " cannot be matched here");
            }
            if (where.isWide()) {
                mask[where.word()] |= field.maskHigh();
                value[where.word()] |= field.high();
                mask[where.word() + 1] |= field.maskLow();
                value[where.word() + 1] |= field.low();
            } else {
                mask[where.word()] |= field.maskLow() << where.shift();
                value[where.word()] |= field.low() << where.shift();
            }
        }
        return new KeyMatch(mask, value);
    }

    /** True when whatever {@code other} matches, this one matches too. */
    boolean covers(KeyMatch other) {
        for (int i = 0; i < FlowKey.WORDS; i++) {
            long bits = mask.words[i];
            if ((other.mask.words[i] & bits) != bits || (other.value.words[i] & bits) != value.words[i]) {
                return false;
            }
        }
        return true;
    }

    /** True when some packet could match both. */
    boolean overlaps(KeyMatch other) {
        for (int i = 0; i < FlowKey.WORDS; i++) {
            long both = mask.words[i] & other.mask.words[i];
            if (((value.words[i] ^ other.value.words[i]) & both) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KeyMatch match && mask.equals(match.mask) && value.equals(match.value);
    }

    @Override
    public int hashCode() {
        return 31 * mask.hashCode() + value.hashCode();
    }
}
