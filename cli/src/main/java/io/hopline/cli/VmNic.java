package io.hopline.cli;

import java.util.List;
import java.util.Locale;

/** What kind of network card a VM has: QEMU's model, and the kernel and modules with which a Debian guest drives it. */
public enum VmNic {
    /** Paravirtual: checksums and segmentation are left to whoever is at the other end of the cable. */
    VIRTIO(
            "virtio-net-pci",
            "linux-image-cloud-amd64",
            List.of(
                    "virtio_ring",
                    "virtio",
                    "virtio_pci_modern_dev",
                    "virtio_pci_legacy_dev",
                    "virtio_pci",
                    "failover",
                    "net_failover",
                    "virtio_net")),
    /** An emulated Intel card, for guests without virtio. Debian's cloud kernel has no driver for it. */
    E1000("e1000", "linux-image-amd64", List.of("e1000"));

    private final String model;
    private final String kernelMetaPackage;
    private final List<String> modules;

    VmNic(String model, String kernelMetaPackage, List<String> modules) {
        this.model = model;
        this.kernelMetaPackage = kernelMetaPackage;
        this.modules = modules;
    }

    /** QEMU's name of the device. */
    String model() {
        return model;
    }

    /** The Debian package that depends on the kernel's. */
    String kernelMetaPackage() {
        return kernelMetaPackage;
    }

    /** In the order they must be loaded. */
    List<String> modules() {
        return modules;
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
