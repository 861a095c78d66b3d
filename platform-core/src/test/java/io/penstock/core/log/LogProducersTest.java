package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.netty.buffer.ByteBuf;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.NoSpaceException;
import io.penstock.core.log.producer.ProducerEntry;
import io.penstock.core.log.producer.ProducerStates;
import io.penstock.core.log.producer.SequenceVerdict;
import io.penstock.core.log.producer.SequencedBatch;
import io.penstock.core.model.TimestampType;
import io.penstock.core.record.RecordBatch;
import io.penstock.core.record.TestBatches;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** What a log knows of its producers, from its batches and from its snapshots. */
@ResourceLock(Resources.SYSTEM_OUT)
class LogProducersTest {

    @TempDir
    Path root;

    private LogFixture fixture;
    private final Map<Long, Integer> sequences = new HashMap<>();

    @BeforeEach
    void open() throws Exception {
        fixture = new LogFixture(DiskDirectory.open(root), LogFixture.SMALL);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void remembersTheLastBatchesOfEachProducer() {
        int count = ProducerStates.WINDOW + 2;
        for (int i = 0; i < count; i++) {
            append(1, 2);
            append(2, 1);
        }

        assertThat(fixture.log.producers()).hasSize(2);
        assertThat(fixture.log.producers().get(0).batches())
                .hasSize(ProducerStates.WINDOW)
                .last()
                .isEqualTo(
                        new SequencedBatch(2 * count - 2, 2 * count - 1, 3 * count - 3, 3 * count - 2, LogFixture.NOW));
    }

    @Test
    void knowsThemAgainAfterACleanStopWithoutReadingBatches() {
        fill(40);
        List<ProducerEntry> before = fixture.log.producers();

        fixture.reopen();

        assertThat(fixture.log.producers()).isEqualTo(before);
        assertThat(snapshots())
                .contains(SnapshotFiles.name(fixture.log.snapshot().logEndOffset()));
    }

    @Test
    void hasThemFromTheBatchesWhereThereIsNoSnapshot() throws Exception {
        fill(40);
        List<ProducerEntry> before = fixture.log.producers();
        fixture.log.close();
        for (String name : snapshots()) {
            Files.delete(root.resolve("orders-3").resolve(name));
        }
        fixture.openAgain();

        assertThat(fixture.log.producers()).isEqualTo(before);
    }

    @Test
    void takesAnOlderSnapshotAndTheBatchesBehindItWhereTheNewestIsDamaged() throws Exception {
        fill(60);
        List<ProducerEntry> before = fixture.log.producers();
        fixture.log.close();
        assertThat(snapshots()).hasSizeGreaterThan(3);
        String newest = snapshots().get(snapshots().size() - 1);
        Path file = root.resolve("orders-3").resolve(newest);
        byte[] bytes = Files.readAllBytes(file);
        bytes[20] ^= 4;
        Files.write(file, bytes);
        fixture.openAgain();

        assertThat(fixture.log.producers()).isEqualTo(before);
        assertThat(snapshots()).doesNotContain(newest);
    }

    @Test
    void goesOnWhereASnapshotSaysThatTheLogEnded() throws Exception {
        fill(10);
        List<ProducerEntry> before = fixture.log.producers();
        long end = fixture.log.snapshot().logEndOffset();
        fixture.log.close();
        Path directory = root.resolve("orders-3");
        Files.copy(directory.resolve(SnapshotFiles.name(end)), directory.resolve(SnapshotFiles.name(end + 1)));
        fixture.openAgain();

        assertThat(fixture.log.producers()).isEqualTo(before);
        assertThat(fixture.log.snapshot().logEndOffset()).isEqualTo(end + 1);
        assertThat(fixture.log.recovery().quarantined())
                .extracting(QuarantinedRange::fromOffset, QuarantinedRange::toOffset)
                .containsExactly(tuple(end, end + 1));
    }

    @Test
    void believesNoDamagedSnapshotThatTellsOfMoreThanTheLogHas() throws Exception {
        fill(10);
        List<ProducerEntry> before = fixture.log.producers();
        long end = fixture.log.snapshot().logEndOffset();
        fixture.log.close();
        Files.write(root.resolve("orders-3").resolve(SnapshotFiles.name(end + 1)), new byte[40]);
        fixture.openAgain();

        assertThat(fixture.log.producers()).isEqualTo(before);
        assertThat(fixture.log.recovery().quarantined()).isEmpty();
        assertThat(snapshots()).doesNotContain(SnapshotFiles.name(end + 1));
    }

    @Test
    void forgetsWhatATruncationCuts() {
        Map<Long, List<ProducerEntry>> history = new HashMap<>();
        for (int i = 0; i < 60; i++) {
            history.put(fixture.log.snapshot().logEndOffset(), fixture.log.producers());
            append(i % 3, 1);
        }

        for (long offset : new long[] {57, 41, 7, 0}) {
            fixture.log.truncateTo(offset);
            // what the snapshot before it does not have comes from the batches
            assertThat(fixture.log.producers()).as("at offset %s", offset).isEqualTo(history.get(offset));
            assertThat(snapshots()).allMatch(name -> Long.parseLong(name.substring(0, 20)) <= offset);
        }
    }

    @Test
    void knowsProducersWhoseBatchesWereDeleted() {
        append(99, 1);
        fill(60);
        long start = fixture.log.extents().get(2).baseOffset();
        fixture.log.deleteBefore(start);
        fixture.log.deleteObsoleteSegments().release();
        fixture.logStart = start;
        List<ProducerEntry> before = fixture.log.producers();
        fixture.reopen();

        assertThat(fixture.log.producers()).isEqualTo(before).anyMatch(entry -> entry.producerId() == 99);
        assertThat(snapshots()).allMatch(name -> Long.parseLong(name.substring(0, 20)) >= start);
    }

    @Test
    void keepsASnapshotForEachSegmentAndTwoMore() {
        for (int i = 0; i < 4; i++) {
            fill(20);
            fixture.reopen();
        }

        List<String> segments = fixture.log.extents().stream()
                .skip(1)
                .map(extent -> SnapshotFiles.name(extent.baseOffset()))
                .toList();
        assertThat(snapshots()).containsAll(segments).hasSizeLessThanOrEqualTo(segments.size() + 2);
    }

    @Test
    void leavesNoTraceOfAnAppendThatFailed() throws Exception {
        fixture.close();
        FaultyDirectory.Plan plan = new FaultyDirectory.Plan();
        fixture =
                new LogFixture(new FaultyDirectory(DiskDirectory.open(root.resolve("faulty")), plan), LogFixture.SMALL);
        append(1, 1);
        List<ProducerEntry> before = fixture.log.producers();
        plan.fail(FaultyDirectory.Operation.APPEND, ".log", new NoSpaceException("planned", new IOException()));
        ByteBuf batch = batch(1, 2, 1);
        try {
            assertThatThrownBy(() -> fixture.log.append(List.of(batch), 0, LogFixture.NOW, TimestampType.CREATE_TIME))
                    .isInstanceOf(PenstockException.class);
        } finally {
            batch.release();
        }

        assertThat(fixture.log.producers()).isEqualTo(before);
    }

    @Test
    void makesASnapshotWithARecoveryPointWhenMuchHasComeSinceTheLast() throws Exception {
        fixture.close();
        fixture = new LogFixture(DiskDirectory.open(root.resolve("large")), LogSettings.DEFAULTS);
        append(1, 1);
        fixture.log.checkpoint();
        assertThat(list(root.resolve("large/orders-3"))).isEmpty();

        for (int i = 0; i < 5; i++) {
            ByteBuf batch = TestBatches.batch()
                    .allocator(fixture.allocator)
                    .producer(1, 0, 1 + i)
                    .records(1, 1 << 20)
                    .build();
            fixture.append(batch);
        }
        fixture.log.checkpoint();
        fixture.log.checkpoint();

        assertThat(list(root.resolve("large/orders-3"))).containsExactly(SnapshotFiles.name(6));
    }

    @Test
    void knowsTheLastSequencesAfterACompactionAlsoWithoutASnapshot() throws Exception {
        for (int i = 0; i < 60; i++) {
            long id = i % 4;
            int sequence = sequences.merge(id, 1, Integer::sum) - 1;
            fixture.append(TestBatches.batch()
                    .allocator(fixture.allocator)
                    .producer(id, 2, sequence)
                    .record("the same key", "v".repeat(40))
                    .build());
        }
        fixture.log.roll(LogFixture.NOW);
        new Compactor(fixture.allocator).compact(fixture.log, LogFixture.NOW);
        fixture.log.close();
        for (String name : snapshots()) {
            Files.delete(root.resolve("orders-3").resolve(name));
        }
        fixture.openAgain();

        assertThat(fixture.valuesFrom(0)).hasSizeLessThan(5);
        assertThat(fixture.log.producers()).hasSize(4).allSatisfy(entry -> {
            assertThat(entry.epoch()).isEqualTo((short) 2);
            assertThat(entry.batches().get(entry.batches().size() - 1).lastSequence())
                    .isEqualTo(14);
        });
    }

    @Test
    void showsKafkaItsProducers() throws Exception {
        fill(60);
        fixture.log.close();
        Path newest =
                root.resolve("orders-3").resolve(snapshots().get(snapshots().size() - 1));

        String dump = KafkaDump.snapshot(newest);

        assertThat(KafkaDump.complaints(dump)).isEmpty();
        assertThat(dump).contains("producerId: 0 ", "producerId: 1 ", "producerId: 2 ", "lastSequence: 19");
        fixture.openAgain();
    }

    @Test
    void judgesByWhatItKnows() {
        append(1, 3);
        ByteBuf repeated = batch(1, 0, 3);
        SequenceVerdict verdict = fixture.log.newSequenceCheck().judge(RecordBatch.at(repeated, 0));
        repeated.release();

        assertThat(verdict).isEqualTo(new SequenceVerdict.Duplicate(new SequencedBatch(0, 2, 0, 2, LogFixture.NOW)));
    }

    /** Batches of one record by three producers in turn. */
    private void fill(int batches) {
        for (int i = 0; i < batches; i++) {
            append(i % 3, 1);
        }
    }

    private void append(long id, int records) {
        int sequence = sequences.merge(id, records, Integer::sum) - records;
        fixture.append(batch(id, sequence, records));
    }

    private ByteBuf batch(long id, int sequence, int records) {
        return TestBatches.batch()
                .allocator(fixture.allocator)
                .producer(id, 0, sequence)
                .records(records, 40)
                .build();
    }

    private List<String> snapshots() {
        return list(root.resolve("orders-3"));
    }

    private static List<String> list(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".snapshot"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
