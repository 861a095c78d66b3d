package io.penstock.core.log.file;

import java.util.Arrays;
import java.util.Random;

/** What can become of a file that nobody writes. */
public enum FileDamage {
    FLIPPED_BIT {
        @Override
        void apply(byte[] bytes, int at, Random random) {
            bytes[at] ^= (byte) (1 << random.nextInt(8));
        }
    },
    ZEROED_SECTOR {
        @Override
        void apply(byte[] bytes, int at, Random random) {
            zero(bytes, at, SimulatedDisk.BLOCK_BYTES);
        }
    },
    ZEROED_PAGE {
        @Override
        void apply(byte[] bytes, int at, Random random) {
            zero(bytes, at, PAGE_BYTES);
        }
    },
    CUT {
        @Override
        public byte[] of(byte[] good, Random random) {
            return Arrays.copyOf(good, random.nextInt(good.length));
        }
    },
    EMPTIED {
        @Override
        public byte[] of(byte[] good, Random random) {
            return new byte[0];
        }
    };

    private static final int PAGE_BYTES = 4096;

    /** The file after damage at a random place; by chance as it was. */
    public byte[] of(byte[] good, Random random) {
        byte[] bad = good.clone();
        apply(bad, random.nextInt(good.length), random);
        return bad;
    }

    void apply(byte[] bytes, int at, Random random) {}

    private static void zero(byte[] bytes, int at, int size) {
        int from = at / size * size;
        Arrays.fill(bytes, from, Math.min(bytes.length, from + size), (byte) 0);
    }

    /** One of them, flips most often. */
    public static FileDamage any(Random random) {
        return random.nextBoolean() ? FLIPPED_BIT : values()[random.nextInt(values().length)];
    }
}
