package io.penstock.server.metadata.store.local;

import io.penstock.server.metadata.store.StoreEntry;
import io.penstock.server.metadata.store.StoreImage;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The value of one record of the journal, as CBOR: what became of entries at a revision. One commit is one record; a
 * rewritten journal begins with records that name every entry.
 *
 * @param revision the store's revision with this record applied
 * @param changes in no order; each key at most once
 */
record JournalRecord(long revision, List<Change> changes) {

    /**
     * @param key the entry
     * @param value its value now, null if it was removed
     * @param version its version now
     */
    record Change(String key, byte @Nullable [] value, int version) {}

    /** What lies between two images, ephemeral entries left out. */
    static JournalRecord between(StoreImage before, StoreImage after) {
        Map<String, Change> changes = new TreeMap<>();
        before.entries().forEach((key, entry) -> {
            if (!entry.isEphemeral() && !after.entries().containsKey(key)) {
                changes.put(key, new Change(key, null, entry.version()));
            }
        });
        after.entries().forEach((key, entry) -> {
            if (!entry.isEphemeral() && before.entry(key) != entry) {
                changes.put(key, new Change(key, entry.value(), entry.version()));
            }
        });
        return new JournalRecord(after.revision(), List.copyOf(changes.values()));
    }

    /** The image with this record applied. */
    StoreImage appliedTo(StoreImage image) {
        Map<String, StoreEntry> entries = new TreeMap<>(image.entries());
        for (Change change : changes) {
            if (change.value == null) {
                entries.remove(change.key);
            } else {
                entries.put(change.key, new StoreEntry(change.value, change.version, false));
            }
        }
        return new StoreImage(revision, Collections.unmodifiableMap(entries));
    }
}
