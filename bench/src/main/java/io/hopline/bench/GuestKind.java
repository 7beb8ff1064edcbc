package io.hopline.bench;

import io.hopline.cli.VmNic;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a guest is, and by what cable it hangs on the switch. */
enum GuestKind {
    /** As a container is for the network: a namespace into which the node's own TAP is moved. */
    CONTAINER(Optional.empty(), "a network namespace, as a container has, with the node's own TAP in it"),
    VIRTIO(
            Optional.of(VmNic.VIRTIO),
            "QEMU without KVM (TCG), one virtual CPU, 256 MB, virtio-net on a TAP that the node reaches by AF_PACKET"),
    E1000(Optional.of(VmNic.E1000), "the same with an emulated e1000, whose frames QEMU cuts and sums");

    private final Optional<VmNic> nic;
    private final String what;

    GuestKind(Optional<VmNic> nic, String what) {
        this.nic = nic;
        this.what = what;
    }

    /** Name in options and reports. */
    String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** How such a guest is made, in words. */
    String what() {
        return what;
    }

    /** The virtual machine's network card; empty for what is no virtual machine. */
    Optional<VmNic> nic() {
        return nic;
    }

    static List<String> ids() {
        return List.of(values()).stream().map(GuestKind::id).toList();
    }
}
