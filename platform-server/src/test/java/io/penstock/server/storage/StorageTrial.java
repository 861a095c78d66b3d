package io.penstock.server.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.LogAudit;
import io.penstock.core.log.LogReader;
import io.penstock.core.log.LogRecovery;
import io.penstock.core.log.LogSlice;
import io.penstock.core.log.LogSnapshot;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.log.RecoveryPoint;
import io.penstock.core.log.SegmentExtent;
import io.penstock.core.log.file.CrashPoints;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.PowerCut;
import io.penstock.core.log.file.SimulatedDisk;
import io.penstock.core.log.file.SimulatedDisk.Fate;
import io.penstock.core.log.file.SimulatedDisk.Fates;
import io.penstock.core.model.Acks;
import io.penstock.core.model.Guarantee;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.record.BatchLimits;
import io.penstock.core.record.Batches;
import io.penstock.core.record.RecordCursor;
import io.penstock.core.record.TestBatches;
import io.penstock.server.metadata.TopicRecord;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The production code of a broker's storage, from its data directories to its topics, on a simulated disk and beside a model. A
 * script is a few lines; what must hold after a crash at any of its file operations is checked by {@link #recover}.
 */
final class StorageTrial implements CrashPoints.Trial {

    /** Steps to be cut anywhere. */
    @FunctionalInterface
    interface Script {
        void run(StorageTrial trial) throws Exception;
    }

    private static final int INDEX_INTERVAL_BYTES = 200;
    private static final int KEYS = 3;
    private static final long START_MS = TestBatches.FIRST_TIMESTAMP;

    /** Between two starts. */
    private static final long RESTART_MS = Duration.ofMinutes(10).toMillis();

    /** On the heap, and without the search for leaks: a process that dies releases nothing. */
    private static final ByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(false, true);

    private final Script script;
    private final SplittableRandom random = new SplittableRandom(7);
    private final Map<String, Topic> topics = new LinkedHashMap<>();
    private final List<String> wrongAnswers = new ArrayList<>();
    private Fates planted = (operation, path) -> Fate.DONE;
    private @Nullable SimulatedDisk disk;
    private @Nullable SimulatedNode node;
    private int starts;
    private int values;

    StorageTrial(Script script) {
        this.script = script;
    }

    /** Lets the disk deceive the broker, all the time. */
    StorageTrial with(Fates fates) {
        planted = fates;
        return this;
    }

    @Override
    public void run(SimulatedDisk on) throws Exception {
        disk = on;
        start();
        dyingWithThePower(() -> script.run(this));
    }

    @Override
    public void recover(SimulatedDisk on) throws Exception {
        disk = on;
        start();
        dyingWithThePower(this::check);
    }

    @Override
    public void goOn(SimulatedDisk on) throws Exception {
        dyingWithThePower(() -> {
            topics.values().forEach(topic -> topic.append(3));
            node().pass(SimulatedNode.CHECKPOINT_INTERVAL);
            topics.values().forEach(topic -> topic.append(1));
        });
    }

    /**
     * Starts on a disk that has what the last life left, but for damage to a file. Whatever is served is what was sent, at its
     * offset, up to the end; what was deleted may be there again.
     *
     * @return the topics that are refused; all others are served
     * @throws PenstockException if the start is refused
     */
    List<String> startDamaged(SimulatedDisk damaged) throws IOException {
        disk = damaged;
        topics.values().forEach(topic -> topic.notedStart = 0);
        start();
        assertThat(node().image().topics())
                .extracting(TopicRecord::name)
                .containsExactlyInAnyOrderElementsOf(topics.keySet());
        List<String> refused = new ArrayList<>();
        for (Topic topic : topics.values()) {
            try {
                topic.check();
            } catch (PenstockException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.STORAGE_ERROR);
                refused.add(topic.name);
            }
        }
        checkDirectories();
        return refused;
    }

    /** All files of the disk. */
    Map<String, byte[]> image() {
        return disk().image();
    }

    private interface Steps {
        void run() throws Exception;
    }

    private void dyingWithThePower(Steps steps) throws Exception {
        try {
            steps.run();
        } catch (PowerCut e) {
            if (node != null) {
                node.die();
            }
            throw e;
        }
    }

    private void start() throws IOException {
        disk().fates((operation, path) -> {
            topics.values().forEach(Topic::observe);
            return planted.of(operation, path);
        });
        node = null;
        node = new SimulatedNode(disk(), START_MS + RESTART_MS * starts++, random);
    }

    /** A clean stop, and a start that has nothing to read. */
    void stopAndStart() throws IOException {
        node().stop();
        topics.values().forEach(topic -> topic.acknowledged = topic.sent.size());
        start();
        for (Topic topic : topics.values()) {
            assertThat(topic.log().recovery())
                    .as("what opening %s did after a clean stop", topic.name)
                    .isEqualTo(LogRecovery.uneventful(0));
        }
    }

    /** Time passes, and everything that is due is done. */
    void pass(Duration time) {
        node().pass(time);
        topics.values().forEach(Topic::observe);
    }

    /** The retention of all topics. */
    void retain() {
        pass(SimulatedNode.RETENTION_INTERVAL);
        topics.values().forEach(topic -> topic.notedStart = topic.snapshot().logStartOffset());
    }

    Topic create(String name, String... settings) {
        Topic topic = new Topic(name, settings);
        topics.put(name, topic);
        topic.record = node().create(name, topic.settings);
        topic.life = Life.THERE;
        return topic;
    }

    void delete(String name) {
        Topic topic = topics.get(name);
        topic.life = Life.GOING;
        node().delete(name);
        topics.remove(name);
    }

    private SimulatedDisk disk() {
        assertThat(disk).isNotNull();
        return disk;
    }

    SimulatedNode node() {
        assertThat(node).isNotNull();
        return node;
    }

    /** Compares everything with the model, and takes what was found for the truth. */
    private void check() throws IOException {
        assertThat(wrongAnswers).isEmpty();
        topics.values().removeIf(Topic::isGone);
        assertThat(node().image().topics())
                .extracting(TopicRecord::name)
                .containsExactlyInAnyOrderElementsOf(topics.keySet());
        for (Topic topic : topics.values()) {
            topic.check();
        }
        checkDirectories();
    }

    /** What has no topic is not in the way of one. */
    private void checkDirectories() throws IOException {
        for (String volume : List.of("a", "b")) {
            LogDirectory files = disk().root().child(volume);
            assertThat(files.children())
                    .as("the directories in %s", volume)
                    .allMatch(name -> name.equals("__cluster_metadata-0")
                            || name.endsWith(".stray")
                            || topics.containsKey(name.substring(0, name.lastIndexOf('-'))));
        }
    }

    /** Whether the metadata must have a topic. */
    private enum Life {
        COMING,
        THERE,
        GOING
    }

    private record Sent(String key, String value) {}

    /** A topic of one partition, its model, and whoever writes it: one batch of one record at each offset. */
    final class Topic {

        private final String name;
        private final Map<String, String> settings = new HashMap<>();
        private final List<Sent> sent = new ArrayList<>();
        private Life life = Life.COMING;
        private @Nullable TopicRecord record;

        /** Before it everything must survive. */
        private long acknowledged;

        private long notedStart;
        private long wantedStart;

        private Topic(String name, String... settings) {
            this.name = name;
            this.settings.putAll(
                    Map.of("segment.bytes", "1024", "index.interval.bytes", String.valueOf(INDEX_INTERVAL_BYTES)));
            for (int i = 0; i < settings.length; i += 2) {
                this.settings.put(settings[i], settings[i + 1]);
            }
        }

        private TopicRecord record() {
            assertThat(record).isNotNull();
            return record;
        }

        private Partition partition() {
            return node().partition(record());
        }

        private PartitionLog log() {
            return partition().log();
        }

        private LogSnapshot snapshot() {
            return log().snapshot();
        }

        private boolean isReplicated() {
            return "replicated".equals(settings.get("durability"));
        }

        private boolean isCompacting() {
            return "compact".equals(settings.get("cleanup.policy"));
        }

        /** Sees what a consumer could see now. */
        private void observe() {
            PartitionLog open = record == null || node == null || life != Life.THERE ? null : openLog();
            if (open != null && open.outOfUse() == null) {
                wantedStart = Math.max(wantedStart, open.snapshot().logStartOffset());
                if (!isReplicated()) {
                    acknowledged = Math.max(acknowledged, open.snapshot().highWatermark());
                }
            }
        }

        private @Nullable PartitionLog openLog() {
            return node().store.held().stream()
                    .filter(partition -> partition.topicId().equals(record().id()))
                    .findFirst()
                    .map(Partition::openLog)
                    .orElse(null);
        }

        /** Sends batches, which are written together, and lets all be done that comes of it. */
        void append(int count) {
            for (int i = 0; i < count; i++) {
                int number = values++;
                Sent next = new Sent("key " + number % KEYS, "value " + number + "v".repeat(number * 37 % 100));
                long offset = sent.size();
                sent.add(next);
                node().append(
                                record(),
                                Acks.ALL,
                                TestBatches.batch()
                                        .allocator(ALLOCATOR)
                                        .record(START_MS + number, next.key, next.value),
                                answer -> answered(offset, answer));
            }
            node().work();
            assertThat(wrongAnswers).isEmpty();
        }

        private void answered(long offset, ProduceAck answer) {
            if (disk().isOff()) {
                return; // nobody hears it
            }
            Guarantee guarantee = isReplicated() ? Guarantee.REPLICATED : Guarantee.FSYNCED;
            if (answer.outcome() != Outcome.COMMITTED
                    || answer.baseOffset() != offset
                    || answer.guarantee() != guarantee) {
                wrongAnswers.add(answer + " of what should be " + guarantee + " at offset " + offset);
            } else if (!isReplicated()) {
                acknowledged = Math.max(acknowledged, offset + 1);
            }
        }

        /** Waits for as long as a replicated record may be in the page cache alone. */
        void awaitFlush() {
            pass(Duration.ofSeconds(1));
            acknowledged = sent.size();
        }

        void deleteRecords(long beforeOffset) {
            node().deleteRecords(record(), beforeOffset);
            wantedStart = Math.max(wantedStart, beforeOffset);
            notedStart = wantedStart;
        }

        int size() {
            return sent.size();
        }

        /** The base offsets of its segments. */
        List<Long> segments() {
            return log().extents().stream().map(SegmentExtent::baseOffset).toList();
        }

        /** Whether the metadata does not have it, and need not. */
        private boolean isGone() {
            TopicRecord found = node().image().topic(name);
            if (found == null) {
                assertThat(life).as("the life of %s, which is not there", name).isNotEqualTo(Life.THERE);
                return true;
            }
            life = Life.THERE;
            record = found;
            return false;
        }

        private void check() throws IOException {
            PartitionLog log = log();
            LogSnapshot found = log.snapshot();
            String as = name + " " + found;
            assertThat(log.recovery().quarantined())
                    .as("what of %s was set aside, which nothing damaged", name)
                    .isEmpty();
            assertThat(found.logEndOffset()).as("%s, end", as).isBetween(acknowledged, (long) sent.size());
            assertThat(found.highWatermark()).as("%s, high watermark", as).isEqualTo(found.logEndOffset());
            assertThat(found.logStartOffset()).as("%s, start", as).isBetween(notedStart, wantedStart);
            sent.subList((int) found.logEndOffset(), sent.size()).clear();
            acknowledged = found.logEndOffset();
            notedStart = found.logStartOffset();
            wantedStart = notedStart;
            checkSegments(log, notedStart);
            checkRecords(read(log));
            checkFiles();
        }

        private static void checkSegments(PartitionLog log, long start) {
            List<SegmentExtent> extents = log.extents();
            assertThat(extents.size() == 1 || extents.get(1).baseOffset() > start)
                    .as("whether %s has segments that are before offset %s as a whole", extents, start)
                    .isTrue();
        }

        private void checkRecords(TreeMap<Long, Sent> found) {
            Map<String, Long> newest = new HashMap<>();
            for (long offset = notedStart; offset < sent.size(); offset++) {
                Sent expected = sent.get((int) offset);
                Sent actual = found.remove(offset);
                if (actual != null || !isCompacting()) {
                    assertThat(actual)
                            .as("the record of %s at offset %s", name, offset)
                            .isEqualTo(expected);
                }
                newest.put(expected.key, actual == null ? null : offset);
            }
            assertThat(found).as("records of %s that nobody sent", name).isEmpty();
            assertThat(newest).as("the newest record of each key of %s", name).doesNotContainValue(null);
        }

        private TreeMap<Long, Sent> read(PartitionLog log) {
            TreeMap<Long, Sent> records = new TreeMap<>();
            long next = log.snapshot().logStartOffset();
            try (LogReader reader = log.newReader();
                    RecordCursor cursor = new RecordCursor(ALLOCATOR, BatchLimits.DEFAULTS)) {
                LogSlice slice;
                while ((slice = reader.read(next, log.snapshot().highWatermark(), 700, ALLOCATOR, 0)) != null) {
                    Batches batches = new Batches(slice.buffer());
                    while (batches.next()) {
                        batches.batch().ensureValid(BatchLimits.DEFAULTS);
                        cursor.open(slice.buffer(), batches.batch().index());
                        while (cursor.next()) {
                            Sent record = new Sent(
                                    text(cursor.buffer(), cursor.keyIndex(), cursor.keyLength()),
                                    text(cursor.buffer(), cursor.valueIndex(), cursor.valueLength()));
                            assertThat(records.put(cursor.offset(), record))
                                    .as("what %s has twice", name)
                                    .isNull();
                        }
                    }
                    slice.buffer().release();
                    next = slice.nextOffset();
                }
            }
            return records;
        }

        /** Reads every file, as {@code penstock log verify} does, and looks for those that should not be there any more. */
        private void checkFiles() throws IOException {
            LogDirectory files = partition().volume().files().child(name + "-0");
            assertThat(LogAudit.of(files, RecoveryPoint.UNKNOWN, INDEX_INTERVAL_BYTES)
                            .defects())
                    .as("defects of %s", name)
                    .isEmpty();
            assertThat(files.list()).noneMatch(file -> file.endsWith(".swap") || file.endsWith(".deleted"));
        }
    }

    private static String text(ByteBuf buffer, int index, int length) {
        return buffer.toString(index, length, UTF_8);
    }
}
