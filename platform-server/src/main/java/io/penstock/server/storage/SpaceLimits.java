package io.penstock.server.storage;

import java.time.Duration;

/**
 * How often the broker looks after its space, and what that may cost.
 *
 * @param retentionInterval between two looks for what is too old or too much
 * @param compactionBackoff how long compaction waits when there was nothing to compact
 * @param mapBytes the most memory for the newest offset of each key
 * @param bytesPerSecond what compaction reads and writes at most
 * @param producerIdExpirationMs how long the last batch of a producer id keeps its header in a compacted log
 */
public record SpaceLimits(
        Duration retentionInterval,
        Duration compactionBackoff,
        long mapBytes,
        long bytesPerSecond,
        long producerIdExpirationMs) {}
