package io.penstock.server.coordinator;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.server.coordinator.decision.CoordinatorRecord;
import io.penstock.server.coordinator.decision.Decision;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The smallest state machine: a number by name. A name that begins with "until" goes when its number is the time. */
final class Tally implements StateMachine {

    final Map<String, Long> numbers = new TreeMap<>();
    private final List<String> told;
    private String lastReplayed = "";

    @Nullable
    PenstockException dropped;

    /** @param told hears, in the order of the commits, of the last name of each decision */
    Tally(List<String> told) {
        this.told = told;
    }

    /** Adds, and answers with the sum. */
    Decision<Long> add(String name, long more, long nowMs) {
        long sum = numbers.getOrDefault(name, 0L) + more;
        return new Decision<>(List.of(record(name, sum, nowMs)), sum);
    }

    /** Needs no record. */
    Decision<Long> look(String name) {
        Long number = numbers.get(name);
        if (number == null) {
            throw new PenstockException(ErrorCode.UNKNOWN_TOPIC_ID, "there is no " + name);
        }
        return Decision.unchanged(number);
    }

    static CoordinatorRecord record(String name, @Nullable Long number, long nowMs) {
        return new CoordinatorRecord(
                name.getBytes(UTF_8), number == null ? null : number.toString().getBytes(UTF_8), nowMs);
    }

    @Override
    public void replay(CoordinatorRecord record) {
        String name = new String(record.key(), UTF_8);
        if (name.equals("poison")) {
            throw new IllegalStateException("this can't be replayed");
        }
        byte[] value = record.value();
        if (value == null) {
            numbers.remove(name);
        } else {
            numbers.put(name, Long.parseLong(new String(value, UTF_8)));
        }
        lastReplayed = name;
    }

    @Override
    public Decision<?> loaded(long nowMs) {
        return Decision.unchanged(true);
    }

    @Override
    public OptionalLong nextDeadline() {
        return numbers.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith("until"))
                .mapToLong(Map.Entry::getValue)
                .min();
    }

    @Override
    public Decision<?> due(long nowMs) {
        return new Decision<>(
                numbers.entrySet().stream()
                        .filter(entry -> entry.getKey().startsWith("until") && entry.getValue() <= nowMs)
                        .map(entry -> record(entry.getKey(), null, nowMs))
                        .toList(),
                true);
    }

    @Override
    public Runnable effects(@Nullable Object answer) {
        String name = lastReplayed;
        return () -> told.add(name);
    }

    @Override
    public void dropped(PenstockException why) {
        dropped = why;
    }
}
