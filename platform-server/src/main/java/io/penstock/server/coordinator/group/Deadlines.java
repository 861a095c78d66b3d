package io.penstock.server.coordinator.group;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.PriorityQueue;

/**
 * When something has to be looked at again, earliest first. A deadline that moves away costs nothing: the owner looks
 * at the old time, finds nothing due, and schedules again.
 */
final class Deadlines<K> {

    private record Entry<K>(long atMs, K key) {}

    private final PriorityQueue<Entry<K>> queue =
            new PriorityQueue<>((first, second) -> Long.compare(first.atMs(), second.atMs()));
    private final Map<K, Long> scheduled = new HashMap<>();

    /** Looks at a key at a time, or earlier if that is scheduled already. */
    void schedule(K key, long atMs) {
        Long before = scheduled.get(key);
        if (before == null || atMs < before) {
            scheduled.put(key, atMs);
            queue.add(new Entry<>(atMs, key));
        }
    }

    /** Takes the keys whose time has come. */
    List<K> takeDue(long nowMs) {
        List<K> due = new ArrayList<>();
        while (!queue.isEmpty() && queue.peek().atMs() <= nowMs) {
            Entry<K> entry = queue.remove();
            if (scheduled.remove(entry.key(), entry.atMs())) {
                due.add(entry.key());
            }
        }
        return due;
    }

    /** The earliest time. */
    OptionalLong next() {
        while (!queue.isEmpty()
                && !Long.valueOf(queue.peek().atMs())
                        .equals(scheduled.get(queue.peek().key()))) {
            queue.remove();
        }
        return queue.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(queue.peek().atMs());
    }

    /** Does not look at a key any more. */
    void cancel(K key) {
        scheduled.remove(key);
    }

    void clear() {
        queue.clear();
        scheduled.clear();
    }
}
