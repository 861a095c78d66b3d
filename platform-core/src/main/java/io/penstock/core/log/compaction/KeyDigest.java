package io.penstock.core.log.compaction;

import io.netty.buffer.ByteBuf;

/**
 * SipHash-2-4 with 128 bits of result: a digest under a secret key. Two record keys with the same digest would be one to
 * compaction, and the older record would be lost; with a secret that nobody knows nobody can make such keys, and by chance
 * 10^10 keys have them with a probability below 10^-18. Not thread-safe.
 *
 * @see <a href="https://github.com/veorq/SipHash">the reference implementation</a>
 */
final class KeyDigest {

    private final long key0;
    private final long key1;

    private long v0;
    private long v1;
    private long v2;
    private long v3;
    private long high;
    private long low;

    KeyDigest(long key0, long key1) {
        this.key0 = key0;
        this.key1 = key1;
    }

    /** Digests bytes of a buffer, whose indices stay as they are; {@link #high()} and {@link #low()} have the result. */
    void update(ByteBuf buffer, int index, int length) {
        v0 = key0 ^ 0x736f6d6570736575L;
        v1 = key1 ^ 0x646f72616e646f6dL ^ 0xee;
        v2 = key0 ^ 0x6c7967656e657261L;
        v3 = key1 ^ 0x7465646279746573L;
        int end = index + (length & ~7);
        for (int at = index; at < end; at += Long.BYTES) {
            mix(buffer.getLongLE(at));
        }
        long last = (long) length << 56;
        for (int i = 0; i < (length & 7); i++) {
            last |= (buffer.getByte(end + i) & 0xffL) << (8 * i);
        }
        mix(last);
        v2 ^= 0xee;
        rounds(4);
        high = v0 ^ v1 ^ v2 ^ v3;
        v1 ^= 0xdd;
        rounds(4);
        low = v0 ^ v1 ^ v2 ^ v3;
    }

    private void mix(long word) {
        v3 ^= word;
        rounds(2);
        v0 ^= word;
    }

    private void rounds(int count) {
        for (int i = 0; i < count; i++) {
            v0 += v1;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v3;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 += v3;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v2 = Long.rotateLeft(v2, 32);
        }
    }

    long high() {
        return high;
    }

    long low() {
        return low;
    }
}
