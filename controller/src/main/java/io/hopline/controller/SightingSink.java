package io.hopline.controller;

/** Where the nodes' reports of timed packets go. */
interface SightingSink {
    /**
     * Takes one report; never blocks for long.
     *
     * @param records whole sighting records of 96 bytes each
     * @throws StateException when it is not a whole number of records
     */
    void accept(String host, byte[] records);
}
