/** Networks as people think of them, turned into flows. */
module io.hopline.controller {
    requires io.hopline.openflow;
    requires io.hopline.sla;
    requires org.slf4j;
    requires static org.jspecify;
}
