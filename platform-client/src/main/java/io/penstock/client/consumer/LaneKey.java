package io.penstock.client.consumer;

import io.netty.buffer.ByteBuf;

/**
 * A number in place of a record's key, made of its bytes as they were received: whatever the deserializer makes of them
 * need not be comparable. Two keys that get the same number by chance take turns with each other, which harms nothing.
 */
final class LaneKey {

    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    private LaneKey() {}

    /**
     * The number of a key.
     *
     * @param seed of the partition: equal keys of two partitions have nothing to do with each other
     */
    static long of(ByteBuf buffer, int index, int length, long seed) {
        long hash = seed ^ length * MULTIPLIER;
        int at = index;
        int end = index + length;
        for (; end - at >= Long.BYTES; at += Long.BYTES) {
            hash = mix(hash ^ buffer.getLongLE(at));
        }
        for (; at < end; at++) {
            hash = (hash ^ buffer.getByte(at)) * MULTIPLIER;
        }
        return mix(hash);
    }

    /** A number of a record without a key, which has a lane of its own. */
    static long of(long offset, long seed) {
        return mix(seed ^ offset * MULTIPLIER);
    }

    private static long mix(long bits) {
        long mixed = (bits ^ bits >>> 32) * MULTIPLIER;
        return mixed ^ mixed >>> 29;
    }
}
