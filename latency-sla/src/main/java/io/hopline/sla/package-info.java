/**
 * Where each request's time went.
 *
 * <p>In comes what hosts saw: {@link io.hopline.sla.Sighting} records, written by a node's worker and stamp reader into a
 * {@link io.hopline.sla.SightingRing} and sent to the controller in batches. Which connections are seen at all is decided
 * by {@link io.hopline.sla.ConnectionSampler} and {@link io.hopline.sla.MeasuredEndpoints}, alike on every host. The
 * {@link io.hopline.sla.Joiner} makes one {@link io.hopline.sla.RequestTrace} per request of them. Out go histograms,
 * verdicts on objectives, and the report as JSON, text, Markdown and HTML.
 *
 * <p>Threads: a ring has one writing and one reading thread; the joiner belongs to one thread at a time; records are
 * immutable. Limits: IPv4 clients and services, requests on a connection one after the other (no HTTP pipelining, no
 * HTTP/2 streams), at most two hosts on a request's way. Everything kept per connection is bounded in number and age.
 */
@NullMarked
package io.hopline.sla;

import org.jspecify.annotations.NullMarked;
