/** The OpenFlow 1.3 codec with the Nicira extensions in use; switch and controller share it. */
module io.hopline.openflow {
    requires transitive io.hopline.packet;
    requires static org.jspecify;

    exports io.hopline.openflow;
}
