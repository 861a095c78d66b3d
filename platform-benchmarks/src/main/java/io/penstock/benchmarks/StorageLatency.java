package io.penstock.benchmarks;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.penstock.core.compression.Compression;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.model.Acks;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.record.BatchLimits;
import io.penstock.core.record.RecordBatchBuilder;
import io.penstock.core.record.RecordHeaders;
import io.penstock.core.runtime.NodeRuntime;
import io.penstock.server.metadata.MetadataImage;
import io.penstock.server.metadata.PartitionRecord;
import io.penstock.server.metadata.TopicRecord;
import io.penstock.server.metadata.TopicSettings;
import io.penstock.server.storage.Partition;
import io.penstock.server.storage.PartitionStore;
import io.penstock.server.storage.PendingAppend;
import io.penstock.server.storage.StorageContext;
import io.penstock.server.storage.StorageMetrics;
import io.penstock.server.storage.Volume;
import io.penstock.server.storage.Volumes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
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

    private static final int VALUE_BYTES = 1024;

    private final Path root;
    private final int seconds;
    private final int forces;

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

    private NodeRuntime runtime() {
        return NodeRuntime.builder("storage").forceThreads(forces).build();
    }

    private static PartitionStore store(Path directory, NodeRuntime runtime, String durability) throws IOException {
        Volume volume =
                Volume.open(DiskDirectory.open(directory), () -> Long.MAX_VALUE, 0, runtime.nanoTime(), event -> {});
        Volumes volumes = Volumes.of(List.of(volume));
        volumes.begin();
        return new PartitionStore(
                new StorageContext(
                        volumes,
                        runtime.appenders(),
                        runtime.forcers(),
                        runtime.timers(),
                        runtime.clock(),
                        BatchLimits.DEFAULTS,
                        new StorageMetrics(new SimpleMeterRegistry(), runtime.nanoTime()),
                        event -> {}),
                TopicSettings.DEFAULTS.withBrokerValues(Map.of("durability", durability)));
    }

    private static List<Partition> partitions(PartitionStore store, int count) {
        TopicRecord topic = new TopicRecord(
                "measured", new UUID(0, 1), Collections.nCopies(count, PartitionRecord.onOnly(0)), Map.of());
        store.onChange(MetadataImage.EMPTY, new MetadataImage(1, List.of(topic), List.of()));
        List<Partition> partitions = new ArrayList<>(count);
        for (int number = 0; number < count; number++) {
            partitions.add(store.partition(topic, number));
        }
        return partitions;
    }

    private void append(String durability, int count) throws Exception {
        NodeRuntime runtime = runtime();
        PartitionStore store = store(root.resolve(durability + "-" + count), runtime, durability);
        List<Partition> partitions = partitions(store, count);
        for (Partition partition : partitions) {
            partition.log();
        }
        Disposable rounds = store.checkpointEvery(Duration.ofSeconds(1));
        byte[] batch = batch();
        ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();
        CountDownLatch ended = new CountDownLatch(count);
        long start = System.nanoTime();
        long until = start + Duration.ofSeconds(seconds).toNanos();
        for (Partition partition : partitions) {
            new Loop(partition, batch, until, nanos, ended).next();
        }
        ended.await();
        double took = (System.nanoTime() - start) / 1e9;
        rounds.dispose();
        store.close().block();
        runtime.close().block();
        long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
        System.out.printf(
                "%-10s %4d partitions  %8.0f batches/s  p50 %7.2f ms  p99 %7.2f ms%n",
                durability,
                count,
                sorted.length / took,
                sorted[sorted.length / 2] / 1e6,
                sorted[(int) (sorted.length * 0.99)] / 1e6);
    }

    private static byte[] batch() {
        byte[] value = new byte[VALUE_BYTES];
        Arrays.fill(value, (byte) 'x');
        RecordBatchBuilder builder =
                new RecordBatchBuilder(PooledByteBufAllocator.DEFAULT, Compression.NONE, 0, 2 * VALUE_BYTES);
        try {
            builder.append(System.currentTimeMillis(), null, value, RecordHeaders.EMPTY);
            ByteBuf built = builder.build();
            byte[] bytes = new byte[built.readableBytes()];
            built.readBytes(bytes).release();
            return bytes;
        } finally {
            builder.release();
        }
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
            ByteBuf buffer =
                    PooledByteBufAllocator.DEFAULT.directBuffer(batch.length).writeBytes(batch);
            partition.append(new PendingAppend(0, -1, Acks.ALL, buffer, this));
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
        NodeRuntime runtime = runtime();
        PartitionStore killed = store(directory, runtime, "replicated");
        List<Partition> filled = partitions(killed, count);
        byte[] batch = batch();
        for (int i = 0; i < 100; i++) {
            CountDownLatch ended = new CountDownLatch(count);
            for (Partition partition : filled) {
                new Loop(partition, batch, 0, new ConcurrentLinkedQueue<>(), ended).next();
            }
            ended.await();
            if (i == 50) {
                killed.checkpoint();
            }
        }
        // as after a kill: the first store is just left as it is
        PartitionStore unclean = store(directory, runtime, "replicated");
        double afterKill = openAll(partitions(unclean, count), runtime);
        unclean.close().block();
        PartitionStore clean = store(directory, runtime, "replicated");
        double afterStop = openAll(partitions(clean, count), runtime);
        clean.close().block();
        runtime.close().block();
        System.out.printf(
                "open %5d partitions  %8.0f ms after a kill  %8.0f ms after a clean stop%n",
                count, afterKill, afterStop);
    }

    private static double openAll(List<Partition> partitions, NodeRuntime runtime) throws InterruptedException {
        CountDownLatch opened = new CountDownLatch(partitions.size());
        long start = System.nanoTime();
        for (Partition partition : partitions) {
            runtime.appenders().execute(() -> {
                partition.log();
                opened.countDown();
            });
        }
        opened.await();
        return (System.nanoTime() - start) / 1e6;
    }
}
