package io.hopline.bench;

import java.util.List;
import java.util.Map;

/** What a bench puts its systems to: how many guests, what runs in them, and what is measured. */
interface Workload {
    /** Guests of a rig, 2 or more; the first is the client. */
    int guests();

    /** Programs that make the load. */
    List<String> programs();

    /** Debian packages that have them. */
    List<String> packages();

    /** What a report says about the load and its programs. */
    Map<String, String> facts();

    /** Everything it can measure, in the order it is made. */
    List<Measure> measures(boolean quick);

    /** Starts the load between the guests of a rig, once a system has joined them; returns when it gets through. */
    Load start(Rig rig) throws Exception;
}
