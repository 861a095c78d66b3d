package io.penstock.server.metadata.store;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All entries at one revision.
 *
 * @param revision grows by one with every commit
 * @param entries by key, in the keys' order
 */
public record StoreImage(long revision, Map<String, StoreEntry> entries) {

    /** A store in which nothing was ever committed. */
    public static final StoreImage EMPTY = new StoreImage(0, Map.of());

    public @Nullable StoreEntry entry(String key) {
        return entries.get(key);
    }

    /**
     * The image after a commit of these operations, which take effect one after the other.
     *
     * @throws StoreConflictException if one of them does not fit; this image is as it was
     */
    public StoreImage after(List<StoreOperation> operations) {
        Map<String, StoreEntry> next = new TreeMap<>(entries);
        for (StoreOperation operation : operations) {
            apply(operation, next);
        }
        return new StoreImage(revision + 1, Collections.unmodifiableMap(next));
    }

    private static void apply(StoreOperation operation, Map<String, StoreEntry> entries) {
        String key = operation.key();
        if (operation instanceof StoreOperation.Create create) {
            if (entries.putIfAbsent(key, new StoreEntry(create.value(), 0, create.isEphemeral())) != null) {
                throw new StoreConflictException("there is an entry " + key + " already");
            }
        } else if (operation instanceof StoreOperation.Update update) {
            StoreEntry current = current(key, update.version(), entries);
            entries.put(key, new StoreEntry(update.value(), current.version() + 1, current.isEphemeral()));
        } else if (operation instanceof StoreOperation.Delete delete) {
            current(key, delete.version(), entries);
            entries.remove(key);
        } else if (operation instanceof StoreOperation.Check check) {
            current(key, check.version(), entries);
        }
    }

    private static StoreEntry current(String key, int version, Map<String, StoreEntry> entries) {
        StoreEntry entry = entries.get(key);
        if (entry == null) {
            throw new StoreConflictException("there is no entry " + key);
        }
        if (entry.version() != version) {
            throw new StoreConflictException(
                    "the entry " + key + " has version " + entry.version() + ", not " + version);
        }
        return entry;
    }
}
