/** A guest's cable: a TAP held here, or a TAP held by a VMM. */
module io.hopline.vnic {
    requires transitive io.hopline.packet;
    requires transitive io.hopline.linux;
    requires static org.jspecify;

    exports io.hopline.vnic;
}
