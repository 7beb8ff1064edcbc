package io.hopline.vswitch;

import static io.hopline.openflow.BundleControl.Type.CLOSE_REPLY;
import static io.hopline.openflow.BundleControl.Type.COMMIT_REPLY;
import static io.hopline.openflow.BundleControl.Type.DISCARD_REPLY;
import static io.hopline.openflow.BundleControl.Type.OPEN_REPLY;

import io.hopline.openflow.BundleAdd;
import io.hopline.openflow.BundleControl;
import io.hopline.openflow.OpenFlowError;
import io.hopline.openflow.OpenFlowException;
import io.hopline.openflow.OpenFlowMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** One connection's bundles (ONF extension 230): changes kept until they are committed, all or none. */
final class BundleStore {
    static final int MAX_BUNDLES = 16;
    static final int MAX_MESSAGES = 100_000;

    private static final int KNOWN_FLAGS = BundleControl.ATOMIC | BundleControl.ORDERED;

    private static final class Bundle {
        final int flags;
        final List<OpenFlowMessage> messages = new ArrayList<>();
        boolean closed;

        Bundle(int flags) {
            this.flags = flags;
        }
    }

    private final Consumer<List<OpenFlowMessage>> commit;
    private final Map<Integer, Bundle> bundles = new HashMap<>();

    /**
     * @param commit makes all changes in order, or throws {@link OpenFlowException} and has made none
     */
    BundleStore(Consumer<List<OpenFlowMessage>> commit) {
        this.commit = commit;
    }

    /** Carries out a control message and returns its reply. */
    BundleControl control(BundleControl request) {
        int id = request.bundleId();
        BundleControl.Type reply = switch (request.type()) {
            case OPEN_REQUEST -> {
                open(id, request.flags());
                yield OPEN_REPLY;
            }
            case CLOSE_REQUEST -> {
                existing(id, request.flags()).closed = true;
                yield CLOSE_REPLY;
            }
            case COMMIT_REQUEST -> {
                Bundle bundle = existing(id, request.flags());
                bundles.remove(id);
                commit(bundle);
                yield COMMIT_REPLY;
            }
            case DISCARD_REQUEST -> {
                if (bundles.remove(id) == null) {
                    throw unknown(id);
                }
                yield DISCARD_REPLY;
            }
            default -> throw new OpenFlowException(OpenFlowError.BUNDLE_TYPE, request.type() + " is not a request");
        };
        return new BundleControl(id, reply, request.flags());
    }

    private void open(int id, int flags) {
        if (bundles.containsKey(id)) {
            throw new OpenFlowException(OpenFlowError.BUNDLE_EXISTS, "bundle " + id + " is open");
        }
        requireKnown(flags);
        if (bundles.size() >= MAX_BUNDLES) {
            throw new OpenFlowException(OpenFlowError.BUNDLE_OUT_OF_BUNDLES, MAX_BUNDLES + " bundles are open");
        }
        bundles.put(id, new Bundle(flags));
    }

    private static void requireKnown(int flags) {
        if ((flags & ~KNOWN_FLAGS) != 0) {
            throw new OpenFlowException(OpenFlowError.BUNDLE_FLAGS, "unknown bundle flags " + flags);
        }
    }

    private static OpenFlowException unknown(int id) {
        return new OpenFlowException(OpenFlowError.BUNDLE_ID, "no bundle " + id);
    }

    private Bundle existing(int id, int flags) {
        Bundle bundle = bundles.get(id);
        if (bundle == null) {
            throw unknown(id);
        }
        if (bundle.flags != flags) {
            throw new OpenFlowException(OpenFlowError.BUNDLE_FLAGS, "bundle " + id + " has flags " + bundle.flags);
        }
        return bundle;
    }

    private void commit(Bundle bundle) {
        try {
            commit.accept(bundle.messages);
        } catch (OpenFlowException e) {
            throw new OpenFlowException(OpenFlowError.BUNDLE_MESSAGE_FAILED, e.toString());
        }
    }

    /** Keeps a message; a bundle that was not opened is opened by its first message. */
    void add(BundleAdd add) {
        if (!bundles.containsKey(add.bundleId())) {
            open(add.bundleId(), add.flags());
        }
        Bundle bundle = existing(add.bundleId(), add.flags());
        if (bundle.closed) {
            throw new OpenFlowException(OpenFlowError.BUNDLE_CLOSED, "bundle " + add.bundleId() + " is closed");
        }
        if (bundle.messages.size() >= MAX_MESSAGES) {
            throw new OpenFlowException(
                    OpenFlowError.BUNDLE_MESSAGE_TOO_MANY, "a bundle holds " + MAX_MESSAGES + " messages");
        }
        bundle.messages.add(add.message());
    }
}
