package io.penstock.core.log.compaction;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * The newest offset of each key, in memory of a fixed size: a table with open addressing of 24 bytes a slot, in which
 * the keys themselves are not kept, only 16 bytes of their digest. Not thread-safe.
 *
 * <pre>
 * slot: digest, high | digest, low | offset + 1, 0 for an empty slot
 * </pre>
 */
public final class OffsetMap {

    /** The bytes that a key takes. */
    public static final int SLOT_BYTES = 24;

    /** The fewest bytes that a map can have. */
    public static final int MIN_BYTES = 4 * SLOT_BYTES;

    private static final int SLOT_LONGS = 3;

    /** Beyond that the way to an empty slot becomes long. */
    private static final double MAX_LOAD = 0.8;

    private final KeyDigest digest;
    private final long[] table;
    private final int slots;
    private final int maxKeys;
    private int keys;

    /**
     * An empty map.
     *
     * @param maxBytes the memory that it may take, {@value #MIN_BYTES} or more
     * @param expectedKeys no more keys than these will come; the map takes less memory if that suffices
     * @param secret0 together with the other a secret, new for each map, by which keys are digested
     * @param secret1 see there
     */
    public OffsetMap(long maxBytes, long expectedKeys, long secret0, long secret1) {
        if (maxBytes < MIN_BYTES) {
            throw new IllegalArgumentException(
                    "a map of " + maxBytes + " bytes, at least " + MIN_BYTES + " are needed");
        }
        long fitting = Math.min(maxBytes / SLOT_BYTES, Integer.MAX_VALUE / SLOT_LONGS - 2);
        long needed = (long) Math.ceil(expectedKeys / MAX_LOAD) + 4;
        this.slots = (int) Math.min(fitting, needed);
        this.maxKeys = (int) (slots * MAX_LOAD);
        this.table = new long[slots * SLOT_LONGS];
        this.digest = new KeyDigest(secret0, secret1);
    }

    /** Forgets everything. */
    public void clear() {
        Arrays.fill(table, 0);
        keys = 0;
    }

    public int keys() {
        return keys;
    }

    /** The memory that it takes. */
    public long sizeInBytes() {
        return (long) slots * SLOT_BYTES;
    }

    /**
     * Notes the offset of a key, in the place of an earlier one.
     *
     * @return false if there is no room for another key; nothing is noted then
     */
    public boolean put(ByteBuf buffer, int keyIndex, int keyLength, long offset) {
        int slot = find(buffer, keyIndex, keyLength);
        if (table[slot + 2] == 0) {
            if (keys == maxKeys) {
                return false;
            }
            keys++;
            table[slot] = digest.high();
            table[slot + 1] = digest.low();
        }
        table[slot + 2] = offset + 1;
        return true;
    }

    /** The newest offset of a key, -1 if none was noted. */
    public long get(ByteBuf buffer, int keyIndex, int keyLength) {
        return table[find(buffer, keyIndex, keyLength) + 2] - 1;
    }

    /** Where in the table the key is, or where it would be. */
    private int find(ByteBuf buffer, int keyIndex, int keyLength) {
        digest.update(buffer, keyIndex, keyLength);
        long high = digest.high();
        long low = digest.low();
        int slot = (int) Long.remainderUnsigned(high, slots) * SLOT_LONGS;
        while (table[slot + 2] != 0 && (table[slot] != high || table[slot + 1] != low)) {
            slot += SLOT_LONGS;
            if (slot == table.length) {
                slot = 0;
            }
        }
        return slot;
    }
}
