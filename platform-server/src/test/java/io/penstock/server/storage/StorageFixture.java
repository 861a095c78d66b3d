package io.penstock.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.core.log.LogReader;
import io.penstock.core.log.LogSlice;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.model.Acks;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.record.BatchLimits;
import io.penstock.core.record.TestBatches;
import io.penstock.core.runtime.IoPool;
import io.penstock.server.metadata.MetadataImage;
import io.penstock.server.metadata.PartitionRecord;
import io.penstock.server.metadata.TopicRecord;
import io.penstock.server.metadata.TopicSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import reactor.core.scheduler.Scheduler;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A partition store on one or more directories whose disks, room and time the test has in hand. */
public final class StorageFixture implements AutoCloseable {

    static final long RESERVE = 1000;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    final List<ProbedDirectory.Probe> probes = new ArrayList<>();
    final List<StorageEvent> events = Collections.synchronizedList(new ArrayList<>());
    final AtomicLong usable = new AtomicLong(1 << 30);
    final AtomicLong nanos = new AtomicLong();
    final VirtualTimeScheduler timers;
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final StorageEventMetrics eventMetrics = new StorageEventMetrics(meters);
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    private final IoPool pool = new IoPool("test", 4);
    private final IoPool forcers = new IoPool("test-force", 16);
    private List<Path> directories = List.of();
    private final Map<String, String> settings = new HashMap<>();
    private UnaryOperator<LogDirectory> decoration = directory -> directory;
    List<Volume> volumes = List.of();
    PartitionStore store;
    private MetadataImage image = MetadataImage.EMPTY;

    public StorageFixture() {
        this(VirtualTimeScheduler.create());
    }

    StorageFixture(VirtualTimeScheduler timers) {
        this.timers = timers;
    }

    public StorageFixture with(String key, String value) {
        settings.put(key, value);
        return this;
    }

    /** Lets the volumes see their directories through something. */
    StorageFixture seeing(UnaryOperator<LogDirectory> newDecoration) {
        decoration = newDecoration;
        return this;
    }

    public StorageFixture open(Path... paths) throws IOException {
        directories = List.of(paths);
        List<LogDirectory> files = new ArrayList<>();
        for (Path path : paths) {
            files.add(DiskDirectory.open(path));
        }
        return openOn(files.toArray(LogDirectory[]::new));
    }

    /** On directories that need not be of the file system. */
    StorageFixture openOn(LogDirectory... files) throws IOException {
        image = MetadataImage.EMPTY;
        probes.clear();
        volumes = new ArrayList<>();
        for (LogDirectory directory : files) {
            ProbedDirectory.Probe probe = new ProbedDirectory.Probe();
            probes.add(probe);
            volumes.add(Volume.open(
                    decoration.apply(new ProbedDirectory(directory, probe)),
                    usable::get,
                    RESERVE,
                    nanos::get,
                    this::happened));
        }
        store = new PartitionStore(context(timers), TopicSettings.DEFAULTS.withBrokerValues(settings));
        return this;
    }

    StorageContext context(Scheduler delays) throws IOException {
        Volumes all = Volumes.of(volumes);
        all.begin();
        return new StorageContext(
                all,
                pool,
                forcers,
                delays,
                Clock.fixed(Instant.ofEpochMilli(TestBatches.FIRST_TIMESTAMP), ZoneOffset.UTC),
                BatchLimits.DEFAULTS,
                new StorageMetrics(meters, nanos::get),
                this::happened);
    }

    private void happened(StorageEvent event) {
        events.add(event);
        eventMetrics.accept(event);
    }

    /** From now on nothing is forced to the first disk. */
    public void failForces() {
        probes.get(0).beforeForce = path -> {
            throw new IOException("the test's disk fails");
        };
    }

    /** The first disk is full from now on, or has room again. */
    public void fill(boolean isFull) {
        usable.set(isFull ? 0 : 1 << 30);
        nanos.addAndGet(Duration.ofMinutes(1).toNanos());
    }

    public void stop() {
        store.close().block(PATIENCE);
    }

    /** Opens a copy of what the disks have now, as after a kill. */
    StorageFixture copyTo(Path target) throws IOException {
        for (Path directory : directories) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.toList()) {
                    Path copy = target.resolve(directory.relativize(file).toString());
                    if (Files.isDirectory(file)) {
                        Files.createDirectories(copy);
                    } else {
                        Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
                    }
                }
            }
        }
        return this;
    }

    static TopicRecord topic(String name, long id, int partitions) {
        return new TopicRecord(
                name, new UUID(0, id), Collections.nCopies(partitions, PartitionRecord.onOnly(0)), Map.of());
    }

    public Partition partition(String topic) {
        TopicRecord record = topic(topic, topic.hashCode(), 1);
        if (image.topic(record.id()) == null) {
            become(Stream.concat(image.topics().stream(), Stream.of(record)).toArray(TopicRecord[]::new));
        }
        return store.partition(record, 0);
    }

    /** The metadata changes: these are the topics from now on. */
    void become(TopicRecord... topics) {
        MetadataImage next = new MetadataImage(image.epoch() + 1, List.of(topics), List.of());
        store.onChange(image, next);
        image = next;
    }

    CompletableFuture<ProduceAck> append(Partition partition, Acks acks, String value) {
        return append(partition, acks, TestBatches.batch().values(value));
    }

    CompletableFuture<ProduceAck> append(Partition partition, Acks acks, TestBatches records) {
        CompletableFuture<ProduceAck> answer = new CompletableFuture<>();
        ByteBuf batch = records.allocator(allocator).build();
        partition.append(new PendingAppend(0, -1, acks, batch, new PendingAppend.Listener() {
            @Override
            public void onTaken() {}

            @Override
            public void onAnswer(ProduceAck ack) {
                answer.complete(ack);
            }
        }));
        return answer;
    }

    ProduceAck appendNow(Partition partition, String key, String value) throws Exception {
        return append(partition, Acks.ALL, TestBatches.batch().record(key, value))
                .get(20, TimeUnit.SECONDS);
    }

    ProduceAck appendNow(Partition partition, String value) throws Exception {
        return append(partition, Acks.ALL, value).get(20, TimeUnit.SECONDS);
    }

    List<String> values(Partition partition) {
        PartitionLog log = partition.log();
        List<String> values = new ArrayList<>();
        try (LogReader reader = log.newReader()) {
            long next = log.snapshot().logStartOffset();
            LogSlice slice;
            while ((slice = reader.read(next, log.snapshot().highWatermark(), 1 << 20, allocator, 0)) != null) {
                values.addAll(TestBatches.values(slice.buffer()));
                slice.buffer().release();
                next = slice.nextOffset();
            }
        }
        return values;
    }

    /** Waits until what runs on the appenders has come to an end that can be seen. */
    public static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time: " + what).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    /** As a process that dies: nothing is closed. */
    void abandon() {
        pool.close();
        forcers.close();
    }

    @Override
    public void close() {
        stop();
        abandon();
        assertThat(allocator.metric().usedDirectMemory()).as("leaked buffers").isZero();
    }
}
