package io.penstock.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.OpenFiles;
import io.penstock.core.log.file.PowerCut;
import io.penstock.core.log.file.SimulatedDisk;
import io.penstock.core.model.Acks;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.protocol.Topics;
import io.penstock.core.record.BatchLimits;
import io.penstock.core.record.TestBatches;
import io.penstock.server.controller.MetadataImages;
import io.penstock.server.controller.TopicController;
import io.penstock.server.controller.TopicPolicy;
import io.penstock.server.metadata.MetadataImage;
import io.penstock.server.metadata.TopicRecord;
import io.penstock.server.metadata.TopicSettings;
import io.penstock.server.metadata.store.local.LocalMetadataStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * The storage of a broker on a simulated disk with two data directories, put together as {@code BrokerStartup} does it. Its
 * threads are queues, from which the test takes tasks in an order that a seed decides, and its time is virtual: the same calls
 * are the same operations of the disk.
 */
final class SimulatedNode {

    static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(1);
    static final Duration RETENTION_INTERVAL = Duration.ofSeconds(3);
    static final Duration COMPACTION_BACKOFF = Duration.ofSeconds(2);
    private static final int BROKER_ID = 3;

    private final SimulatedDisk disk;
    private final VirtualTimeScheduler timers = VirtualTimeScheduler.create();
    private final Random order = new Random(1);
    private final List<Runnable> pools = new ArrayList<>();
    private final Deque<Runnable> housekeeping = new ArrayDeque<>();
    private final LocalMetadataStore metadataStore;
    private final MetadataImages metadata;
    private final TopicController topics;
    private final SpaceKeeper keeper;
    final PartitionStore store;

    /**
     * Starts.
     *
     * @param startMs the time, in milliseconds since 1970
     * @param random gives ids
     */
    SimulatedNode(SimulatedDisk disk, long startMs, SplittableRandom random) throws IOException {
        this.disk = disk;
        Clock clock = new VirtualClock(timers, startMs);
        List<DataDirectory> directories = new ArrayList<>();
        for (String name : List.of("a", "b")) {
            LogDirectory files = disk.root().child(name);
            disk.root().force();
            directories.add(new DataDirectory(files, () -> Long.MAX_VALUE, () -> {}));
        }
        Volumes volumes = Volumes.of(DataDirectories.of(
                        directories,
                        BROKER_ID,
                        () -> DataDirectory.idOf(new UUID(random.nextLong(), random.nextLong())))
                .volumes(new OpenFiles(5), 0, this::nanoTime, event -> {}));
        metadataStore = await(LocalMetadataStore.open(volumes.withMetadata().files(), pools::add, clock));
        volumes.begin();
        StorageContext context = new StorageContext(
                volumes,
                pools::add,
                pools::add,
                timers,
                clock,
                BatchLimits.DEFAULTS,
                new StorageMetrics(new SimpleMeterRegistry(), this::nanoTime),
                event -> {});
        store = new PartitionStore(context, TopicSettings.DEFAULTS);
        store.checkpointEvery(CHECKPOINT_INTERVAL);
        keeper = new SpaceKeeper(
                store::all,
                context,
                new SpaceLimits(RETENTION_INTERVAL, COMPACTION_BACKOFF, 1 << 14, 1 << 30, Long.MAX_VALUE),
                housekeeping::add,
                this::nanoTime,
                random);
        metadata = MetadataImages.follow(metadataStore, store::onChange);
        topics = new TopicController(
                metadataStore, metadata, new TopicPolicy(BROKER_ID, 1, false, 2 << 20), TopicSettings.DEFAULTS, random);
        store.setStraysAside();
        keeper.start();
        work();
    }

    private long nanoTime() {
        return timers.now(TimeUnit.NANOSECONDS);
    }

    MetadataImage image() {
        return metadata.image();
    }

    Partition partition(TopicRecord topic) {
        return store.partition(topic, 0);
    }

    /** Hands a batch in; {@link #work()} writes it. */
    void append(TopicRecord topic, Acks acks, TestBatches batch, Consumer<ProduceAck> onAnswer) {
        ByteBuf buffer = batch.build();
        partition(topic).append(new PendingAppend(0, -1, acks, buffer, new PendingAppend.Listener() {
            @Override
            public void onTaken() {}

            @Override
            public void onAnswer(ProduceAck answer) {
                onAnswer.accept(answer);
            }
        }));
    }

    TopicRecord create(String topic, Map<String, String> settings) {
        return await(topics.create(new Topics.CreateRequest(1, topic, 1, 1, settings, false)));
    }

    void delete(String topic) {
        await(topics.delete(topic, null));
    }

    void deleteRecords(TopicRecord topic, long beforeOffset) {
        keeper.deleteRecords(partition(topic), beforeOffset);
    }

    /** Time passes by the second, and everything that is due is done. */
    void pass(Duration time) {
        for (long second = 0; second < time.toSeconds(); second++) {
            timers.advanceTimeBy(Duration.ofSeconds(1));
            work();
        }
    }

    /** Stops in good order. */
    void stop() {
        Mono<Void> stopping = keeper.close().then(store.close()).then(metadataStore.close());
        await(stopping.thenReturn(true));
        metadata.close();
    }

    /** What a process that dies gives back by itself; its disk is gone. */
    void die() {
        try {
            keeper.close().subscribe();
            housekeeping.forEach(Runnable::run);
        } catch (PowerCut gone) {
            assertThat(disk.isOff()).isTrue();
        }
    }

    /** Runs everything that waits for a thread, and what that brings. */
    void work() {
        while (!pools.isEmpty() || !housekeeping.isEmpty()) {
            boolean isKeeping = pools.isEmpty() || !housekeeping.isEmpty() && order.nextInt(3) == 0;
            Runnable task = isKeeping ? housekeeping.remove() : pools.remove(order.nextInt(pools.size()));
            task.run();
            ensurePower();
        }
    }

    /** A process without power does nothing, whatever it would have done about the error. */
    private void ensurePower() {
        try {
            disk.root().list();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private <T> T await(Mono<T> work) {
        AtomicReference<@Nullable T> result = new AtomicReference<>();
        AtomicReference<@Nullable Throwable> error = new AtomicReference<>();
        work.subscribe(result::set, error::set);
        work();
        ensurePower();
        T found = result.get();
        if (error.get() instanceof PenstockException refused) {
            throw refused;
        }
        if (found == null) {
            throw new AssertionError("no result, but " + error.get(), error.get());
        }
        return found;
    }

    /** Stands still unless the timers are moved. */
    private static final class VirtualClock extends Clock {

        private final VirtualTimeScheduler timers;
        private final long startMs;

        VirtualClock(VirtualTimeScheduler timers, long startMs) {
            this.timers = timers;
            this.startMs = startMs;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(startMs + timers.now(TimeUnit.MILLISECONDS));
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException();
        }
    }
}
