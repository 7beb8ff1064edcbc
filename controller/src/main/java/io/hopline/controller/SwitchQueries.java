package io.hopline.controller;

import io.hopline.openflow.OpenFlowMessage;

/** Asks connected switches what they alone know. */
interface SwitchQueries {
    /** What becomes of one question; called by the session's thread, message by message. */
    interface Answer {
        /** @return true when the answer is complete, and no more is wanted */
        boolean take(OpenFlowMessage message);

        /** There will be no answer. */
        void fail(String why);
    }

    /**
     * Sends a question; its answer comes soon, and perhaps never.
     *
     * @throws StateException when the switch is not connected, or too many answers are waited for
     */
    void ask(NodeInfo node, OpenFlowMessage question, Answer answer);

    /** Nobody waits for this answer any more. */
    void forget(NodeInfo node, Answer answer);
}
