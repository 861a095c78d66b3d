package io.penstock.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Timer;
import io.penstock.core.log.LogSnapshot;
import io.penstock.core.log.SegmentExtent;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.record.TestBatches;
import io.penstock.server.metadata.TopicSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/** The test has the time and the worker in hand: nothing runs before it is woken and let run. */
class SpaceKeeperTest {

    private static final Duration INTERVAL = Duration.ofSeconds(60);
    private static final Duration BACKOFF = Duration.ofSeconds(1);
    private static final int BYTES_PER_SECOND = 2048;
    private static final int RECORDS = 40;
    private static final int KEYS = 20;
    private static final long READ_NANOS = 1_000_000;

    @TempDir
    private Path directory = Path.of("");

    private final StorageFixture storage =
            new StorageFixture().with("segment.bytes", "1024").with("min.cleanable.dirty.ratio", "0.1");
    private final Queue<Runnable> work = new ArrayDeque<>();

    @BeforeEach
    void open() throws IOException {
        storage.open(directory);
    }

    @AfterEach
    void close() {
        storage.close();
    }

    @Test
    void deletesWhatIsTooMuchAtEachInterval() throws Exception {
        Partition orders = filled("orders", "delete");
        orders.configure(orders.settings().withTopicValues(Map.of("retention.bytes", "1024")));
        start(orders);
        List<SegmentExtent> before = orders.log().extents();

        pass(INTERVAL.minusMillis(1));
        assertThat(storage.events).isEmpty();
        pass(Duration.ofMillis(1));

        LogSnapshot afterwards = orders.log().snapshot();
        List<SegmentExtent> gone = new ArrayList<>(before);
        gone.removeAll(orders.log().extents());
        assertThat(count("penstock.retention.segments")).isEqualTo(gone.size()).isPositive();
        assertThat(count("penstock.retention.bytes"))
                .isEqualTo(gone.stream().mapToLong(SegmentExtent::sizeInBytes).sum());
        assertThat(afterwards.logStartOffset()).isPositive();
        assertThat(storage.events)
                .singleElement()
                .isInstanceOfSatisfying(StorageEvent.RecordsDeleted.class, deleted -> {
                    assertThat(deleted.partition()).isEqualTo(orders.name());
                    assertThat(deleted.logStartOffset()).isEqualTo(afterwards.logStartOffset());
                });

        fill(orders);
        pass(INTERVAL);
        assertThat(storage.events).hasSize(2);
    }

    @Test
    void deletesTheSegmentThatWasActiveWhenAllOfItWasDeletedOnRequest() throws Exception {
        Partition orders = storage.partition("orders");
        storage.appendNow(orders, "key", "x".repeat(100));
        SpaceKeeper keeper = start(orders);
        keeper.deleteRecords(orders, 1);
        assertThat(count("penstock.retention.segments")).as("there is no other").isZero();
        orders.log().roll(TestBatches.FIRST_TIMESTAMP);

        pass(INTERVAL);

        assertThat(count("penstock.retention.segments")).isEqualTo(1);
        assertThat(orders.log().extents()).extracting(SegmentExtent::baseOffset).containsExactly(1L);
    }

    @Test
    void deletesFromOtherPartitionsWhenOneFails() throws Exception {
        Partition closed = filled("closed", "delete");
        Partition orders = filled("orders", "delete");
        orders.configure(orders.settings().withTopicValues(Map.of("retention.bytes", "1024")));
        closed.close();
        start(closed, orders);

        pass(INTERVAL);

        assertThat(storage.events)
                .singleElement()
                .isInstanceOfSatisfying(
                        StorageEvent.RecordsDeleted.class,
                        deleted -> assertThat(deleted.partition()).isEqualTo(orders.name()));
    }

    @Test
    void compactsTheDirtiestFirst() throws Exception {
        Partition cleaner = filled("cleaner", "compact");
        Partition dirtier = filled("dirtier", "compact");
        cleaner.noteCompactedTo(cleaner.log().extents().get(2).nextOffset());
        start(cleaner, dirtier);

        passUntilIdle();

        assertThat(compacted()).containsExactly(dirtier.name(), cleaner.name());
        assertThat(dirtier.compactedTo()).isPositive();
        assertThat(compactionBytes()).isPositive();
    }

