package io.penstock.client.admin;

import io.penstock.core.protocol.ListOffsets;
import java.time.Instant;

/**
 * Which offset of a partition is asked for.
 *
 * @param wireValue as the protocol has it: milliseconds since 1970, or a negative special value
 */
public record OffsetSpec(long wireValue) {

    private static final Instant LAST = Instant.ofEpochMilli(Long.MAX_VALUE);

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

    /**
     * That of the first record with this timestamp or a later one. Before 1970 there are no timestamps, so that is
     * {@link #earliest()}; and there are none after {@link Long#MAX_VALUE} milliseconds, so a later time means that one.
     */
    public static OffsetSpec timestamp(Instant timestamp) {
        if (timestamp.isBefore(Instant.EPOCH)) {
            return earliest();
        }
        return new OffsetSpec(timestamp.isAfter(LAST) ? Long.MAX_VALUE : timestamp.toEpochMilli());
    }
}
