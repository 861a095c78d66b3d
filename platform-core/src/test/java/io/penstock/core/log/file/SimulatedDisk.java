package io.penstock.core.log.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A disk in memory that fails as disks do, repeatably from one seed.
 *
 * <p>It keeps what programs see apart from what is durable, and the bytes of files apart from their names. A power cut
 * keeps what was forced, and of the rest whatever it likes: any of the unforced 512-byte blocks, any length the file had,
 * any of the unforced creations, renamings and deletions. Zeros are where a length survived without its blocks. A file
 * that was forced is gone all the same if its name was not.
 *
 * <p>Operations that change something are counted, and the power can be cut after any of them. Every operation can be
 * given another {@link Fate}. Safe for any thread.
 */
public final class SimulatedDisk {

    /** What survives a power cut as a whole or not at all. */
    public static final int BLOCK_BYTES = 512;

    private static final long FORCE_MICROS = 500;
    private static final long OPERATION_MICROS = 5;

    /** What can be done to a disk. All but reading changes something, and is counted. */
    public enum Operation {
        CREATE,
        APPEND,
        FORCE,
        TRUNCATE,
        RENAME,
        DELETE,
        FORCE_DIRECTORY,
        CREATE_DIRECTORY,
        DELETE_DIRECTORY,
        READ
    }

    /** What becomes of an operation. */
    public enum Fate {
        /** What was asked for. */
        DONE,
        /**
         * An IOException. Some of an append is written. Some blocks of a force are written, and all of them are clean
         * afterwards: a second force succeeds, and proves nothing. Of anything else, nothing is done.
         */
        FAILED,
        /** As failed, by want of space. */
        FULL,
        /** It is said to be done, and nothing is. */
        IGNORED,
        /** It is said to be done, and is done right after the next directory was forced; a power cut may come first. */
        LATE
    }

    /** Decides what becomes of operations. */
    @FunctionalInterface
    public interface Fates {
        /** @param path of the file or directory, with {@code /} between names; the old name of what is renamed */
        Fate of(Operation operation, String path);
    }

    /** How much of what was not forced survives. */
    public enum Survival {
        NOTHING,
        EVERYTHING,
        SOMETHING;

        boolean keeps(Random random) {
            return switch (this) {
                case NOTHING -> false;
                case EVERYTHING -> true;
                case SOMETHING -> random.nextBoolean();
            };
        }
    }

    @FunctionalInterface
    interface Action {
        void run() throws IOException;
    }

    private final Random random;
    private final SimulatedFolder root = new SimulatedFolder();
    private final List<String> history = new ArrayList<>();
    private final List<Action> late = new ArrayList<>();
    private Fates fates = (operation, path) -> Fate.DONE;
    private long capacity = Long.MAX_VALUE;
    private int operations;
    private int cutAfter = -1;
    private boolean hasPower = true;
    private int process;
    private long costMicros;
    private int slowness = 1;

    public SimulatedDisk(long seed) {
        random = new Random(seed);
    }

    /** A disk that durably has these files, by their paths. */
    public static SimulatedDisk of(long seed, Map<String, byte[]> image) {
        SimulatedDisk disk = new SimulatedDisk(seed);
        image.forEach((path, content) -> {
            SimulatedFolder folder = disk.root;
            String[] names = path.split("/");
            for (int i = 0; i < names.length - 1; i++) {
                if (!folder.entries().containsKey(names[i])) {
                    folder.add(names[i], new SimulatedFolder());
                }
                SimulatedFolder parent = folder;
                folder = (SimulatedFolder) parent.entries().get(names[i]);
                parent.force();
            }
            folder.add(names[names.length - 1], new SimulatedInode(content));
            folder.force();
        });
        return disk;
    }

    /** The disk's top directory for the process that runs now; what it opens is of no use to the next one. */
    public synchronized LogDirectory root() {
        return new SimulatedDirectory(this, root, "", process);
    }

    /** From now on, until other fates are set. */
    public synchronized void fates(Fates newFates) {
        fates = newFates;
    }

    /** How many bytes of whole blocks all files together may have. */
    public synchronized void capacity(long bytes) {
        capacity = bytes;
    }

    /** How many bytes of whole blocks all files together have. */
    public synchronized long usedBytes() {
        return used(root);
    }

    /** How many changing operations were done since the disk was made. */
    public synchronized int operations() {
        return operations;
    }

    /** The changing operations in order. */
    public synchronized List<String> history() {
        return List.copyOf(history);
    }

    /** Cuts the power when so many more changing operations have been done. */
    public synchronized void cutPowerAfter(int more) {
        cutAfter = operations + more;
    }

    /** Takes back what {@link #cutPowerAfter} planned. */
    public synchronized void keepPower() {
        cutAfter = -1;
    }

    /** Whether the power is off. */
    public synchronized boolean isOff() {
        return !hasPower;
    }

    /** Cuts the power, if it is on, and switches it on again for a new process. */
    public synchronized void cyclePower(Survival survival) {
        root.losePower(survival, random, Collections.newSetFromMap(new IdentityHashMap<>()));
        history.add("power came back, " + survival);
        late.clear();
        startProcess();
        hasPower = true;
        cutAfter = -1;
    }

