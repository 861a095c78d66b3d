package io.penstock.server.coordinator;

import io.penstock.core.error.PenstockException;
import io.penstock.server.coordinator.decision.CoordinatorRecord;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The log of a {@link CoordinatorShard}. One call at a time. */
interface ShardLog {

    /**
     * Gives every record of the log, in order. Blocks.
     *
     * @throws PenstockException if the log can't be read, or has records of which nobody knows whether they will stay
     */
    void read(Consumer<CoordinatorRecord> reader);

    /**
     * Appends records as one batch: all of them, or none. Does not block.
     *
     * @param records one or more, of at most {@link #maxBatchBytes()} together
     * @param done called once, on any thread: with null when they are committed, else with the reason for which they may
     *     not be
     */
    void append(List<CoordinatorRecord> records, Consumer<@Nullable PenstockException> done);

    /** The most bytes that a batch may have now. */
    int maxBatchBytes();

    /** The most bytes that a record takes in a batch. */
    static long sizeOf(CoordinatorRecord record) {
        byte[] value = record.value();
        return MAX_RECORD_OVERHEAD + record.key().length + (value == null ? 0L : value.length);
    }

    /** Attributes, deltas and lengths of a record. */
    int MAX_RECORD_OVERHEAD = 32;
}
