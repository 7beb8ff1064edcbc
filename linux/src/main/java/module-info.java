/** The kernel: the only module that makes foreign calls. */
module io.hopline.linux {
    requires static org.jspecify;

    exports io.hopline.linux;
}
