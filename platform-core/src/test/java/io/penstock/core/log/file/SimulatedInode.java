package io.penstock.core.log.file;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;

/** The bytes of a simulated file, whatever names it has: as programs see them, and as the platters have them. */
final class SimulatedInode {

    private byte[] seen = new byte[0];
    private int length;
    private byte[] durable = new byte[0];
    private int durableLength;

    /** Blocks that were written since they were last forced. */
    private final BitSet dirty = new BitSet();

    /** Between which lengths the file was since it was last forced. */
    private int least;

    private int most;

    SimulatedInode() {}

    /** A file that was always there. */
    SimulatedInode(byte[] content) {
        write(content, content.length, 0);
        force();
    }

    int length() {
        return length;
    }

    byte[] content() {
        return Arrays.copyOf(seen, length);
    }

    int read(byte[] target, int at, int count, int position) {
        int found = Math.max(0, Math.min(count, length - position));
        if (found > 0) {
            System.arraycopy(seen, position, target, at, found);
        }
        return found;
    }

    void write(byte[] bytes, int count, int position) {
        if (count == 0) {
            return;
        }
        int end = position + count;
        if (seen.length < end) {
            seen = Arrays.copyOf(seen, Math.max(end, 2 * seen.length));
        }
        System.arraycopy(bytes, 0, seen, position, count);
        dirty.set(position / SimulatedDisk.BLOCK_BYTES, (end - 1) / SimulatedDisk.BLOCK_BYTES + 1);
        setLength(Math.max(length, end));
    }

    void truncate(int size) {
        if (size >= length) {
            return;
        }
        Arrays.fill(seen, size, length, (byte) 0);
        int firstWhole = blocks(size);
        dirty.clear(firstWhole, Math.max(firstWhole, blocks(length)));
        if (size % SimulatedDisk.BLOCK_BYTES != 0) {
            dirty.set(firstWhole - 1);
        }
        setLength(size);
    }

    private void setLength(int newLength) {
        length = newLength;
        least = Math.min(least, length);
        most = Math.max(most, length);
    }

    int dirtyBlocks() {
        return dirty.cardinality();
    }

    void force() {
        for (int block = dirty.nextSetBit(0); block >= 0; block = dirty.nextSetBit(block + 1)) {
            makeDurable(block);
        }
        dirty.clear();
        if (length < durableLength) {
            Arrays.fill(durable, length, durableLength, (byte) 0);
        }
        durable = durable.length < length ? Arrays.copyOf(durable, Math.max(length, 2 * durable.length)) : durable;
        durableLength = length;
        least = length;
        most = length;
    }

    /** As Linux does: some blocks are written, the others are not, and all of them count as clean from now on. */
    void failForce(Random random) {
        for (int block = dirty.nextSetBit(0); block >= 0; block = dirty.nextSetBit(block + 1)) {
            if (random.nextBoolean()) {
                makeDurable(block);
            }
        }
        dirty.clear();
    }

    private void makeDurable(int block) {
        int from = block * SimulatedDisk.BLOCK_BYTES;
        int to = from + SimulatedDisk.BLOCK_BYTES;
        if (durable.length < to) {
            durable = Arrays.copyOf(durable, Math.max(to, 2 * durable.length));
        }
        Arrays.fill(durable, from, to, (byte) 0);
        int count = Math.min(to, length) - from;
        if (count > 0) {
            System.arraycopy(seen, from, durable, from, count);
        }
    }

    /** What is left when the power comes back is both what is seen and what is durable. */
    void losePower(SimulatedDisk.Survival survival, Random random) {
        for (int block = dirty.nextSetBit(0); block >= 0; block = dirty.nextSetBit(block + 1)) {
            if (survival.keeps(random)) {
                makeDurable(block);
            }
        }
        dirty.clear();
        int survivor = survivingLength(survival, random);
        byte[] left = Arrays.copyOf(durable, Math.max(survivor, durable.length));
        Arrays.fill(left, survivor, left.length, (byte) 0);
        durable = left;
        seen = left.clone();
        length = survivor;
        durableLength = survivor;
        least = survivor;
        most = survivor;
    }

    private int survivingLength(SimulatedDisk.Survival survival, Random random) {
        return switch (survival) {
            case NOTHING -> durableLength;
            case EVERYTHING -> length;
            case SOMETHING ->
                switch (random.nextInt(3)) {
                    case 0 -> durableLength;
                    case 1 -> length;
                    default -> least + random.nextInt(most - least + 1);
                };
        };
    }

    private static int blocks(int bytes) {
        return (bytes + SimulatedDisk.BLOCK_BYTES - 1) / SimulatedDisk.BLOCK_BYTES;
    }
}
