package io.penstock.client.consumer;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/** Where a consumer begins in a partition. Resolved once, when the partition is first read. */
public sealed interface StartPosition {

    /** At the first record that is there. */
    static StartPosition earliest() {
        return new Earliest();
    }

    /** After the last record that is there at the start. */
    static StartPosition latest() {
        return new Latest();
    }

    /** At an offset, 0 or more. */
    static StartPosition offset(long offset) {
        return new Offset(offset);
    }

    /**
     * At the first record whose timestamp is the given one or later; after the last record if none is. Before 1970 there
     * are no timestamps, so that is {@link #earliest()}; and there are none after {@link Long#MAX_VALUE} milliseconds,
     * so a later time means that one.
     */
    static StartPosition timestamp(Instant timestamp) {
        return timestamp.isBefore(Instant.EPOCH) ? new Earliest() : new Timestamp(timestamp);
    }

    /**
     * As {@link #timestamp}, counted back from the client's clock at the start; zero or more, and as long as you like:
     * what lies before 1970 is {@link #earliest()}.
     */
    static StartPosition ago(Duration duration) {
        return new Ago(duration);
    }

    /**
     * Nowhere: for a group whose offsets must be there. A partition without one ends the stream with
     * {@code OFFSET_OUT_OF_RANGE}.
     */
    static StartPosition none() {
        return new None();
    }

    /** Nowhere. */
    record None() implements StartPosition {}

    /** At the first record. */
    record Earliest() implements StartPosition {}

    /** After the last record. */
    record Latest() implements StartPosition {}

    /** At an offset. */
    record Offset(long offset) implements StartPosition {
        public Offset {
            if (offset < 0) {
                throw new IllegalArgumentException("offset must be 0 or more, was " + offset);
            }
        }
    }

    /**
     * At a point in time, 1970 or later; one after the last that a record can have is taken for that.
     *
     * @throws IllegalArgumentException before 1970
     */
    record Timestamp(Instant timestamp) implements StartPosition {

        private static final Instant LAST = Instant.ofEpochMilli(Long.MAX_VALUE);

        public Timestamp {
            Objects.requireNonNull(timestamp, "timestamp");
            if (timestamp.isBefore(Instant.EPOCH)) {
                throw new IllegalArgumentException("timestamp must be 1970 or later, was " + timestamp);
            }
            timestamp = timestamp.isAfter(LAST) ? LAST : timestamp;
        }
    }

    /** Some time before the start. */
    record Ago(Duration duration) implements StartPosition {
        public Ago {
            Objects.requireNonNull(duration, "duration");
            if (duration.isNegative()) {
                throw new IllegalArgumentException("duration must be 0 or more, was " + duration);
            }
        }

        /** What it means at a moment, 1970 or later: a point in time, or the first record if that is before 1970. */
        public StartPosition before(Instant now) {
            boolean before1970 = duration.compareTo(Duration.between(Instant.EPOCH, now)) > 0;
            return before1970 ? new Earliest() : timestamp(now.minus(duration));
        }
    }
}
