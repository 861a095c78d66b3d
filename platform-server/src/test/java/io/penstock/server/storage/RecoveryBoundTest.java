package io.penstock.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.log.RecoveryPoint;
import io.penstock.core.log.RecoveryPointFile;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.NoSpaceException;
import io.penstock.core.log.file.SimulatedDisk;
import io.penstock.core.model.Acks;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.record.BatchLimits;
import io.penstock.core.record.TestBatches;
import io.penstock.server.metadata.MetadataImage;
import io.penstock.server.metadata.TopicRecord;
import io.penstock.server.metadata.TopicSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.test.scheduler.VirtualTimeScheduler;

/** How much of a log a start reads after a crash: no more than 64 MiB, or what was appended in the last seconds. */
class RecoveryBoundTest {

    private static final long BOUND = 64 << 20;
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    /** What is read besides of a log: headers, ends of indexes, small files. */
    private static final long MORE = 64 << 10;

    private static final Map<String, String> REPLICATED =
            Map.of("durability", "replicated", "flush.ms", String.valueOf(Long.MAX_VALUE));

    @TempDir
    Path root;

    private final ProbedDirectory.Probe probe = new ProbedDirectory.Probe();
    private final VirtualTimeScheduler timers = VirtualTimeScheduler.create();
    private final List<Partition> others = new ArrayList<>();

    private LogDirectory disk() throws IOException {
        return new ProbedDirectory(DiskDirectory.open(root), probe);
    }

    @Test
    void aPartitionWhoseForceHangsKeepsNoOtherFromItsRecoveryPoint() throws Exception {
        makesPointsBesideHangingForces(1, offset -> {
            // all that was appended in a second is known to the device a second later
            timers.advanceTimeBy(INTERVAL);
            StorageFixture.await("points at " + offset, () -> allStoredAt(offset));
        });
    }

    @Test
    void partitionsWhoseForcesHangGiveTheirPlacesToOthers() throws Exception {
        makesPointsBesideHangingForces(
                9,
                offset -> StorageFixture.await("points at " + offset, () -> {
                    timers.advanceTimeBy(INTERVAL);
                    return allStoredAt(offset);
                }));
    }

    private interface Awaiting {
        void pointsAt(long offset);
    }

    private void makesPointsBesideHangingForces(int hanging, Awaiting awaiting) throws Exception {
        SlowForces slow = new SlowForces();
        StorageFixture fixture = new StorageFixture(timers);
        REPLICATED.forEach(fixture::with);
        try {
            fixture.open(root);
            fixture.probes.get(0).beforeForce = slow;
            for (int i = 0; i < hanging; i++) {
                slow.slow("hanging" + i);
                fixture.appendNow(fixture.partition("hanging" + i), "a");
            }
            for (int i = 0; i < 20; i++) {
                others.add(fixture.partition("orders" + i));
            }
            fixture.store.checkpointEvery(INTERVAL);

            for (long end = 1; end <= 5; end++) {
                for (Partition partition : others) {
                    fixture.appendNow(partition, "b");
                }
                awaiting.pointsAt(end);
            }

            for (int i = 0; i < hanging; i++) {
                assertThat(storedOffset(fixture.partition("hanging" + i))).isZero();
            }
        } finally {
            slow.endAll();
            fixture.close();
        }
    }

    private boolean allStoredAt(long offset) {
        return others.stream().allMatch(partition -> storedOffset(partition) == offset);
    }

