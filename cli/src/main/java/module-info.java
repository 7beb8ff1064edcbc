/** The hopline command and the demo. */
module io.hopline.cli {
    requires io.hopline.node;
    requires io.hopline.controller;
    requires info.picocli;
    requires static org.jspecify;
}