    @Test
    void tellsWhatACompactionTookAndWhatItGaveBack() throws Exception {
        Partition orders = filled("orders", "compact");
        long bytesBefore = orders.log().sizeInBytes();
        storage.probes.get(0).beforeRead = path -> storage.nanos.addAndGet(READ_NANOS);
        int readsBefore = storage.probes.get(0).reads.get();
        start(orders);

        passUntilIdle();

        int reads = storage.probes.get(0).reads.get() - readsBefore;
        Timer compactions = storage.meters.get("penstock.compaction").timer();
        assertThat(compactions.count()).isEqualTo(1);
        assertThat(compactions.totalTime(TimeUnit.NANOSECONDS))
                .isBetween((double) READ_NANOS, (double) reads * READ_NANOS);
        assertThat(count("penstock.compaction.removed.records"))
                .isEqualTo(RECORDS - storage.values(orders).size())
                .isPositive();
        assertThat(count("penstock.compaction.removed.bytes"))
                .isEqualTo(bytesBefore - orders.log().sizeInBytes())
                .isPositive();
        assertThat(count("penstock.compaction.failures")).isZero();
    }

    @Test
    void waitsForTheBackoffWhenThereIsNothingToCompact() throws Exception {
        Partition orders = storage.partition("orders");
        configure(orders, "compact");
        start(orders);
        pass(BACKOFF);
        fill(orders);

        pass(BACKOFF.minusMillis(1));
        assertThat(compactionBytes()).isZero();
        pass(Duration.ofMillis(1));
        passUntilIdle();

        assertThat(compacted()).containsExactly(orders.name());
    }

    @Test
    void keepsToItsRate() throws Exception {
        Partition orders = filled("orders", "compact");
        start(orders);
        pass(BACKOFF);
        double before = compactionBytes();
        assertThat(before).isPositive();
        Duration due = Duration.ofNanos((long) (before / BYTES_PER_SECOND * TimeUnit.SECONDS.toNanos(1)));

        pass(due.minusMillis(1));
        assertThat(compactionBytes()).isEqualTo(before);
        pass(Duration.ofMillis(1));

        assertThat(compactionBytes()).isGreaterThan(before);
    }

    @Test
    void leavesWhatCannotBeCompactedAloneUntilItsSettingsChange() throws Exception {
        Partition damaged = filled("damaged", "compact");
        Partition orders = filled("orders", "compact");
        flipLastByteOfFirstSegment(damaged);
        start(damaged, orders);

        passUntilIdle();
        pass(BACKOFF.multipliedBy(5));

        assertThat(compacted()).containsExactly(orders.name());
        assertThat(failed()).containsExactly(damaged.name());

        configure(damaged, "compact");
        passUntilIdle();

        assertThat(failed()).containsExactly(damaged.name(), damaged.name());
        assertThat(count("penstock.compaction.failures")).isEqualTo(2);
    }

    @Test
    void givesACompactionUpWhenItIsClosedInTheMiddle() throws Exception {
        Partition orders = filled("orders", "compact");
        SpaceKeeper keeper = start(orders);
        pass(BACKOFF);
        assertThat(compactionBytes()).isPositive();
        AtomicBoolean isDone = new AtomicBoolean();

        keeper.close().doOnSuccess(nothing -> isDone.set(true)).subscribe();
        assertThat(isDone).isFalse();
        work();

        assertThat(isDone).isTrue();
        assertThat(cleanedFiles(orders)).isEmpty();
        pass(INTERVAL);
        assertThat(storage.events).isEmpty();
        assertThat(orders.log().snapshot().logEndOffset()).isEqualTo(RECORDS);
    }