    private long storedOffset(Partition partition) {
        try {
            return RecoveryPointFile.RECOVERY_POINTS
                    .read(DiskDirectory.open(root))
                    .orElse(Map.of())
                    .getOrDefault(partition.name(), RecoveryPoint.UNKNOWN)
                    .offset();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void appendsWaitForARecoveryPointWhenTooMuchIsBehindTheLast() throws Exception {
        Queue<Runnable> forces = new ArrayDeque<>();
        TopicRecord topic = StorageFixture.topic("orders", 1, 1);
        Partition partition = store(disk(), Runnable::run, forces::add, VirtualTimeScheduler.create(), topic)
                .partition(topic, 0);
        List<ProduceAck> answers = new ArrayList<>();
        int batches = 80;

        for (int i = 0; i < batches; i++) {
            append(partition, 1_000_000, answers);
            assertThat(partition.bytesBehindPoint(partition.log())).isLessThanOrEqualTo(BOUND);
        }
        assertThat(answers).as("the others wait").hasSizeBetween(50, 70);
        for (Runnable next = forces.poll(); next != null; next = forces.poll()) {
            next.run();
            assertThat(partition.bytesBehindPoint(partition.log())).isLessThanOrEqualTo(BOUND);
        }

        assertThat(answers).hasSize(batches).allMatch(answer -> answer.error() == ErrorCode.NONE);
        long behind = partition.bytesBehindPoint(partition.log());
        probe.bytesRead.set(0);
        PartitionLog log = store(disk(), Runnable::run, Runnable::run, VirtualTimeScheduler.create(), topic)
                .partition(topic, 0)
                .log();
        assertThat(log.recovery().bytesScanned()).isEqualTo(behind);
        assertThat(probe.bytesRead.get()).isLessThanOrEqualTo(BOUND + MORE);
        log.close();
    }

    @Test
    void theFirstAppendAfterACrashWaitsForARecoveryPointAndIsTaken() throws Exception {
        TopicRecord topic = StorageFixture.topic("orders", 1, 1);
        Partition crashed = store(disk(), Runnable::run, force -> {}, VirtualTimeScheduler.create(), topic)
                .partition(topic, 0);
        for (int i = 0; i < 80; i++) {
            append(crashed, 1_000_000, new ArrayList<>());
        }
        List<ProduceAck> answers = new ArrayList<>();
        Partition partition = store(disk(), Runnable::run, Runnable::run, VirtualTimeScheduler.create(), topic)
                .partition(topic, 0);

        append(partition, 1_000_000, answers);

        assertThat(answers).extracting(ProduceAck::error).containsExactly(ErrorCode.NONE);
        assertThat(partition.bytesBehindPoint(partition.log())).isLessThanOrEqualTo(2_000_000);
        partition.log().close();
    }

    @Test
    void appendsAreRefusedWhenThereIsNoRoomForARecoveryPoint() throws Exception {
        TopicRecord topic = StorageFixture.topic("orders", 1, 1);
        Partition partition = store(disk(), Runnable::run, Runnable::run, VirtualTimeScheduler.create(), topic)
                .partition(topic, 0);
        List<ProduceAck> answers = new ArrayList<>();
        append(partition, 10, answers);
        probe.beforePoints = path -> {
            if (path.contains(RecoveryPointFile.RECOVERY_POINTS.fileName())) {
                throw new NoSpaceException("no space");
            }
        };

        for (int i = 0; i < 70; i++) {
            append(partition, 1_000_000, answers);
        }
        assertThat(partition.bytesBehindPoint(partition.log())).isLessThanOrEqualTo(BOUND);
        assertThat(answers.get(70).error()).isEqualTo(ErrorCode.STORAGE_FULL);
        probe.beforePoints = path -> {};
        append(partition, 1_000_000, answers);

        assertThat(answers.get(71).error()).isEqualTo(ErrorCode.NONE);
        partition.close();
    }

    @Test
    void aThousandPartitionsReadWhatIsBehindTheirPointsAndNoMore() throws Exception {
        int partitions = 1000;
        SimulatedDisk disk = new SimulatedDisk(1);
        TopicRecord topic = StorageFixture.topic("orders", 1, partitions);
        PartitionStore store = store(disk.root(), Runnable::run, Runnable::run, timers, topic);
        store.checkpointEvery(INTERVAL);
        List<ProduceAck> answers = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            append(store.partition(topic, i), 100_000, answers);
        }
        timers.advanceTimeBy(INTERVAL);
        long[] behind = new long[partitions];
        for (int i = 0; i < partitions; i++) {
            Partition partition = store.partition(topic, i);
            assertThat(partition.bytesBehindPoint(partition.log())).isZero();
            append(partition, 1000 + i, answers);
            behind[i] = partition.bytesBehindPoint(partition.log());
        }
        assertThat(answers).hasSize(2 * partitions).allMatch(answer -> answer.error() == ErrorCode.NONE);
        disk.cyclePower(SimulatedDisk.Survival.EVERYTHING);

        PartitionStore restarted =
                store(new ProbedDirectory(disk.root(), probe), Runnable::run, Runnable::run, timers, topic);
        for (int i = 0; i < partitions; i++) {
            long before = probe.bytesRead.get();
            PartitionLog log = restarted.partition(topic, i).log();

            assertThat(log.snapshot().logEndOffset()).isEqualTo(2);
            assertThat(log.recovery().bytesScanned()).isEqualTo(behind[i]);
            assertThat(probe.bytesRead.get() - before).isLessThanOrEqualTo(behind[i] + MORE);
        }
    }

    private static void append(Partition partition, int bytes, List<ProduceAck> answers) {
        partition.append(new PendingAppend(
                0,
                -1,
                Acks.ALL,
                TestBatches.batch()
                        .allocator(new UnpooledByteBufAllocator(false))
                        .record(null, "v".repeat(bytes))
                        .build(),
                new PendingAppend.Listener() {
                    @Override
                    public void onTaken() {}

                    @Override
                    public void onAnswer(ProduceAck answer) {
                        answers.add(answer);
                    }
                }));
    }

    /** A store of one replicated topic, with what it has on the device after a crash. */
    private static PartitionStore store(
            LogDirectory files, Executor appenders, Executor forcers, VirtualTimeScheduler timers, TopicRecord topic)
            throws IOException {
        Volume volume = Volume.open(files, () -> Long.MAX_VALUE, 0, () -> 0, event -> {});
        Volumes volumes = Volumes.of(List.of(volume));
        volumes.begin();
        PartitionStore store = new PartitionStore(
                new StorageContext(
                        volumes,
                        appenders,
                        forcers,
                        timers,
                        Clock.fixed(Instant.ofEpochMilli(TestBatches.FIRST_TIMESTAMP), ZoneOffset.UTC),
                        BatchLimits.DEFAULTS,
                        new StorageMetrics(new SimpleMeterRegistry(), () -> 0),
                        event -> {}),
                TopicSettings.DEFAULTS.withBrokerValues(REPLICATED));
        store.onChange(MetadataImage.EMPTY, new MetadataImage(1, List.of(topic), List.of()));
        return store;
    }
}
