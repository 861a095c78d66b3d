package io.penstock.client.admin;

import io.penstock.core.protocol.ListOffsets;
import java.time.Instant;

/**
 * Which offset of a partition is asked for.
 *
 * @param wireValue as the protocol has it: milliseconds since 1970, or a negative special value
 */
public record OffsetSpec(long wireValue) {

    public OffsetSpec {
        if (wireValue < ListOffsets.MAX_TIMESTAMP) {
            throw new IllegalArgumentException("a time must be 1970 or later, was " + wireValue + " ms");
        }
    }

    /** The first that can be read. */
    public static OffsetSpec earliest() {
        return new OffsetSpec(ListOffsets.EARLIEST);
    }

    /** The first that can't be read yet. */
    public static OffsetSpec latest() {
        return new OffsetSpec(ListOffsets.LATEST);
    }

    /** That of the record with the greatest timestamp. */
    public static OffsetSpec maxTimestamp() {
        return new OffsetSpec(ListOffsets.MAX_TIMESTAMP);
    }

    /** That of the first record with this timestamp or a later one. */
    public static OffsetSpec timestamp(Instant timestamp) {
        if (timestamp.isBefore(Instant.EPOCH)) {
            throw new IllegalArgumentException("a time must be 1970 or later, was " + timestamp);
        }
        return new OffsetSpec(timestamp.toEpochMilli());
    }
}
