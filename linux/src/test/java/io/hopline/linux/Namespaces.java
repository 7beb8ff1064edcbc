package io.hopline.linux;

/** Whether tests may make network namespaces here. */
final class Namespaces {
    static final String REASON = "needs root or a user namespace to make network namespaces";

    private Namespaces() {}

    static boolean possible() {
        try (NetNs ns = NetNs.anonymous()) {
            return true;
        } catch (LinuxException e) {
            return false;
        }
    }
}
