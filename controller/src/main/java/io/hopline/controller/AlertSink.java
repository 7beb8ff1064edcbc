package io.hopline.controller;

import io.hopline.sla.ObjectiveWatch;

/** Takes burn-rate alerts when they fire and when they resolve. */
interface AlertSink {
    void changed(ObjectiveWatch.Status status, ObjectiveWatch.Alert alert);
}
