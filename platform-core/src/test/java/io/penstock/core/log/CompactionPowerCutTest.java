package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.penstock.core.log.file.CrashPoints;
import io.penstock.core.log.file.SimulatedDisk;
import io.penstock.core.log.file.SimulatedDisk.Fate;
import io.penstock.core.log.file.SimulatedDisk.Fates;
import io.penstock.core.log.file.SimulatedDisk.Operation;
import io.penstock.core.model.TimestampType;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.record.TestBatches;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is left of a log after a power cut at each file operation of its compactions, and of what surrounds them. */
class CompactionPowerCutTest {

    /** @param fates what the disk makes of a compaction that has the bug */
    private record Planted(String name, Fates fates) {

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Planted> bugs() {
        return Stream.of(
                new Planted(
                        "a compacted segment is not forced before it replaces others",
                        fate(Operation.FORCE, ".log.cleaned", Fate.IGNORED)),
                new Planted(
                        "the old segments go before the new name is durable",
                        fate(Operation.RENAME, ".log.cleaned", Fate.LATE)),
                new Planted("the new name is not forced", new Unforced(".log.cleaned")),
                new Planted(
                        "the old names are given to others before they are gone for good", new Unforced(".timeindex")));
    }

    private static Fates fate(Operation which, String suffix, Fate fate) {
        return (operation, path) -> operation == which && path.endsWith(suffix) ? fate : Fate.DONE;
    }

    /** Ignores the first force of the partition's directory after a file with a certain name was renamed. */
    private static final class Unforced implements Fates {

        private final String suffix;
        private boolean isRenamed;

        Unforced(String suffix) {
            this.suffix = suffix;
        }

        @Override
        public Fate of(Operation operation, String path) {
            if (operation == Operation.RENAME && path.endsWith(suffix)) {
                isRenamed = true;
            } else if (operation == Operation.FORCE_DIRECTORY && isRenamed) {
                isRenamed = false;
                return Fate.IGNORED;
            }
            return Fate.DONE;
        }
    }

    @Test
    void keepsTheNewestOfEachKeyAtEveryCrashPoint() {
        CrashPoints points = new CrashPoints(() -> new CompactionTrial((operation, path) -> Fate.DONE));

        assertThat(points.explore()).isGreaterThan(150);
    }

    @ParameterizedTest
    @MethodSource("bugs")
    void isCaught(Planted bug) {
        CrashPoints points = new CrashPoints(() -> new CompactionTrial(bug.fates));

        assertThatThrownBy(points::explore).isInstanceOf(AssertionError.class);
    }

    /** Batches of a few keys, compacted twice, with recovery points in between. */
    private static final class CompactionTrial implements CrashPoints.Trial {

        private static final TopicPartition PARTITION = new TopicPartition("orders", 0);
        private static final LogSettings SETTINGS = new LogSettings(700, Long.MAX_VALUE, 100, 4096);
        private static final LogSettings WIDER = SETTINGS.withSegmentBytes(2048);
        private static final int KEYS = 5;

        private final Fates fates;
        private final List<StoredRecord> appended = new ArrayList<>();
        private long acknowledged;

        CompactionTrial(Fates fates) {
            this.fates = fates;
        }

        @Override
        public void run(SimulatedDisk disk) throws Exception {
            disk.fates(fates);
            PartitionLog log = open(disk);
            append(log, 24);
            checkpoint(disk, log);
            compact(log);
            append(log, 10);
            flush(log);
            append(log, 8);
            checkpoint(disk, log);
            compact(log);
            append(log, 2);
            flush(log);
            close(disk, log);
        }

        private PartitionLog open(SimulatedDisk disk) throws Exception {
            Map<TopicPartition, RecoveryPoint> points = RecoveryPointFile.CLEAN_SHUTDOWN
                    .read(disk.root())
                    .orElse(RecoveryPointFile.RECOVERY_POINTS.read(disk.root()).orElse(Map.of()));
            RecoveryPointFile.CLEAN_SHUTDOWN.remove(disk.root());
            return PartitionLog.open(
                    disk.root(),
                    PARTITION,
                    new UUID(7, 1),
                    SETTINGS,
                    points.getOrDefault(PARTITION, RecoveryPoint.UNKNOWN),
                    LogFixture.NOW);
        }

        private void append(PartitionLog log, int count) {
            for (int i = 0; i < count; i++) {
                int number = appended.size();
                StoredRecord record = new StoredRecord(
                        number,
                        LogFixture.NOW + number,
                        "key-" + number % KEYS,
                        number % 7 == 3 ? null : "value-" + number,
                        "[]");
                ByteBuf batch = TestBatches.batch()
                        .allocator(LogModel.ALLOCATOR)
                        .record(record.timestamp(), record.key(), record.value())
                        .build();
                appended.add(record);
                log.append(List.of(batch), 0, LogFixture.NOW, TimestampType.CREATE_TIME);
                batch.release();
            }
        }

        private void flush(PartitionLog log) {
            log.advanceHighWatermark(log.flush());
            acknowledged = log.flushedOffset();
        }

        private void checkpoint(SimulatedDisk disk, PartitionLog log) throws Exception {
            RecoveryPoint point = log.checkpoint();
            flush(log);
            RecoveryPointFile.RECOVERY_POINTS.write(disk.root(), Map.of(PARTITION, point));
        }

        private void close(SimulatedDisk disk, PartitionLog log) throws Exception {
            log.close();
            Map<TopicPartition, RecoveryPoint> points = Map.of(PARTITION, log.recoveryPoint());
            RecoveryPointFile.RECOVERY_POINTS.write(disk.root(), points);
            RecoveryPointFile.CLEAN_SHUTDOWN.write(disk.root(), points);
        }

        private void compact(PartitionLog log) {
            log.roll(LogFixture.NOW);
            // so that neighbours become one
            log.configure(WIDER);
            new Compactor(LogModel.ALLOCATOR).compact(log, LogFixture.NOW);
            log.configure(SETTINGS);
        }

        @Override
        public void recover(SimulatedDisk disk) throws Exception {
            disk.fates(fates);
            check(open(disk));
        }

        private void check(PartitionLog log) throws Exception {
            long end = log.snapshot().logEndOffset();
            assertThat(log.recovery().quarantined()).isEmpty();
            assertThat(end).isBetween(acknowledged, (long) appended.size());
            appended.subList((int) end, appended.size()).clear();
            flush(log);
            List<StoredRecord> found = StoredRecord.readAll(log, LogModel.ALLOCATOR, 300);
            assertThat(appended).containsAll(found);
            assertThat(found)
                    .isSortedAccordingTo(Comparator.comparingLong(StoredRecord::offset))
                    .doesNotHaveDuplicates()
                    .containsAll(newest());
        }

        @Override
        public void goOn(SimulatedDisk disk) throws Exception {
            PartitionLog log = open(disk);
            flush(log);
            append(log, 3);
            flush(log);
            compact(log);
            List<StoredRecord> found = StoredRecord.readAll(log, LogModel.ALLOCATOR, 300);
            assertThat(found).isEqualTo(newest());
        }

        private List<StoredRecord> newest() {
            Map<String, StoredRecord> newest = new HashMap<>();
            appended.forEach(record -> newest.put(record.key(), record));
            return newest.values().stream()
                    .sorted(Comparator.comparingLong(StoredRecord::offset))
                    .toList();
        }
    }
}
