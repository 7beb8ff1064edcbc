/** The tunnel between hosts: VXLAN over UDP. */
module io.hopline.overlay {
    requires transitive io.hopline.packet;
    requires transitive io.hopline.linux;
    requires static org.jspecify;

    exports io.hopline.overlay;
}
