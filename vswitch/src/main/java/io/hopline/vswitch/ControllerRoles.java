package io.hopline.vswitch;

import io.hopline.openflow.OpenFlowError;
import io.hopline.openflow.OpenFlowException;
import io.hopline.openflow.OpenFlowMessage.Role;
import io.hopline.openflow.OpenFlowMessage.RoleReply;
import java.util.ArrayList;
import java.util.List;

/** Who may change the switch: at most one MASTER, any number of EQUALs and SLAVEs (OpenFlow 1.3.5 section 6.3.6). */
final class ControllerRoles {
    private final List<AgentSession> sessions = new ArrayList<>();
    private boolean generationKnown;
    private long generationId;

    synchronized void join(AgentSession session) {
        sessions.add(session);
    }

    synchronized void leave(AgentSession session) {
        sessions.remove(session);
    }

    /**
     * Gives {@code session} the role it asks for; a new MASTER makes the old one a SLAVE.
     *
     * @throws OpenFlowException when the generation is older than one seen before
     */
    synchronized RoleReply request(AgentSession session, Role role, long requestGeneration) {
        if (role == Role.MASTER || role == Role.SLAVE) {
            if (generationKnown && requestGeneration - generationId < 0) {
                throw new OpenFlowException(
                        OpenFlowError.ROLE_REQUEST_STALE,
                        "generation " + requestGeneration + " is older than " + generationId);
            }
            generationKnown = true;
            generationId = requestGeneration;
        }
        if (role == Role.MASTER) {
            for (AgentSession other : sessions) {
                if (other != session && other.role() == Role.MASTER) {
                    other.demote();
                }
            }
        }
        if (role != Role.NO_CHANGE) {
            session.become(role);
        }
        return new RoleReply(session.role(), generationKnown ? generationId : -1);
    }
}
