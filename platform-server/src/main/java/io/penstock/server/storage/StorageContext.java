package io.penstock.server.storage;

import io.penstock.core.record.BatchLimits;
import java.time.Clock;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import reactor.core.scheduler.Scheduler;

/**
 * What all partitions of a broker share.
 *
 * @param volumes the data directories
 * @param appenders runs appends; may block, never interrupts
 * @param forcers runs fsyncs, as many at a time as share the commits of the file system's journal; may block, never interrupts
 * @param timers for delays; what runs there does not block
 * @param clock for timestamps
 * @param batchLimits what a batch may expand to
 * @param metrics counts
 * @param events takes what an operator should know; on any thread, and quickly
 */
public record StorageContext(
        Volumes volumes,
        Executor appenders,
        Executor forcers,
        Scheduler timers,
        Clock clock,
        BatchLimits batchLimits,
        StorageMetrics metrics,
        Consumer<StorageEvent> events) {}
