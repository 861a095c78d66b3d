package io.penstock.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.LogSlice;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.NoSpaceException;
import io.penstock.core.model.Acks;
import io.penstock.core.model.Outcome;
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
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Appends, group commit, failures and deletion, on files that a test can hold up and break. */
class PartitionTest {

    private static final long RESERVE = 1000;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private final ProbedDirectory.Probe probe = new ProbedDirectory.Probe();
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    private final List<ProduceAck> answers = Collections.synchronizedList(new ArrayList<>());
    private final List<StorageEvent> events = Collections.synchronizedList(new ArrayList<>());
    private final AtomicLong usable = new AtomicLong(1 << 30);
    private final AtomicLong nanos = new AtomicLong();
    private final VirtualTimeScheduler timers = VirtualTimeScheduler.create();
    private IoPool pool;
    private StorageContext context;
    private PartitionStore store;
    private TopicRecord topic;
    private MetadataImage image = MetadataImage.EMPTY;

    @BeforeEach
    void open() throws IOException {
        openWith(topic("orders", 1));
    }

    private void openWith(TopicRecord only) throws IOException {
        pool = new IoPool("test", 4);
        Volume volume = Volume.open(
                new ProbedDirectory(DiskDirectory.open(directory), probe),
                usable::get,
                RESERVE,
                nanos::get,
                events::add);
        Volumes volumes = Volumes.of(List.of(volume));
        volumes.begin();
        context = new StorageContext(
                volumes,
                pool,
                pool,
                timers,
                Clock.fixed(Instant.ofEpochMilli(TestBatches.FIRST_TIMESTAMP), ZoneOffset.UTC),
                BatchLimits.DEFAULTS,
                new StorageMetrics(new SimpleMeterRegistry(), () -> 0),
                events::add);
        store = new PartitionStore(context, TopicSettings.DEFAULTS);
        topic = only;
        image = MetadataImage.EMPTY;
        become(topic);
    }

    /** The metadata changes: these are the topics from now on. */
    private void become(TopicRecord... topics) {
        MetadataImage next = new MetadataImage(image.epoch() + 1, List.of(topics), List.of());
        store.onChange(image, next);
        image = next;
    }

    @AfterEach
    void close() {
        store.close().block(PATIENCE);
        pool.close();
        assertThat(allocator.metric().usedDirectMemory()).as("leaked buffers").isZero();
    }

    private static TopicRecord topic(String name, long id) {
        return new TopicRecord(name, new UUID(0, id), List.of(PartitionRecord.onOnly(0)), Map.of());
    }

