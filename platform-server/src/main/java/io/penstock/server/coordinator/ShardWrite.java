package io.penstock.server.coordinator;

import io.penstock.core.error.PenstockException;
import io.penstock.core.record.RecordBatch;
import io.penstock.server.coordinator.decision.CoordinatorRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The records of the decisions that go into the log together, and who waits for their commit. */
final class ShardWrite {

    private static final Logger LOG = LoggerFactory.getLogger(ShardWrite.class);

    private final List<CoordinatorRecord> records = new ArrayList<>();
    private final List<Consumer<@Nullable PenstockException>> waiting = new ArrayList<>();
    private long bytes = RecordBatch.OVERHEAD;

    /** What a batch of these records alone has, in bytes, at most. */
    static long sizeOf(List<CoordinatorRecord> records) {
        return RecordBatch.OVERHEAD + sum(records);
    }

    private static long sum(List<CoordinatorRecord> records) {
        return records.stream().mapToLong(ShardLog::sizeOf).sum();
    }

    boolean hasRoom(List<CoordinatorRecord> more, int maxBatchBytes) {
        return bytes + sum(more) <= maxBatchBytes;
    }

    void add(List<CoordinatorRecord> more) {
        records.addAll(more);
        bytes += sum(more);
    }

    List<CoordinatorRecord> records() {
        return records;
    }

    /** Called with null when the records are committed, else with the reason for which they may not be. */
    void whenSettled(Consumer<@Nullable PenstockException> settled) {
        waiting.add(settled);
    }

    void settle(@Nullable PenstockException error) {
        for (Consumer<@Nullable PenstockException> settled : waiting) {
            try {
                settled.accept(error);
            } catch (RuntimeException e) {
                LOG.error("Who waited for a commit could not be told of it", e);
            }
        }
    }
}
