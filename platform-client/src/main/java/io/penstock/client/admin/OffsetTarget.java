package io.penstock.client.admin;

import java.time.Duration;
import java.time.Instant;

/** Where a group is to go on in a partition. What lies before the log's start or behind its end is the start or end. */
public sealed interface OffsetTarget {

    /** At the first record that is there. */
    static OffsetTarget earliest() {
        return new Looked(OffsetSpec.earliest());
    }

    /** After the last record that is there. */
    static OffsetTarget latest() {
        return new Looked(OffsetSpec.latest());
    }

    /** At an offset, 0 or more. */
    static OffsetTarget offset(long offset) {
        return new Exact(offset);
    }

    /** At the first record with this timestamp or a later one; after the last record if none is so late. */
    static OffsetTarget timestamp(Instant timestamp) {
        return new Looked(OffsetSpec.timestamp(timestamp));
    }

    /** As {@link #timestamp}, counted back from the client's clock; zero or more. */
    static OffsetTarget ago(Duration duration) {
        return new Ago(duration);
    }

    /** An offset that the partition is asked for. */
    record Looked(OffsetSpec spec) implements OffsetTarget {}

    /** An offset. */
    record Exact(long offset) implements OffsetTarget {
        public Exact {
            if (offset < 0) {
                throw new IllegalArgumentException("offset must be 0 or more, was " + offset);
            }
        }
    }

    /** Some time before now. */
    record Ago(Duration duration) implements OffsetTarget {
        public Ago {
            if (duration.isNegative()) {
                throw new IllegalArgumentException("duration must be 0 or more, was " + duration);
            }
        }
    }
}
