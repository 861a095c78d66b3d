package io.penstock.core.log;

/**
 * A record that was found by its timestamp.
 *
 * @param offset the record's offset
 * @param timestamp the record's timestamp in milliseconds since 1970
 * @param leaderEpoch the epoch of the leader that appended its batch
 */
public record OffsetAndTimestamp(long offset, long timestamp, int leaderEpoch) {}