    @Test
    void sharesOneForceAmongAllWhoWait() throws Exception {
        Partition partition = partition();
        appendNow(partition, 0, batch("first"));
        int forcesBefore = probe.forces.get();
        CountDownLatch forcing = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        probe.beforeForce = path -> {
            forcing.countDown();
            awaitOn(go);
        };
        CountDownLatch answered = append(partition, 1, 200);
        assertThat(forcing.await(20, TimeUnit.SECONDS)).isTrue();
        // appends go on while the force runs
        awaitEnd(partition, 201);
        assertThat(answers).as("nothing is acknowledged before its force").hasSize(1);

        go.countDown();

        assertThat(answered.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(probe.forces.get() - forcesBefore).isLessThanOrEqualTo(2);
        assertThat(answers).extracting(ProduceAck::correlation).isSorted().hasSize(201);
        assertThat(partition.log().snapshot().highWatermark()).isEqualTo(201);
    }

    @Test
    void forcesTheFirstBatchAfterAnOpenBeforeItIsAcknowledged() throws Exception {
        Partition partition = partition();
        partition.log();
        int forcesBefore = probe.forces.get();

        appendNow(partition, 0, batch("first"));

        assertThat(probe.forces.get()).isEqualTo(forcesBefore + 1);
    }

    @Test
    void writesTogetherWhatWaitsTogether() throws Exception {
        Partition partition = partition();
        CountDownLatch writing = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        probe.beforeAppend = path -> {
            writing.countDown();
            awaitOn(go);
        };
        CountDownLatch first = append(partition, 0, 1);
        assertThat(writing.await(20, TimeUnit.SECONDS)).isTrue();
        CountDownLatch rest = append(partition, 1, 100);
        go.countDown();

        assertThat(first.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(rest.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(probe.writes.get()).isEqualTo(2);
    }

    @Test
    void acknowledgesNothingAfterAForceFailed() throws Exception {
        Partition partition = partition();
        appendNow(partition, 0, batch("good"));
        probe.beforeForce = path -> {
            throw new IOException("EIO");
        };

        ProduceAck lost = appendNow(partition, 1, batch("lost"));
        probe.beforeForce = path -> {};
        ProduceAck refused = appendNow(partition, 2, batch("late"));

        assertThat(lost.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(lost.error()).isEqualTo(ErrorCode.STORAGE_ERROR);
        assertThat(refused.outcome()).isEqualTo(Outcome.NOT_WRITTEN);
        assertThat(refused.error()).isEqualTo(ErrorCode.STORAGE_ERROR);
        assertThat(partition.failure()).isNotNull();
    }

    @Test
    void answersAndGoesOnWhenAnErrorIsThrownWhileItWrites() throws Exception {
        Partition partition = partition();
        appendNow(partition, 0, batch("a"));
        probe.beforeAppend = path -> {
            throw new OutOfMemoryError("planted");
        };
        ProduceAck unknown = appendNow(partition, 1, batch("b"));
        probe.beforeAppend = path -> {};
        ProduceAck taken = appendNow(partition, 2, batch("c"));

        assertThat(unknown.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(unknown.error()).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
        assertThat(taken.outcome()).isEqualTo(Outcome.COMMITTED);
        assertThat(values(partition)).containsExactly("a", "c");
    }

    @Test
    void answersWhenAnErrorIsThrownWhileItForces() throws Exception {
        Partition partition = partition();
        appendNow(partition, 0, batch("a"));
        probe.beforeForce = path -> {
            throw new OutOfMemoryError("planted");
        };
        ProduceAck unknown = appendNow(partition, 1, batch("b"));
        probe.beforeForce = path -> {};
        long end = partition.log().snapshot().logEndOffset();
        ProduceAck refused = appendNow(partition, 2, batch("c"));

        assertThat(unknown.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(refused.outcome()).isEqualTo(Outcome.NOT_WRITTEN);
        assertThat(partition.log().snapshot().logEndOffset())
                .as("nothing is written that nobody can be told of")
                .isEqualTo(end);
    }

    @Test
    void bearsAProducerThatThrows() throws Exception {
        Partition partition = partition();
        partition.append(new PendingAppend(0, -1, Acks.ALL, batch("a"), new PendingAppend.Listener() {
            @Override
            public void onTaken() {
                throw new AssertionError("planted");
            }

            @Override
            public void onAnswer(ProduceAck answer) {
                throw new AssertionError("planted");
            }
        }));

        assertThat(appendNow(partition, 1, batch("b")).baseOffset()).isEqualTo(1);
        assertThat(appendNow(partition, 2, batch("c")).baseOffset()).isEqualTo(2);
    }

    @Test
    void saysThatTheTopicIsGoneToThoseWhoWaitedForTheDevice() throws Exception {
        Partition partition = partition();
        appendNow(partition, 0, batch("a"));
        probe.beforeForce = path -> {
            probe.beforeForce = again -> {};
            partition.delete();
        };

        ProduceAck waited = appendNow(partition, 1, batch("b"));

        assertThat(waited.error()).isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
        assertThat(waited.outcome()).isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void refusesWhenThereIsNoThreadToWriteAnyMore() throws Exception {
        Partition partition = partition();
        appendNow(partition, 0, batch("a"));
        store.close().block(PATIENCE);
        pool.close();

        assertThat(appendNow(partition, 1, batch("b")).error()).isEqualTo(ErrorCode.BROKER_CLOSING);
        assertThat(appendNow(partition, 2, batch("c")).error()).isEqualTo(ErrorCode.BROKER_CLOSING);
        openWith(topic);
    }

    @Test
    void keepsNoLogOpenThatWasOnlyLookedInto() throws Exception {
        appendNow(partition(), 0, batch("a"));
        reopenWith(topic);

        assertThat(partition().<Long>look(log -> log.snapshot().highWatermark()))
                .isEqualTo(1);
        assertThat(store.openLogs()).isZero();
        assertThat(appendNow(partition(), 1, batch("b")).baseOffset()).isEqualTo(1);
        assertThat(partition().<Long>look(log -> log.snapshot().highWatermark()))
                .isEqualTo(2);
        assertThat(store.openLogs()).isEqualTo(1);
        assertThat(values(partition())).containsExactly("a", "b");
    }

    @Test
    void goesOnAfterAWriteThatFoundNoSpace() throws Exception {
        Partition partition = partition();
        appendNow(partition, 0, batch("a"));
        probe.beforeAppend = path -> {
            throw new NoSpaceException("no space");
        };
        ProduceAck refused = appendNow(partition, 1, batch("b"));
        probe.beforeAppend = path -> {};
        ProduceAck tooSoon = appendNow(partition, 3, batch("d"));
        nanos.addAndGet(FreeSpace.CHECK_NANOS);
        ProduceAck taken = appendNow(partition, 2, batch("c"));

        assertThat(refused.error()).isEqualTo(ErrorCode.STORAGE_FULL);
        assertThat(refused.outcome()).isEqualTo(Outcome.NOT_WRITTEN);
        assertThat(tooSoon.error()).isEqualTo(ErrorCode.STORAGE_FULL);
        assertThat(taken.baseOffset()).isEqualTo(1);
        assertThat(values(partition)).containsExactly("a", "c");
    }

    @Test
    void saysThatNothingIsKnownWhenAWriteCannotBeUndone() throws Exception {
        Partition partition = partition();
        appendNow(partition, 0, batch("a"));
        probe.beforeAppend = path -> {
            throw new IOException("EIO");
        };
        probe.beforeTruncate = path -> {
            throw new IOException("EIO");
        };

        ProduceAck unknown = appendNow(partition, 1, batch("b"));

        assertThat(unknown.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(unknown.error()).isEqualTo(ErrorCode.STORAGE_ERROR);
    }

    @Test
    void makesRoomForATopicOfTheSameNameAtOnce() throws Exception {
        Partition old = partition();
        appendNow(old, 0, batch("old"));
        TopicRecord again = topic("orders", 2);

        become();
        become(again);
        Partition young = store.partition(again, 0);
        ProduceAck first = appendNow(young, 1, batch("young"));

        assertThat(first.baseOffset()).isZero();
        assertThat(values(young)).containsExactly("young");
        assertThat(appendNow(old, 2, batch("late")).error()).isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
        assertThatThrownBy(old::log).hasMessageContaining("was deleted");
    }

    @Test
    void removesTheDirectoryOfATopicThatWasNeverOpenedInThisRun() throws Exception {
        appendNow(partition(), 0, batch("a"));
        reopenWith(topic);

        TopicRecord again = topic("orders", 2);
        become();
        become(again);
        CountDownLatch behind = new CountDownLatch(1);
        Partition next = store.partition(again, 0);
        next.append(new PendingAppend(1, -1, Acks.ALL, batch("b"), listener(behind)));

        assertThat(behind.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(values(next)).containsExactly("b");
    }

    @Test
    void setsAsideADirectoryThatBelongsToNoTopic() throws Exception {
        appendNow(partition(), 0, batch("stray"));
        UUID strayId = topic.id();
        reopenWith(topic("orders", 9));

        appendNow(partition(), 0, batch("mine"));

        assertThat(values(partition())).containsExactly("mine");
        assertThat(directories()).containsExactlyInAnyOrder("orders-0", strayId + "-0.stray");
    }

    /** What a crash leaves between the commit of a deletion and the deletion itself. */
    @Test
    void setsAsideAtTheStartWhatNoTopicHas() throws Exception {
        UUID strayId = topic.id();
        TopicRecord other = topic("payments", 2);
        become(topic, other);
        appendNow(partition(), 0, batch("stray"));
        appendNow(store.partition(other, 0), 0, batch("payment"));
        reopenWith(other);

        store.setStraysAside();

        assertThat(directories()).containsExactlyInAnyOrder(strayId + "-0.stray", "payments-0");
        assertThat(values(store.partition(other, 0))).containsExactly("payment");
    }

    /** A describe, a fetch or a produce may have looked the topic up just before it was deleted. */
    @Test
    void doesNotGiveAPartitionOfADeletedTopicToWhoeverComesLate() throws Exception {
        TopicRecord deleted = topic;
        appendNow(partition(), 0, batch("old"));
        TopicRecord again = topic("orders", 2);
        become();
        become(again);
        Partition live = store.partition(again, 0);
        appendNow(live, 1, batch("precious"));

        assertThatThrownBy(() -> store.partition(deleted, 0)).hasMessageContaining("was deleted");

        assertThat(values(live)).containsExactly("precious");
        reopenWith(again);
        assertThat(values(store.partition(again, 0))).containsExactly("precious");
        assertThat(directories()).containsExactly("orders-0");
    }

    @Test
    void neverSetsAsideTheDirectoryOfATopicThatExists() throws Exception {
        appendNow(partition(), 0, batch("precious"));
        TopicRecord intruder = topic("orders", 2);
        Partition zombie =
                new Partition(context, intruder, 0, TopicSettings.DEFAULTS, new StrayDirectories(id -> true), null);

        assertThatThrownBy(zombie::log)
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INCONSISTENT_TOPIC_ID));

        assertThat(directories()).containsExactly("orders-0");
        reopenWith(topic);
        assertThat(values(partition())).containsExactly("precious");
    }

    @Test
    void keepsTheLastOfManyIncarnations() throws Exception {
        TopicRecord last = topic;
        for (int id = 2; id < 40; id++) {
            store.partition(last, 0)
                    .append(new PendingAppend(
                            id, -1, Acks.ALL, batch("of " + last.id()), listener(new CountDownLatch(1))));
            last = topic("orders", id);
            become();
            become(last);
        }
        appendNow(store.partition(last, 0), 100, batch("last"));

        assertThat(values(store.partition(last, 0))).containsExactly("last");
        reopenWith(last);
        assertThat(values(store.partition(last, 0))).containsExactly("last");
        assertThat(directories()).containsExactly("orders-0");
    }

    /** Many ask for a topic while it is deleted and made again, as describes and fetches do. */
    @Test
    void losesNothingWhenDeletionsMeetLookUps() throws Exception {
        AtomicReference<TopicRecord> seen = new AtomicReference<>(topic);
        AtomicBoolean isOver = new AtomicBoolean();
        List<Thread> askers = new ArrayList<>();
        Queue<Throwable> surprises = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < 3; i++) {
            Thread asker = new Thread(() -> {
                while (!isOver.get()) {
                    try {
                        store.partition(seen.get(), 0).log();
                    } catch (PenstockException e) {
                        if (e.code() != ErrorCode.UNKNOWN_TOPIC_ID
                                && e.code() != ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
                            surprises.add(e);
                        }
                    }
                }
            });
            askers.add(asker);
            asker.start();
        }
        TopicRecord last = topic;
        for (int id = 2; id < 60; id++) {
            last = topic("orders", id);
            become();
            become(last);
            assertThat(appendNow(store.partition(last, 0), id, batch("of " + id))
                            .baseOffset())
                    .isZero();
            seen.set(last);
            assertThat(values(store.partition(last, 0))).containsExactly("of " + id);
        }
        isOver.set(true);
        for (Thread asker : askers) {
            asker.join(PATIENCE.toMillis());
        }

        assertThat(surprises).isEmpty();
        reopenWith(last);
        assertThat(values(store.partition(last, 0))).containsExactly("of 59");
        assertThat(directories()).containsExactly("orders-0");
    }

    private void reopenWith(TopicRecord only) throws IOException {
        store.close().block(PATIENCE);
        pool.close();
        openWith(only);
    }

    private List<String> directories() throws IOException {
        try (var children = Files.list(directory)) {
            return children.filter(Files::isDirectory)
                    .map(child -> child.getFileName().toString())
                    .toList();
        }
    }

    @Test
    void refusesAppendsWhenTheBrokerStops() throws Exception {
        Partition partition = partition();
        appendNow(partition, 0, batch("a"));
        store.close().block(PATIENCE);

        ProduceAck refused = appendNow(partition, 1, batch("b"));

        assertThat(refused.error()).isEqualTo(ErrorCode.BROKER_CLOSING);
        assertThat(refused.outcome()).isEqualTo(Outcome.NOT_WRITTEN);
    }

    private Partition partition() {
        return store.partition(topic, 0);
    }

    /** A restart must not find the log with a hole at its start, which looks like damage. */
    @Test
    void deletesNoSegmentBeforeTheNewStartIsNoted() throws Exception {
        become(new TopicRecord("orders", new UUID(0, 1), topic.partitions(), Map.of("segment.bytes", "1024")));
        Partition partition = partition();
        for (int i = 0; i < 10; i++) {
            appendNow(partition, i, batch("x".repeat(400)));
        }
        Path first = directory.resolve("orders-0/00000000000000000000.log");
        assertThat(first).exists();
        probe.beforePoints = path -> {
            throw new IOException("no note");
        };

        assertThatThrownBy(() -> partition.deleteRecords(8)).isInstanceOf(PenstockException.class);
        assertThat(first).exists();

        probe.beforePoints = path -> {};
    }

    private ByteBuf batch(String value) {
        return TestBatches.batch().allocator(allocator).values(value).build();
    }

    private ProduceAck appendNow(Partition partition, int correlation, ByteBuf batch) throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        partition.append(new PendingAppend(correlation, -1, Acks.ALL, batch, listener(answered)));
        assertThat(answered.await(20, TimeUnit.SECONDS)).isTrue();
        return answers.get(answers.size() - 1);
    }

    private CountDownLatch append(Partition partition, int correlation, int count) {
        CountDownLatch answered = new CountDownLatch(count);
        for (int i = 0; i < count; i++) {
            partition.append(new PendingAppend(correlation + i, -1, Acks.ALL, batch("v" + i), listener(answered)));
        }
        return answered;
    }

    private PendingAppend.Listener listener(CountDownLatch answered) {
        return new PendingAppend.Listener() {
            private boolean isTaken;

            @Override
            public void onTaken() {
                isTaken = true;
            }

            @Override
            public void onAnswer(ProduceAck answer) {
                assertThat(isTaken).as("taken before it is answered").isTrue();
                answers.add(answer);
                answered.countDown();
            }
        };
    }

    private List<String> values(Partition partition) {
        PartitionLog log = partition.log();
        LogSlice slice = log.newReader().read(0, log.snapshot().highWatermark(), 1 << 20, allocator, 0);
        try {
            return TestBatches.values(slice.buffer());
        } finally {
            slice.buffer().release();
        }
    }

    private static void awaitEnd(Partition partition, long offset) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (partition.log().snapshot().logEndOffset() < offset) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private static void awaitOn(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(20, TimeUnit.SECONDS)) {
                throw new IOException("the test did not go on");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
