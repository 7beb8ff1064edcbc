package io.hopline.sla;

/**
 * Whether one rule of one objective has fired: it fires when both windows burn at the rule's rate or faster, and resolves when the
 * short one has cooled below it. Used by one thread at a time.
 */
public final class BurnAlert {
    private final BurnRule rule;
    private boolean firing;
    private long changedMs;
    private long firedMs;

    /** What a look at the windows changed. */
    public enum Change {
        NONE,
        FIRED,
        RESOLVED
    }

    BurnAlert(BurnRule rule) {
        this.rule = rule;
    }

    Change update(double longBurn, double shortBurn, long nowMs) {
        boolean before = firing;
        if (firing) {
            firing = shortBurn >= rule.factor();
        } else {
            firing = longBurn >= rule.factor() && shortBurn >= rule.factor();
        }
        if (firing == before) {
            return Change.NONE;
        }
        changedMs = nowMs;
        firedMs = firing ? nowMs : firedMs;
        return firing ? Change.FIRED : Change.RESOLVED;
    }

    public BurnRule rule() {
        return rule;
    }

    public boolean firing() {
        return firing;
    }

    /** When it fired or resolved last, CLOCK_REALTIME milliseconds; 0 when it never did. */
    public long changedMs() {
        return changedMs;
    }

    /** When it fired last, likewise. */
    public long firedMs() {
        return firedMs;
    }
}
