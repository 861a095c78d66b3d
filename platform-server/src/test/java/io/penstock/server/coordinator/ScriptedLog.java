package io.penstock.server.coordinator;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.server.coordinator.decision.CoordinatorRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A log in memory whose appends wait until the test says what becomes of them. Used on one thread. */
final class ScriptedLog implements ShardLog {

    private record Append(List<CoordinatorRecord> records, Consumer<@Nullable PenstockException> done) {}

    final List<CoordinatorRecord> records = new ArrayList<>();
    private final Deque<Append> waiting = new ArrayDeque<>();

    @Nullable
    PenstockException unreadable;

    int maxBatchBytes = 1 << 20;
    int reads;

    @Override
    public void read(Consumer<CoordinatorRecord> reader) {
        reads++;
        if (unreadable != null) {
            throw unreadable;
        }
        records.forEach(reader);
    }

    @Override
    public void append(List<CoordinatorRecord> appended, Consumer<@Nullable PenstockException> done) {
        waiting.add(new Append(List.copyOf(appended), done));
    }

    @Override
    public int maxBatchBytes() {
        return maxBatchBytes;
    }

    /** The names in each append that waits. */
    List<List<String>> appending() {
        return waiting.stream()
                .map(append -> append.records.stream()
                        .map(record -> new String(record.key(), UTF_8))
                        .toList())
                .toList();
    }

    void commit() {
        Append append = waiting.remove();
        records.addAll(append.records);
        append.done.accept(null);
    }

    void commitAll() {
        while (!waiting.isEmpty()) {
            commit();
        }
    }

    void fail(ErrorCode code) {
        waiting.remove().done.accept(new PenstockException(code, "by the script"));
    }

    /** The append is in the log, and nobody is told so. */
    void failAfterWriting(ErrorCode code) {
        records.addAll(waiting.element().records);
        fail(code);
    }
}
