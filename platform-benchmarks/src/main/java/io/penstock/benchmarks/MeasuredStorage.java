package io.penstock.benchmarks;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.penstock.core.compression.Compression;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.OpenFiles;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import reactor.core.publisher.Mono;

/** The storage of a broker without one around it: a topic of many partitions in one directory, and batches of 1 KiB for them. */
final class MeasuredStorage {

    static final String TOPIC = "measured";
    static final UUID TOPIC_ID = new UUID(0, 1);
    private static final int VALUE_BYTES = 1024;

    private final NodeRuntime runtime;
    private final OpenFiles files;
    private final PartitionStore store;
    private final List<Partition> partitions = new ArrayList<>();

    /**
     * Takes a directory, with what is in it, into use; no log is opened.
     *
     * @param forces how many fsyncs are done at a time
     * @param openFiles how many files stay open
     */
    MeasuredStorage(Path directory, String durability, int count, int forces, int openFiles) throws IOException {
        runtime = NodeRuntime.builder("storage").forceThreads(forces).build();
        files = new OpenFiles(openFiles);
        Volume volume = Volume.open(
                files.around(DiskDirectory.open(directory)), () -> Long.MAX_VALUE, 0, runtime.nanoTime(), event -> {});
        Volumes volumes = Volumes.of(List.of(volume));
        volumes.begin();
        store = new PartitionStore(
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
        TopicRecord topic =
                new TopicRecord(TOPIC, TOPIC_ID, Collections.nCopies(count, PartitionRecord.onOnly(0)), Map.of());
        store.onChange(MetadataImage.EMPTY, new MetadataImage(1, List.of(topic), List.of()));
        for (int number = 0; number < count; number++) {
            partitions.add(store.partition(topic, number));
        }
    }

    PartitionStore store() {
        return store;
    }

    List<Partition> partitions() {
        return partitions;
    }

    /** How many files of logs are open. */
    int openFiles() {
        return files.count();
    }

    /** One batch to each partition, all at the same time; returns when all are acknowledged. */
    void appendToEach(byte[] batch) throws InterruptedException {
        CountDownLatch answered = new CountDownLatch(partitions.size());
        for (Partition partition : partitions) {
            append(partition, batch, new PendingAppend.Listener() {
                @Override
                public void onTaken() {}

                @Override
                public void onAnswer(ProduceAck answer) {
                    answered.countDown();
                }
            });
        }
        answered.await();
    }

    static void append(Partition partition, byte[] batch, PendingAppend.Listener listener) {
        ByteBuf buffer =
                PooledByteBufAllocator.DEFAULT.directBuffer(batch.length).writeBytes(batch);
        partition.append(new PendingAppend(0, -1, Acks.ALL, buffer, listener));
    }

    /** Opens all logs on the threads that a broker has for that; returns how long it took, in milliseconds. */
    double openAll() throws InterruptedException {
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

    /** Stops in good order. */
    void close() {
        store.close().then(Mono.defer(runtime::close)).block();
    }

    /** Ends the threads, and leaves everything as a kill would. */
    void kill() {
        runtime.close().block();
    }

    /** One batch of one record. */
    static byte[] batch() {
        return batchOf(1);
    }

    /** One batch of so many records of a kibibyte. */
    static byte[] batchOf(int records) {
        byte[] value = new byte[VALUE_BYTES];
        Arrays.fill(value, (byte) 'x');
        RecordBatchBuilder builder =
                new RecordBatchBuilder(PooledByteBufAllocator.DEFAULT, Compression.NONE, 0, records * 2 * VALUE_BYTES);
        try {
            for (int i = 0; i < records; i++) {
                builder.append(System.currentTimeMillis(), null, value, RecordHeaders.EMPTY);
            }
            ByteBuf built = builder.build();
            byte[] bytes = new byte[built.readableBytes()];
            built.readBytes(bytes).release();
            return bytes;
        } finally {
            builder.release();
        }
    }
}