    @Test
    void goesOnWhenATimerIsOverBeforeItsSchedulingReturns() throws Exception {
        Partition orders = filled("orders", "compact");
        HastyTimers hasty = new HastyTimers(storage.timers);
        AtomicBoolean isAtWork = new AtomicBoolean();
        SpaceKeeper keeper = keeper(hasty, List.of(orders), task -> {
            work.add(task);
            // a worker of its own is as quick
            if (isAtWork.compareAndSet(false, true)) {
                work();
                isAtWork.set(false);
            }
        });

        keeper.start();
        passUntilIdle();

        assertThat(compacted()).containsExactly(orders.name());
    }

    /** Timers of which the first that does not repeat is over at once. */
    private record HastyTimers(Scheduler real, AtomicBoolean wasHasty) implements Scheduler {

        HastyTimers(Scheduler real) {
            this(real, new AtomicBoolean());
        }

        @Override
        public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
            if (wasHasty.compareAndSet(false, true)) {
                task.run();
                return () -> {};
            }
            return real.schedule(task, delay, unit);
        }

        @Override
        public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
            return real.schedulePeriodically(task, initialDelay, period, unit);
        }

        @Override
        public Disposable schedule(Runnable task) {
            return real.schedule(task);
        }

        @Override
        public Worker createWorker() {
            return real.createWorker();
        }
    }

    private SpaceKeeper start(Partition... partitions) throws IOException {
        SpaceKeeper keeper = keeper(storage.timers, List.of(partitions), work::add);
        keeper.start();
        work();
        return keeper;
    }

    private SpaceKeeper keeper(Scheduler timers, List<Partition> partitions, Executor worker) throws IOException {
        return new SpaceKeeper(
                () -> partitions,
                storage.context(timers),
                new SpaceLimits(INTERVAL, BACKOFF, 1 << 20, BYTES_PER_SECOND, Long.MAX_VALUE),
                worker,
                storage.nanos::get,
                new SplittableRandom(1));
    }

    private void work() {
        for (Runnable task = work.poll(); task != null; task = work.poll()) {
            task.run();
        }
    }

    /** Time passes, and the worker does what it was woken for. */
    private void pass(Duration time) {
        storage.timers.advanceTimeBy(time);
        work();
    }

    private void passUntilIdle() {
        double before;
        do {
            before = compactionBytes();
            pass(Duration.ofSeconds(30));
            pass(BACKOFF);
        } while (compactionBytes() > before);
    }

    private Partition filled(String topic, String cleanupPolicy) throws Exception {
        Partition partition = storage.partition(topic);
        configure(partition, cleanupPolicy);
        fill(partition);
        return partition;
    }

    private static void configure(Partition partition, String cleanupPolicy) {
        partition.configure(
                partition.settings().withTopicValues(Map.of(TopicSettings.CLEANUP_POLICY.key(), cleanupPolicy)));
    }

    private void fill(Partition partition) throws Exception {
        for (int i = 0; i < RECORDS; i++) {
            storage.appendNow(partition, "key " + i % KEYS, "x".repeat(100));
        }
    }

    private double compactionBytes() {
        return count("penstock.compaction.io");
    }

    private double count(String counter) {
        return storage.meters.get(counter).counter().count();
    }

    private List<TopicPartition> compacted() {
        return storage.events.stream()
                .filter(StorageEvent.LogCompacted.class::isInstance)
                .map(event -> ((StorageEvent.LogCompacted) event).partition())
                .toList();
    }

    private List<TopicPartition> failed() {
        return storage.events.stream()
                .filter(StorageEvent.CompactionFailed.class::isInstance)
                .map(event -> ((StorageEvent.CompactionFailed) event).partition())
                .toList();
    }

    private List<Path> cleanedFiles(Partition partition) throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve(partition.name().toString()))) {
            return files.filter(file -> file.toString().endsWith(".cleaned")).toList();
        }
    }

    private void flipLastByteOfFirstSegment(Partition partition) throws IOException {
        Path file = directory.resolve(partition.name().toString()).resolve("00000000000000000000.log");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes, StandardOpenOption.WRITE);
    }
}
