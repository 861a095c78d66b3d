package io.penstock.client.admin;

/**
 * An offset that was looked up.
 *
 * @param offset the offset, or -1 if no record is that late
 * @param timestamp the record's in milliseconds since 1970, or -1
 * @param leaderEpoch the epoch in which it was appended, or -1
 */
public record ListedOffset(long offset, long timestamp, int leaderEpoch) {}
