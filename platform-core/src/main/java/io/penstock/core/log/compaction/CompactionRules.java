package io.penstock.core.log.compaction;

/**
 * What a topic asks of compaction, in milliseconds.
 *
 * @param deleteRetentionMs {@code delete.retention.ms}: how long a tombstone stays after the first compaction that saw it
 * @param minCompactionLagMs {@code min.compaction.lag.ms}: a segment with a younger record is not touched
 * @param producerIdExpirationMs {@code producer.id.expiration.ms}: how long the last batch of a producer id keeps its
 *     header when all its records are gone
 */
public record CompactionRules(long deleteRetentionMs, long minCompactionLagMs, long producerIdExpirationMs) {

    /** A day for tombstones and for producers, no lag. */
    public static final CompactionRules DEFAULTS = new CompactionRules(86_400_000L, 0, 86_400_000L);

    public CompactionRules {
        if (deleteRetentionMs < 0 || minCompactionLagMs < 0 || producerIdExpirationMs < 0) {
            throw new IllegalArgumentException("delete.retention.ms, min.compaction.lag.ms and "
                    + "producer.id.expiration.ms must be 0 or more, were " + deleteRetentionMs + ", "
                    + minCompactionLagMs + " and " + producerIdExpirationMs);
        }
    }

    /** Whether a segment with such a greatest timestamp is too young to be compacted. */
    public boolean isTooYoung(long maxTimestamp, long nowMs) {
        return minCompactionLagMs > 0 && nowMs - maxTimestamp < minCompactionLagMs;
    }
}
