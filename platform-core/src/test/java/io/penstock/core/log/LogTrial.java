package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.compaction.CompactionRules;
import io.penstock.core.log.compaction.OffsetMap;
import io.penstock.core.log.file.CrashPoints;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.SimulatedDisk;
import io.penstock.core.log.file.SimulatedDisk.Fate;
import io.penstock.core.log.file.SimulatedDisk.Fates;
import io.penstock.core.log.file.SimulatedDisk.Operation;
import io.penstock.core.model.TimestampType;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.record.TestBatches;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Logs on a simulated disk, used as the broker uses them, each beside its model. A script is a few lines; what must hold
 * after a crash at any of its steps is checked by {@link #recover}.
 */
final class LogTrial implements CrashPoints.Trial {

    /** Steps to be cut anywhere. */
    @FunctionalInterface
    interface Script {
        void run(LogTrial trial) throws Exception;
    }

    /** How a broker may get it wrong. */
    enum Bug {
        NONE,
        ACKNOWLEDGES_BEFORE_FORCE,
        SHOWS_CONSUMERS_WHAT_IS_NOT_FORCED,
        NOTES_A_POINT_BEFORE_FORCE,
        KEEPS_A_POINT_BEHIND_A_CUT,
        KEEPS_THE_POINT_OF_A_DELETED_LOG,
        KEEPS_THE_MARKER_OF_A_CLEAN_STOP,
        MARKS_A_CLEAN_STOP_BEFORE_CLOSING,
        DELETES_BEFORE_NOTING_THE_START,
        DELETES_WHAT_IS_TOO_YOUNG,
        COMPACTS_WHAT_IS_NOT_COMMITTED,
        NOTES_A_COMPACTION_BEFORE_IT_IS_DONE
    }

    /** What a topic's {@code cleanup.policy} says. */
    enum Cleanup {
        DELETE,
        COMPACT,
        COMPACT_AND_DELETE;

        boolean compacts() {
            return this != DELETE;
        }

        boolean deletes() {
            return this != COMPACT;
        }
    }

    /** How far apart records are; with each that is appended so much time passes. */
    static final long MS_PER_RECORD = 10;

    private static final int KEYS = 6;

    /** Small enough that every structure has several of everything. */
    static final LogSettings SETTINGS = new LogSettings(1200, 60_000, 200, 4096);

    /** While a log is compacted: neighbours become one. */
    private static final LogSettings WIDER = SETTINGS.withSegmentBytes(2 * SETTINGS.segmentBytes());

    /** Tombstones stay while twenty records come; what is known of producers stays. */
    private static final CompactionRules RULES = new CompactionRules(20 * MS_PER_RECORD, 0, Long.MAX_VALUE);

    private final Script script;
    private final Map<TopicPartition, Tracked> logs = new LinkedHashMap<>();

    /** What the broker knows of each log, and tells the next one. */
    private final Map<TopicPartition, RecoveryPoint> points = new HashMap<>();

    private final Map<TopicPartition, Long> starts = new HashMap<>();
    private final Map<TopicPartition, Long> compacted = new HashMap<>();

    private final Map<String, Cleanup> cleanups = new HashMap<>();
    final Random random;
    private final Random producers;
    private Bug bug = Bug.NONE;
    private Fates planted = (operation, path) -> Fate.DONE;
    private UnaryOperator<LogDirectory> decoration = directory -> directory;
    private @Nullable SimulatedDisk disk;
    private int values;

    LogTrial(Script script) {
        this(script, 0);
    }

    LogTrial(Script script, long seed) {
        this.script = script;
        this.random = new Random(seed);
        this.producers = new Random(~seed);
    }

    LogTrial with(Bug newBug) {
        bug = newBug;
        return this;
    }

    /** Lets the disk deceive the logs, all the time. */
    LogTrial with(Fates fates) {
        planted = fates;
        return this;
    }

    /** A topic's policy, before there is a log of it; what is said of no topic is {@link Cleanup#DELETE}. */
    LogTrial cleaning(String topic, Cleanup by) {
        cleanups.put(topic, by);
        return this;
    }

    /** From now on the operation fails on every name that ends so. */
    void fail(Operation failing, String suffix, Fate fate) {
        fail((operation, path) -> operation == failing && path.endsWith(suffix), fate);
    }

    void fail(BiPredicate<Operation, String> failing, Fate fate) {
        disk().fates((operation, path) -> failing.test(operation, path) ? fate : planted.of(operation, path));
    }

    void failOnce(Operation failing, String suffix) {
        boolean[] done = {false};
        fail(
                (operation, path) -> {
                    boolean fails = !done[0] && operation == failing && path.endsWith(suffix);
                    done[0] |= fails;
                    return fails;
                },
                Fate.FAILED);
    }

    /** Ends what {@link #fail} began. */
    void heal() {
        disk().fates(planted);
    }

    /** Lets the logs see the disk through something. */
    LogTrial seeing(UnaryOperator<LogDirectory> newDecoration) {
        decoration = newDecoration;
        return this;
    }

    @Override
    public void run(SimulatedDisk on) throws Exception {
        disk = on;
        heal();
        script.run(this);
    }

    @Override
    public void recover(SimulatedDisk on) throws Exception {
        disk = on;
        heal();
        takeDirectory();
        PartitionLog.removeDeleted(directory());
        for (Tracked log : logs.values()) {
            log.recover(true);
        }
    }

    @Override
    public void goOn(SimulatedDisk on) {
        for (Tracked log : logs.values()) {
            if (log.life == Life.THERE) {
                log.append(2);
                log.flush();
                log.append(1);
            }
        }
    }

    /** After the process was killed and another has begun; nothing that was written is lost. */
    void recoverFromKill() throws IOException {
        takeDirectory();
        PartitionLog.removeDeleted(directory());
        for (Tracked log : logs.values()) {
            log.recover(false);
        }
    }

    /** Learns what the broker before knew, and takes the marker of its clean stop away before a log is opened. */
    private void takeDirectory() throws IOException {
        Map<TopicPartition, RecoveryPoint> noted =
                RecoveryPointFile.RECOVERY_POINTS.read(directory()).orElse(Map.of());
        points.clear();
        points.putAll(RecoveryPointFile.CLEAN_SHUTDOWN.read(directory()).orElse(noted));
        starts.clear();
        starts.putAll(PartitionOffsetFile.LOG_START_OFFSETS.read(directory()));
        compacted.clear();
        compacted.putAll(PartitionOffsetFile.COMPACTED_OFFSETS.read(directory()));
        if (bug != Bug.KEEPS_THE_MARKER_OF_A_CLEAN_STOP) {
            RecoveryPointFile.CLEAN_SHUTDOWN.remove(directory());
        }
    }

    private void storePoints() throws IOException {
        RecoveryPointFile.RECOVERY_POINTS.write(directory(), points);
    }

    private void storeStarts() throws IOException {
        PartitionOffsetFile.LOG_START_OFFSETS.write(directory(), starts);
    }

    private void storeCompacted() throws IOException {
        PartitionOffsetFile.COMPACTED_OFFSETS.write(directory(), compacted);
    }

    private long nowMs() {
        return LogFixture.NOW + values * MS_PER_RECORD;
    }

    /** A clean stop of the broker, and a start that has nothing to read. */
    void stopAndStart() throws IOException {
        List<Tracked> open =
                logs.values().stream().filter(log -> log.life == Life.THERE).toList();
        if (bug == Bug.MARKS_A_CLEAN_STOP_BEFORE_CLOSING) {
            open.forEach(log -> points.put(log.partition, log.placeOfEnd(true)));
            RecoveryPointFile.CLEAN_SHUTDOWN.write(directory(), points);
        }
        for (Tracked log : open) {
            log.log().close();
            log.model.acknowledged = log.model.end();
            points.put(log.partition, log.log().recoveryPoint());
        }
        storePoints();
        RecoveryPointFile.CLEAN_SHUTDOWN.write(directory(), points);
        takeDirectory();
        for (Tracked log : open) {
            log.open(false);
            assertThat(log.log().recovery())
                    .as("what opening %s did after a clean stop", log)
                    .isEqualTo(LogRecovery.uneventful(0));
        }
    }

    SimulatedDisk disk() {
        assertThat(disk).isNotNull();
        return disk;
    }

    LogDirectory directory() {
        return decoration.apply(disk().root());
    }

    /** The log of a topic's only partition, created if there is none. */
    Tracked log(String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        Tracked log = logs.computeIfAbsent(partition, Tracked::new);
        if (log.life == Life.NONE) {
            log.create();
        }
        return log;
    }

    /** Whether any log has failed for good. */
    boolean hasFailed() {
        return logs.values().stream().anyMatch(Tracked::hasFailed);
    }

    /** Whether a directory of the partition must be there. */
    enum Life {
        NONE,
        THERE,
        /** It may be there or not, but not in part. */
        GOING
    }

    /** A log, its model, and whoever writes it. */
    final class Tracked {

        final TopicPartition partition;
        private final Cleanup cleanup;
        LogModel model = new LogModel();
        private UUID topicId = new UUID(7, 1);
        private Life life = Life.NONE;
        private @Nullable PartitionLog log;

        private Tracked(TopicPartition partition) {
            this.partition = partition;
            this.cleanup = cleanups.getOrDefault(partition.topic(), Cleanup.DELETE);
        }

        Cleanup cleanup() {
            return cleanup;
        }

        PartitionLog log() {
            assertThat(log).isNotNull();
            return log;
        }

        Life life() {
            return life;
        }

        boolean hasFailed() {
            return life == Life.THERE && log().outOfUse() != null;
        }

        void create() {
            starts.remove(partition);
            compacted.remove(partition);
            // a crash in between may leave a directory, but none that would be in the way
            life = Life.THERE;
            model = new LogModel();
            log = openLog();
        }

        private PartitionLog openLog() {
            return PartitionLog.open(
                    directory(),
                    partition,
                    topicId,
                    SETTINGS,
                    points.getOrDefault(partition, RecoveryPoint.UNKNOWN),
                    starts.getOrDefault(partition, 0L),
                    LogFixture.NOW);
        }

        /** Appends batches of one to three records each, by one write. False if they were refused. */
        boolean append(int count) {
            return append(count, model.latestEpoch());
        }

        boolean append(int count, int epoch) {
            long before = model.end();
            List<ByteBuf> batches = new ArrayList<>();
            try {
                for (int i = 0; i < count; i++) {
                    TestBatches batch = TestBatches.batch().allocator(LogModel.ALLOCATOR);
                    int records = 1 + random.nextInt(3);
                    int producer = producers.nextInt(4);
                    if (producer > 0) {
                        batch.producer(producer, 0, model.nextSequence(producer));
                    }
                    for (int j = 0; j < records; j++) {
                        addRecord(batch);
                    }
                    batches.add(batch.build());
                    model.add(batches.get(i), epoch);
                }
                log().append(batches, epoch, LogFixture.NOW, TimestampType.CREATE_TIME);
                if (bug == Bug.SHOWS_CONSUMERS_WHAT_IS_NOT_FORCED) {
                    show(model.end());
                }
                if (bug == Bug.ACKNOWLEDGES_BEFORE_FORCE) {
                    model.acknowledged = model.end();
                }
                return true;
            } catch (PenstockException e) {
                if (log().outOfUse() == null) {
                    // the producer was told that nothing was written, and may append it again
                    model.cut(before);
                }
                return false;
            } finally {
                batches.forEach(ByteBuf::release);
            }
        }

        private void addRecord(TestBatches batch) {
            long timestamp = nowMs() + random.nextInt(50);
            String value = "value " + values++ + "v".repeat(random.nextInt(100));
            if (cleanup.compacts()) {
                batch.record(timestamp, "key " + random.nextInt(KEYS), random.nextInt(5) == 0 ? null : value);
            } else {
                batch.record(timestamp, null, value);
            }
        }

        /** Waits for the disk, acknowledges, and lets consumers read. False if the log has failed. */
        boolean flush() {
            try {
                long durable = log().flush();
                model.acknowledged = Math.max(model.acknowledged, durable);
                show(durable);
                return true;
            } catch (PenstockException e) {
                return false;
            }
        }

        private void show(long offset) {
            log().advanceHighWatermark(offset);
            model.shown = Math.max(model.shown, log().snapshot().highWatermark());
        }

        /** Makes a recovery point and notes it. False if the log has failed. */
        boolean checkpoint() throws IOException {
            if (bug == Bug.NOTES_A_POINT_BEFORE_FORCE) {
                points.put(partition, placeOfEnd(false));
                storePoints();
            }
            try {
                points.put(partition, log().checkpoint());
            } catch (PenstockException e) {
                return false;
            }
            model.acknowledged = Math.max(model.acknowledged, log().flushedOffset());
            storePoints();
            return true;
        }

        private RecoveryPoint placeOfEnd(boolean isClean) {
            List<SegmentExtent> extents = log().extents();
            SegmentExtent last = extents.get(extents.size() - 1);
            return new RecoveryPoint(last.nextOffset(), last.baseOffset(), last.sizeInBytes(), isClean);
        }

        /**
         * Moves the log's start up to an offset that consumers were shown, notes that, and deletes what is before it. False if the
         * log has failed.
         */
        boolean deleteBefore(long offset) throws IOException {
            model.wantedStart = Math.max(model.wantedStart, offset);
            try {
                log().deleteBefore(offset);
                if (bug == Bug.DELETES_BEFORE_NOTING_THE_START) {
                    log().deleteObsoleteSegments().release();
                }
                starts.put(partition, model.wantedStart);
                storeStarts();
                model.start = model.wantedStart;
                log().deleteObsoleteSegments().release();
                return true;
            } catch (PenstockException e) {
                return false;
            }
        }

        /** Deletes what is too old or too much, as the broker does at each interval. False if that was refused or the log has failed. */
        boolean retain(Retention retention) throws IOException {
            long nowMs = nowMs();
            try {
                if (retention.isActiveExpired(lastExtent(), nowMs)) {
                    log().roll(nowMs);
                }
            } catch (PenstockException e) {
                return false;
            }
            LogSnapshot offsets = log().snapshot();
            Retention applied = bug == Bug.DELETES_WHAT_IS_TOO_YOUNG && retention.retentionMs() > 0
                    ? new Retention(retention.retentionMs() / 2, retention.retentionBytes())
                    : retention;
            long start = applied.newStart(log().extents(), offsets, nowMs);
            if (log().extents().size() == 1 || log().extents().get(1).baseOffset() > start) {
                return true;
            }
            model.checkMayGo(start, retention, nowMs);
            return deleteBefore(start);
        }

        private SegmentExtent lastExtent() {
            List<SegmentExtent> extents = log().extents();
            return extents.get(extents.size() - 1);
        }

        /**
         * Compacts what can be, as the broker does, and compares the log with the model if it has not failed. False if the compaction was
         * refused or did not come to its end.
         *
         * @param beside is done before each swap
         */
        boolean compact(Runnable beside) throws IOException {
            // or a start would take a segment that is smaller than it was for a damaged one
            if (!checkpoint()) {
                return false;
            }
            if (bug == Bug.COMPACTS_WHAT_IS_NOT_COMMITTED) {
                log().advanceHighWatermark(model.end());
            }
            if (bug == Bug.NOTES_A_COMPACTION_BEFORE_IT_IS_DONE) {
                compacted.put(partition, log().snapshot().highWatermark());
                storeCompacted();
            }
            model.compacting(nowMs(), RULES.deleteRetentionMs());
            OptionalLong compactedTo = compactNow(beside);
            if (log().outOfUse() == null) {
                check();
                compactedTo.ifPresent(model::checkCompactedTo);
            }
            if (compactedTo.isPresent()) {
                compacted.put(partition, compactedTo.getAsLong());
                storeCompacted();
            }
            return compactedTo.isPresent();
        }

        private OptionalLong compactNow(Runnable beside) {
            Compactor compactor = new Compactor(LogModel.ALLOCATOR);
            compactor.rules = RULES;
            compactor.mapBytes = OffsetMap.MIN_BYTES + random.nextInt(8) * OffsetMap.SLOT_BYTES;
            compactor.stepBytes = 1 + random.nextInt(3000);
            compactor.dirtyStart = compacted.getOrDefault(partition, 0L);
            compactor.beforeSwap = beside;
            log().configure(WIDER);
            try {
                return OptionalLong.of(compactor.compact(log(), nowMs()).cleanedTo());
            } catch (PenstockException e) {
                return OptionalLong.empty();
            } finally {
                log().configure(SETTINGS);
            }
        }

        boolean truncateTo(long offset) throws IOException {
            long end = model.endIfCutTo(offset);
            if (end < model.leastEnd()) {
                return true;
            }
            RecoveryPoint point = points.get(partition);
            if (point != null && point.offset() > offset && bug != Bug.KEEPS_A_POINT_BEHIND_A_CUT) {
                points.remove(partition);
                storePoints();
            }
            model.release(end);
            try {
                log().truncateTo(offset);
                model.cut(end);
                assertThat(log().snapshot().logEndOffset()).isEqualTo(end);
                return true;
            } catch (PenstockException e) {
                return false;
            }
        }

        /** A clean stop and start. */
        void reopen() {
            log().close();
            model.acknowledged = model.end();
            log = openLog();
            log().startAt(starts.getOrDefault(partition, 0L), LogFixture.NOW);
            assertThat(log().recovery().isUneventful()).isTrue();
        }

        /** Compares the log with the model, while it is in use. */
        void check() {
            assertThat(log().snapshot().logEndOffset()).isEqualTo(model.end());
            model.check(log(), disk().image());
        }

        void delete() throws IOException {
            if (bug != Bug.KEEPS_THE_POINT_OF_A_DELETED_LOG && points.remove(partition) != null) {
                storePoints();
            }
            if (starts.remove(partition) != null) {
                // it is on its way out, and may come back whole if a crash comes first
                model.start = 0;
                storeStarts();
            }
            if (compacted.remove(partition) != null) {
                storeCompacted();
            }
            life = Life.GOING;
            log().delete();
            life = Life.NONE;
            topicId = new UUID(7, topicId.getLeastSignificantBits() + 1);
        }

        private void recover(boolean fromPowerCut) throws IOException {
            boolean isThere = directory().children().contains(partition.toString());
            if (life == Life.NONE) {
                assertThat(isThere)
                        .as("the directory of %s, which was deleted", partition)
                        .isFalse();
            } else if (life == Life.GOING && !isThere) {
                life = Life.NONE;
                topicId = new UUID(7, topicId.getLeastSignificantBits() + 1);
            } else if (life != Life.NONE) {
                life = Life.THERE;
                open(fromPowerCut);
            }
        }

        private void open(boolean fromPowerCut) {
            log = openLog();
            assertThat(log().recovery().quarantined())
                    .as("what is set aside of %s, which nothing damaged", partition)
                    .isEmpty();
            long lost = model.end() - log().snapshot().logEndOffset();
            log().startAt(starts.getOrDefault(partition, 0L), LogFixture.NOW);
            LogModel.checkLeftovers(log(), disk().image());
            model.check(log(), disk().image());
            if (fromPowerCut) {
                // what was found is what the disk has
                model.acknowledged = model.end();
            } else {
                assertThat(lost).as("records that a kill has lost").isZero();
            }
            log().advanceHighWatermark(log().flush());
            model.acknowledged = model.end();
            model.shown = model.end();
        }

        @Override
        public String toString() {
            return partition + " to " + model.end();
        }
    }
}
