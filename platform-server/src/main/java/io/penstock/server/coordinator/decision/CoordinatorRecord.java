package io.penstock.server.coordinator.decision;

import org.jspecify.annotations.Nullable;

/**
 * A record of a coordinator's compacted log: the newest of a key is what is true of it. The arrays are not copied, and
 * nobody may write to them.
 *
 * @param key what it is about
 * @param value what is true of it from now on; null if nothing is
 * @param timestampMs when it was decided, in milliseconds since the epoch; it becomes the record's timestamp in the
 *     log, and a replay must be given it again
 */
public record CoordinatorRecord(byte[] key, byte @Nullable [] value, long timestampMs) {}
