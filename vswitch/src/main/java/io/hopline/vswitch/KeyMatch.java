package io.hopline.vswitch;

import io.hopline.openflow.FieldMatch;
import io.hopline.openflow.Match;
import io.hopline.openflow.OpenFlowError;
import io.hopline.openflow.OpenFlowException;
import java.util.Arrays;

/** A match as bits of a {@link FlowKey}: a packet matches when its words, masked, equal the value. Immutable. */
final class KeyMatch {
    final KeyMask mask;
    /** The value, packed as the mask says. */
    private final long[] value;

    final long hash;

    private KeyMatch(KeyMask mask, long[] value) {
        this.mask = mask;
        this.value = value;
        hash = mask.hashOfPacked(value);
    }

    /** What all keys match that are like {@code key} in the mask's bits. */
    static KeyMatch of(KeyMask mask, long[] key) {
        long[] value = new long[mask.packedWords()];
        mask.pack(key, value, 0);
        return new KeyMatch(mask, value);
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
        return of(KeyMask.of(mask), value);
    }

    /** The same match with an equal mask that others have too. */
    KeyMatch sharing(KeyMask equalMask) {
        return new KeyMatch(equalMask, value);
    }

    boolean matches(long[] key) {
        return mask.matches(key, value, 0);
    }

    void copyValue(long[] into, int at) {
        System.arraycopy(value, 0, into, at, value.length);
    }

    boolean hasValueOf(KeyMatch other) {
        return Arrays.equals(value, other.value);
    }

    /** True when whatever {@code other} matches, this one matches too. */
    boolean covers(KeyMatch other) {
        return mask.isWithin(other.mask) && agreesWith(other);
    }

    /** True when some packet could match both. */
    boolean overlaps(KeyMatch other) {
        return agreesWith(other);
    }

    /** True when both want the same of the bits that both look at. */
    private boolean agreesWith(KeyMatch other) {
        int theirs = 0;
        for (int i = 0; i < value.length; i++) {
            int word = mask.word(i);
            while (theirs < other.value.length && other.mask.word(theirs) < word) {
                theirs++;
            }
            if (theirs == other.value.length) {
                return true;
            }
            if (other.mask.word(theirs) == word) {
                long both = mask.bits(word) & other.mask.bits(word);
                if (((value[i] ^ other.value[theirs]) & both) != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KeyMatch match && hasValueOf(match) && mask.equals(match.mask);
    }

    @Override
    public int hashCode() {
        return (int) hash;
    }
}
