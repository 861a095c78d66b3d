package io.penstock.benchmarks;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;

/**
 * The heap that an idle partition takes that was opened and written once, and how many files are open for all of them.
 *
 * <pre>
 * PartitionHeap DIRECTORY [partitions]
 * </pre>
 */
public final class PartitionHeap {

    private static final int FORCES = 16;
    private static final int OPEN_FILES = 64;
    private static final int COLLECTIONS = 5;

    private PartitionHeap() {}

    /** Prints one line. */
    public static void main(String[] args) throws Exception {
        Path root = Path.of(args[0]);
        int partitions = args.length > 1 ? Integer.parseInt(args[1]) : 1000;
        byte[] batch = MeasuredStorage.batch();
        // classes and threads are not the partitions'
        MeasuredStorage one = new MeasuredStorage(root.resolve("one"), "replicated", 1, FORCES, OPEN_FILES);
        one.appendToEach(batch);
        long before = usedBytes();
        MeasuredStorage many = new MeasuredStorage(root.resolve("many"), "replicated", partitions, FORCES, OPEN_FILES);
        many.appendToEach(batch);
        many.store().checkpoint();
        long after = usedBytes();
        System.out.printf(
                "%d idle partitions: %,d bytes of heap each, %d files of logs open%n",
                partitions, (after - before) / partitions, many.openFiles());
        many.close();
        one.close();
    }

    private static long usedBytes() {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
