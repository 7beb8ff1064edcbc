/** The wire: header flyweights, addresses, checksums, the frame pool and batch, the port a switch sees, and why frames are dropped. */
module io.hopline.packet {
    requires static org.jspecify;

    exports io.hopline.packet;
}
