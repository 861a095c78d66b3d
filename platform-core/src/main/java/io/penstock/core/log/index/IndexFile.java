package io.penstock.core.log.index;

import io.penstock.core.log.file.LogFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A file of entries of one size, sorted by a key. A search probes entries until a block is left, and reads that at once.
 * The number of entries is published after an entry is complete, so readers need no lock. A search that runs while
 * the file is truncated may fail or be wrong: the segment's readers notice by its count of truncations.
 */
final class IndexFile implements AutoCloseable {

    /** Where an entry has the number that a search compares. */
    interface Key {
        long at(ByteBuffer entries, int index);
    }

    /** What a full check does with each entry: returns what is wrong with it, or an empty string. */
    interface Check {
        String defect(ByteBuffer entries, int index);
    }

    private static final int BLOCK_BYTES = 4096;

    private final LogFile file;
    private final int entryBytes;
    private volatile int entries;

    /** The last entry, as far as it is known without a look at the file: it is asked for again and again. */
    private volatile @Nullable Last last;

    private record Last(int slot, ByteBuffer entry) {}

    /** A partial entry at the end, which only a crash leaves, is not counted; {@link #hasWholeEntries} tells of it. */
    IndexFile(LogFile file, int entryBytes) {
        this.file = file;
        this.entryBytes = entryBytes;
        this.entries = (int) Math.min(Integer.MAX_VALUE, file.size() / entryBytes);
    }

    int entries() {
        return entries;
    }

    boolean hasWholeEntries() {
        return file.size() == (long) entries * entryBytes;
    }

    void append(ByteBuffer entry) throws IOException {
        file.append(entry.duplicate());
        last = new Last(entries, entry);
        entries++;
    }

    ByteBuffer entry(int slot) throws IOException {
        Last known = last;
        if (known != null && known.slot == slot) {
            return known.entry;
        }
        ByteBuffer entry = read(slot, 1);
        if (slot == entries - 1) {
            last = new Last(slot, entry);
        }
        return entry;
    }

    /** The last slot whose key is not greater, or -1. */
    int floor(long wanted, Key key) throws IOException {
        int low = 0;
        int high = entries;
        Last known = last;
        if (known != null && known.slot == high - 1 && key.at(known.entry, 0) <= wanted) {
            return known.slot;
        }
        while ((high - low) * (long) entryBytes > BLOCK_BYTES) {
            int middle = (low + high) >>> 1;
            if (key.at(read(middle, 1), 0) <= wanted) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low == high) {
            return low - 1;
        }
        int first = low;
        ByteBuffer block = read(first, high - low);
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (key.at(block, (middle - first) * entryBytes) <= wanted) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }

    /** The first defect of any entry, or an empty string. */
    String firstDefect(Check check) throws IOException {
        if (!hasWholeEntries()) {
            return "its size is " + file.size() + ", not a multiple of " + entryBytes;
        }
        Defect first = search(check);
        return first.slot < entries ? "entry " + first.slot + " " + first.what : "";
    }

    /** The slot of the first entry with a defect, or the number of entries. */
    int firstDefective(Check check) throws IOException {
        return search(check).slot;
    }

    private record Defect(int slot, String what) {}

    private Defect search(Check check) throws IOException {
        int blockEntries = BLOCK_BYTES / entryBytes;
        for (int slot = 0; slot < entries; slot += blockEntries) {
            int count = Math.min(blockEntries, entries - slot);
            ByteBuffer block = read(slot, count);
            for (int i = 0; i < count; i++) {
                String defect = check.defect(block, i * entryBytes);
                if (!defect.isEmpty()) {
                    return new Defect(slot + i, defect);
                }
            }
        }
        return new Defect(entries, "");
    }

    /** Keeps the first entries only, and nothing that a failed append or a crash left behind them. */
    void truncate(int count) throws IOException {
        Last known = last;
        if (known != null && known.slot >= count) {
            last = null;
        }
        entries = count;
        file.truncate((long) count * entryBytes);
    }

    void force() throws IOException {
        file.force();
    }

    void rest() {
        file.rest();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private ByteBuffer read(int slot, int count) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(count * entryBytes);
        int read = file.read(target, (long) slot * entryBytes);
        if (read < target.capacity()) {
            throw new EOFException(file.name() + " ended while entry " + (slot + read / entryBytes) + " was read");
        }
        return target;
    }
}
