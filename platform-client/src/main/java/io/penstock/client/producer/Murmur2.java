package io.penstock.client.producer;

import io.netty.buffer.ByteBuf;

/** The 32-bit MurmurHash2 with the seed that Kafka's default partitioner uses, so that keys fall where Kafka's do. */
final class Murmur2 {

    private static final int SEED = 0x9747b28c;
    private static final int M = 0x5bd1e995;
    private static final int R = 24;

    private Murmur2() {}

    static int hash(ByteBuf data, int index, int length) {
        int h = SEED ^ length;
        int words = length >> 2;
        for (int i = 0; i < words; i++) {
            int k = data.getIntLE(index + (i << 2)) * M;
            k ^= k >>> R;
            h = h * M ^ k * M;
        }
        h = tail(data, index + (words << 2), length & 3, h);
        h ^= h >>> 13;
        h *= M;
        return h ^ h >>> 15;
    }

    private static int tail(ByteBuf data, int index, int bytes, int hash) {
        if (bytes == 0) {
            return hash;
        }
        int h = hash;
        for (int i = bytes - 1; i >= 0; i--) {
            h ^= (data.getByte(index + i) & 0xff) << (i << 3);
        }
        return h * M;
    }

    /** Clears the sign bit, as Kafka does; not the absolute value. */
    static int toPositive(int hash) {
        return hash & 0x7fff_ffff;
    }
}
