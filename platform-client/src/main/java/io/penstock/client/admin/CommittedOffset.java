package io.penstock.client.admin;

import java.time.Instant;

/**
 * What a group has committed in a partition.
 *
 * @param offset the next offset to read
 * @param leaderEpoch the epoch of the record before it, or -1
 * @param metadata what was committed with it; empty for nothing
 * @param at when it was committed
 */
public record CommittedOffset(long offset, int leaderEpoch, String metadata, Instant at) {}
