package io.penstock.server.request;

import java.util.concurrent.Executor;

/**
 * What all fetch streams of a broker share.
 *
 * @param readers runs reads; may block, never interrupts
 */
public record FetchResources(FetchLimits limits, Executor readers, OpenStreams streams, FetchMetrics metrics) {}