    /** Ends the process that runs, as by a kill, and lets another begin: the disk and its cache know nothing of it. */
    public synchronized void startProcess() {
        process++;
    }

    /** The time that all operations would have taken, in microseconds. */
    public synchronized long costMicros() {
        return costMicros;
    }

    /** Makes every operation so many times as slow, in {@link #costMicros()}. */
    public synchronized void slowness(int factor) {
        slowness = factor;
    }

    /** All files as programs see them, by path. */
    public synchronized Map<String, byte[]> image() {
        Map<String, byte[]> image = new TreeMap<>();
        collect(root, "", image);
        return image;
    }

    private static void collect(SimulatedFolder folder, String prefix, Map<String, byte[]> image) {
        folder.entries().forEach((name, node) -> {
            if (node instanceof SimulatedFolder child) {
                collect(child, prefix + name + "/", image);
            } else {
                image.put(prefix + name, ((SimulatedInode) node).content());
            }
        });
    }

    synchronized void ensureAlive(int ofProcess) {
        if (hasPower && operations == cutAfter) {
            hasPower = false;
        }
        if (!hasPower || ofProcess != process) {
            throw new PowerCut(hasPower ? "the process is gone" : "the power is off");
        }
    }

    /** Runs one changing operation. */
    synchronized void change(Operation operation, String path, int ofProcess, Action action) throws IOException {
        change(operation, path, ofProcess, action, () -> {});
    }

    /** @param half what is done of it if it fails */
    synchronized void change(Operation operation, String path, int ofProcess, Action action, Action half)
            throws IOException {
        ensureAlive(ofProcess);
        Fate fate = fates.of(operation, path);
        operations++;
        costMicros += slowness * cost(operation);
        history.add(operation + " " + path + (fate == Fate.DONE ? "" : " " + fate));
        try {
            switch (fate) {
                case DONE -> action.run();
                case LATE -> late.add(action);
                case IGNORED -> {}
                case FAILED -> {
                    half.run();
                    throw new IOException("simulated: " + operation + " of " + path + " failed");
                }
                case FULL -> {
                    half.run();
                    throw new NoSpaceException("simulated: no space for " + operation + " of " + path);
                }
            }
            if (operation == Operation.FORCE_DIRECTORY) {
                for (Action waiting : List.copyOf(late)) {
                    waiting.run();
                }
                late.clear();
            }
        } finally {
            if (operations == cutAfter) {
                hasPower = false;
            }
        }
        if (!hasPower) {
            throw new PowerCut("the power is off after operation " + operations + ", " + operation + " " + path);
        }
    }

    private static long cost(Operation operation) {
        return operation == Operation.FORCE || operation == Operation.FORCE_DIRECTORY ? FORCE_MICROS : OPERATION_MICROS;
    }

    synchronized void checkRead(String path, int ofProcess) throws IOException {
        ensureAlive(ofProcess);
        costMicros += slowness * OPERATION_MICROS;
        if (fates.of(Operation.READ, path) != Fate.DONE) {
            throw new IOException("simulated: reading " + path + " failed");
        }
    }

    synchronized void append(SimulatedInode inode, byte[] bytes, int position, String path, int ofProcess)
            throws IOException {
        Action whole = () -> {
            long room = room(inode, position);
            if (room < bytes.length) {
                inode.write(bytes, (int) Math.max(0, room), position);
                throw new NoSpaceException("simulated: no space for " + bytes.length + " bytes of " + path);
            }
            inode.write(bytes, bytes.length, position);
        };
        // now, while the array has the bytes of this append
        int part = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
        change(Operation.APPEND, path, ofProcess, whole, () -> inode.write(bytes, part, position));
    }

    private long room(SimulatedInode inode, int position) {
        if (capacity == Long.MAX_VALUE) {
            return Long.MAX_VALUE;
        }
        long others = used(root) - blockBytes(inode.length());
        return (capacity - others) / BLOCK_BYTES * BLOCK_BYTES - position;
    }

    private static long used(SimulatedFolder folder) {
        long used = 0;
        for (Object node : folder.entries().values()) {
            used += node instanceof SimulatedFolder child ? used(child) : blockBytes(((SimulatedInode) node).length());
        }
        return used;
    }

    private static long blockBytes(int length) {
        return (length + BLOCK_BYTES - 1L) / BLOCK_BYTES * BLOCK_BYTES;
    }

    synchronized void force(SimulatedInode inode, String path, int ofProcess) throws IOException {
        costMicros += slowness * OPERATION_MICROS * inode.dirtyBlocks();
        change(Operation.FORCE, path, ofProcess, inode::force, () -> inode.failForce(random));
    }

    synchronized int read(SimulatedInode inode, ByteBuffer target, long position, String path, int ofProcess)
            throws IOException {
        checkRead(path, ofProcess);
        byte[] bytes = new byte[target.remaining()];
        int found = inode.read(bytes, 0, bytes.length, (int) Math.min(position, Integer.MAX_VALUE));
        target.put(bytes, 0, found);
        return found;
    }
}
