package io.hopline.vswitch;

import io.hopline.packet.Tcp;
import io.hopline.vswitch.Connection.Phase;

/**
 * The state machine of a tracked TCP connection, each peer's state apart, after Open vSwitch's (which is pf's), without the
 * window: sequence numbers are the peers' business, so that a packet is invalid by its flags only.
 */
final class TcpStates {
    static final int SILENT = 0;
    static final int SYN_SENT = 1;
    static final int ESTABLISHED = 2;
    /** Sent FIN. */
    static final int CLOSING = 3;
    /** Sent FIN, and the other side acknowledged something after it. */
    static final int FIN_ACKNOWLEDGED = 4;

    static final int RESET = 5;

    private TcpStates() {}

    /** Combinations that no stack sends (RFC 9293; as in nf_conntrack_proto_tcp.c). */
    static boolean isSane(int flags) {
        int syn = flags & Tcp.SYN;
        boolean contradiction = syn != 0 && (flags & (Tcp.FIN | Tcp.RST)) != 0;
        boolean none = (flags & (Tcp.SYN | Tcp.ACK | Tcp.RST | Tcp.FIN)) == 0;
        boolean bareFin = (flags & Tcp.FIN) != 0 && (flags & (Tcp.ACK | Tcp.RST)) == 0;
        return !contradiction && !none && !bareFin;
    }

    /** A connection may be picked up in its middle, but neither at its answer nor at its reset. */
    static boolean mayBegin(int flags) {
        boolean answer = (flags & (Tcp.SYN | Tcp.ACK)) == (Tcp.SYN | Tcp.ACK);
        return isSane(flags) && !answer && (flags & Tcp.RST) == 0;
    }

    /** A SYN on a connection that has ended begins another one with the same addresses and ports. */
    static boolean restarts(Connection connection, int flags) {
        return (flags & (Tcp.SYN | Tcp.ACK)) == Tcp.SYN
                && connection.originatorState >= FIN_ACKNOWLEDGED
                && connection.responderState >= FIN_ACKNOWLEDGED;
    }

    /** Whatever it begins with, it is not established before both sides were heard: a flood of one side's packets must not be. */
    static Phase begin(Connection connection, int flags) {
        boolean syn = (flags & Tcp.SYN) != 0;
        connection.originatorState = syn ? SYN_SENT : (flags & Tcp.FIN) != 0 ? CLOSING : ESTABLISHED;
        connection.responderState = SILENT;
        return phase(connection);
    }

    /** Takes note of a packet and says in which phase the connection now is. */
    static Phase update(Connection connection, boolean isReply, int flags) {
        int sender = isReply ? connection.responderState : connection.originatorState;
        int receiver = isReply ? connection.originatorState : connection.responderState;
        if (sender < SYN_SENT) {
            sender = (flags & Tcp.SYN) != 0 ? SYN_SENT : ESTABLISHED;
        }
        if ((flags & Tcp.FIN) != 0 && sender < CLOSING) {
            sender = CLOSING;
        }
        if ((flags & Tcp.ACK) != 0) {
            if (receiver == SYN_SENT) {
                receiver = ESTABLISHED;
            } else if (receiver == CLOSING) {
                receiver = FIN_ACKNOWLEDGED;
            }
        }
        if ((flags & Tcp.RST) != 0) {
            sender = RESET;
            receiver = RESET;
        }
        connection.originatorState = isReply ? receiver : sender;
        connection.responderState = isReply ? sender : receiver;
        return phase(connection);
    }

    private static Phase phase(Connection connection) {
        int less = Math.min(connection.originatorState, connection.responderState);
        int more = Math.max(connection.originatorState, connection.responderState);
        if (less >= FIN_ACKNOWLEDGED) {
            return Phase.CLOSED;
        }
        if (less >= CLOSING) {
            return Phase.TCP_FINISHING;
        }
        if (less < ESTABLISHED) {
            return Phase.TCP_OPENING;
        }
        return more >= CLOSING ? Phase.TCP_CLOSING : Phase.TCP_ESTABLISHED;
    }
}
