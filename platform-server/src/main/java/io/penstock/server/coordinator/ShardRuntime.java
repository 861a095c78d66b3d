package io.penstock.server.coordinator;

import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import reactor.core.scheduler.Scheduler;

/**
 * What all shards of a broker share.
 *
 * @param workers run decisions; these take no step to a disk
 * @param readers read logs; may block
 * @param timers for delays
 * @param nowMs the time in milliseconds since 1970, which never goes back while the broker runs
 * @param metrics counts
 */
record ShardRuntime(
        Executor workers, Executor readers, Scheduler timers, LongSupplier nowMs, CoordinatorMetrics metrics) {}
