package io.penstock.server.coordinator.group;

import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A map as it is to be: another one, which stays as it is, and what is different from it. Costs as much as what is
 * different, however large the other one is.
 */
final class Draft<K extends Comparable<K>, V> {

    private final Map<K, V> before;
    private final SortedMap<K, Optional<V>> changes = new TreeMap<>();

    Draft(Map<K, V> before) {
        this.before = before;
    }

    @Nullable
    V get(K key) {
        Optional<V> change = changes.get(key);
        return change == null ? before.get(key) : change.orElse(null);
    }

    /** @param value null for none any more */
    void put(K key, @Nullable V value) {
        if (Objects.equals(value, before.get(key))) {
            changes.remove(key);
        } else {
            changes.put(key, Optional.ofNullable(value));
        }
    }

    /** What is different, by key; null where there is nothing any more. */
    void forEachChange(BiConsumer<K, @Nullable V> change) {
        changes.forEach((key, value) -> change.accept(key, value.orElse(null)));
    }

    /** All of it, by key. */
    SortedMap<K, V> all() {
        SortedMap<K, V> all = new TreeMap<>(before);
        changes.forEach((key, value) -> value.ifPresentOrElse(there -> all.put(key, there), () -> all.remove(key)));
        return Collections.unmodifiableSortedMap(all);
    }
}
