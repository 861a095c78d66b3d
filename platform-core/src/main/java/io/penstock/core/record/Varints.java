package io.penstock.core.record;

import java.nio.ByteBuffer;

/**
 * Zigzag varints as in records of format v2 (and in Protocol Buffers' {@code sint32} and {@code sint64}): seven bits a
 * byte, least significant first, top bit set on all but the last; 1 to 5 bytes for an int, 1 to 10 for a long.
 *
 * <p>The writers take an absolute index of a big-endian buffer and return the one after; room must be there.
 */
final class Varints {

    static final int MAX_INT_BYTES = 5;
    static final int MAX_LONG_BYTES = 10;

    private Varints() {}

    static int sizeOfInt(int value) {
        int bits = zigzag(value);
        return (38 - Integer.numberOfLeadingZeros(bits | 1)) / 7;
    }

    static int sizeOfLong(long value) {
        long bits = zigzag(value);
        return (70 - Long.numberOfLeadingZeros(bits | 1)) / 7;
    }

    static int writeInt(ByteBuffer buffer, int index, int value) {
        return writeBits(buffer, index, zigzag(value) & 0xffff_ffffL);
    }

    static int writeLong(ByteBuffer buffer, int index, long value) {
        return writeBits(buffer, index, zigzag(value));
    }

    /** One access for the one or two bytes that nearly all take. */
    private static int writeBits(ByteBuffer buffer, int start, long value) {
        if (value >>> 7 == 0) {
            buffer.put(start, (byte) value);
            return start + 1;
        }
        if (value >>> 14 == 0) {
            buffer.putShort(start, (short) ((value & 0x7f | 0x80) << 8 | value >>> 7));
            return start + 2;
        }
        int index = start;
        long bits = value;
        while ((bits & ~0x7fL) != 0) {
            buffer.put(index++, (byte) (bits & 0x7f | 0x80));
            bits >>>= 7;
        }
        buffer.put(index++, (byte) bits);
        return index;
    }

    private static int zigzag(int value) {
        return value << 1 ^ value >> 31;
    }

    private static long zigzag(long value) {
        return value << 1 ^ value >> 63;
    }

    static int unzigzag(int bits) {
        return bits >>> 1 ^ -(bits & 1);
    }

    static long unzigzag(long bits) {
        return bits >>> 1 ^ -(bits & 1);
    }
}
