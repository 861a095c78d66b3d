package io.penstock.benchmarks;

import io.penstock.core.protocol.ProduceAck;
import io.penstock.server.storage.Partition;
import io.penstock.server.storage.PendingAppend;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import reactor.core.Disposable;

/**
 * What the storage alone can do on a disk: how long a batch of 1 KiB takes to be acknowledged with many partitions written at a
 * time, each with one batch on its way, and how long it takes to open many partitions.
 *
 * <pre>
 * StorageLatency DIRECTORY [seconds [fsyncs at a time]]
 * </pre>
 */
public final class StorageLatency {

    private static final int OPEN_FILES = 10_000;

    private final Path root;
    private final int seconds;
    private final int forces;
    private final byte[] batch = MeasuredStorage.batch();

    private StorageLatency(Path root, int seconds, int forces) {
        this.root = root;
        this.seconds = seconds;
        this.forces = forces;
    }

    /** Prints a line for each measurement. */
    public static void main(String[] args) throws Exception {
        StorageLatency latency = new StorageLatency(
                Path.of(args[0]),
                args.length > 1 ? Integer.parseInt(args[1]) : 5,
                args.length > 2 ? Integer.parseInt(args[2]) : 16);
        for (String durability : List.of("fsync", "replicated")) {
            for (int partitions : new int[] {1, 16, 256}) {
                latency.append(durability, partitions);
            }
        }
        for (int partitions : new int[] {1, 100, 1000}) {
            latency.open(partitions);
        }
    }

    private void append(String durability, int count) throws Exception {
        MeasuredStorage storage =
                new MeasuredStorage(root.resolve(durability + "-" + count), durability, count, forces, OPEN_FILES);
        storage.openAll();
        Disposable rounds = storage.store().checkpointEvery(Duration.ofSeconds(1));
        ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();
        CountDownLatch ended = new CountDownLatch(count);
        long start = System.nanoTime();
        long until = start + Duration.ofSeconds(seconds).toNanos();
        for (Partition partition : storage.partitions()) {
            new Loop(partition, batch, until, nanos, ended).next();
        }
        ended.await();
        double took = (System.nanoTime() - start) / 1e9;
        rounds.dispose();
        storage.close();
        long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
        System.out.printf(
                "%-10s %4d partitions  %8.0f batches/s  p50 %7.2f ms  p99 %7.2f ms%n",
                durability,
                count,
                sorted.length / took,
                sorted[sorted.length / 2] / 1e6,
                sorted[(int) (sorted.length * 0.99)] / 1e6);
    }

    /** One batch on its way at a time. */
    private static final class Loop implements PendingAppend.Listener {

        private final Partition partition;
        private final byte[] batch;
        private final long until;
        private final ConcurrentLinkedQueue<Long> nanos;
        private final CountDownLatch ended;
        private long sent;

        Loop(Partition partition, byte[] batch, long until, ConcurrentLinkedQueue<Long> nanos, CountDownLatch ended) {
            this.partition = partition;
            this.batch = batch;
            this.until = until;
            this.nanos = nanos;
            this.ended = ended;
        }

        void next() {
            sent = System.nanoTime();
            MeasuredStorage.append(partition, batch, this);
        }

        @Override
        public void onTaken() {}

        @Override
        public void onAnswer(ProduceAck answer) {
            long now = System.nanoTime();
            nanos.add(now - sent);
            if (now < until) {
                next();
            } else {
                ended.countDown();
            }
        }
    }

    private void open(int count) throws Exception {
        Path directory = root.resolve("open-" + count);
        MeasuredStorage killed = open(directory, count);
        for (int i = 0; i < 100; i++) {
            killed.appendToEach(batch);
            if (i == 50) {
                killed.store().checkpoint();
            }
        }
        killed.kill();
        MeasuredStorage unclean = open(directory, count);
        double afterKill = unclean.openAll();
        unclean.close();
        MeasuredStorage clean = open(directory, count);
        double afterStop = clean.openAll();
        clean.close();
        System.out.printf(
                "open %5d partitions  %8.0f ms after a kill  %8.0f ms after a clean stop%n",
                count, afterKill, afterStop);
    }

    private MeasuredStorage open(Path directory, int count) throws Exception {
        return new MeasuredStorage(directory, "replicated", count, forces, OPEN_FILES);
    }
}
