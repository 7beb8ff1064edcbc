package io.hopline.controller;

/** Where the nodes' reports of timed packets go. */
interface SightingSink {
    /**
     * Takes one report; never blocks for long.
     *
     * @param seen frames that the node's timing has looked at since its last report
     * @param records whole sighting records of 96 bytes each
     * @throws StateException when it is not a whole number of records
     */
    void accept(String host, long seen, byte[] records);
}
