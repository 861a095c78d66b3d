package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.penstock.core.compression.Compression;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.compaction.CompactionRules;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.model.TimestampType;
import io.penstock.core.record.Batches;
import io.penstock.core.record.RecordBatch;
import io.penstock.core.record.TestBatches;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogCompactionTest {

    private static final long NOW = LogFixture.NOW;
    private static final long DAY_MS = 86_400_000L;
    private static final String ABORT = "\0\0\0\0";
    private static final String COMMIT = "\0\0\0\1";

    @TempDir
    Path directory;

    private LogFixture fixture;
    private Compactor compactor;

    @BeforeEach
    void open() throws IOException {
        fixture = new LogFixture(DiskDirectory.open(directory), LogFixture.SMALL);
        compactor = new Compactor(fixture.allocator);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private TestBatches batch() {
        return TestBatches.batch().allocator(fixture.allocator);
    }

    private void append(TestBatches batch) {
        fixture.append(batch.build());
    }

    private void put(String key, String value) {
        append(batch().record(NOW, key, value));
    }

    private CompactionResult compact(long nowMs) {
        fixture.log.roll(nowMs);
        return compactor.compact(fixture.log, nowMs);
    }

    private List<String> contents() {
        return StoredRecord.readAll(fixture.log, fixture.allocator, LogFixture.ALL).stream()
                .map(record -> record.offset() + ":" + record.key() + "=" + record.value())
                .toList();
    }

    /** Of each batch: base offset, last offset, count. */
    private List<String> headers() {
        List<String> headers = new ArrayList<>();
        long next = fixture.log.snapshot().logStartOffset();
        LogSlice slice;
        while ((slice = fixture.read(next, Long.MAX_VALUE, LogFixture.ALL)) != null) {
            Batches batches = new Batches(slice.buffer());
            while (batches.next()) {
                RecordBatch batch = batches.batch();
                headers.add(batch.baseOffset() + "-" + batch.lastOffset() + " " + batch.recordCount());
            }
            slice.buffer().release();
            next = slice.nextOffset();
        }
        return headers;
    }

    @Test
    void leavesTheActiveSegmentAlone() {
        put("a", "1");
        put("a", "2");
        assertThat(compactor.compact(fixture.log, NOW).passes()).isZero();
        assertThat(contents()).containsExactly("0:a=1", "1:a=2");
    }

    private void appendUncommitted(TestBatches batch) {
        ByteBuf uncommitted = batch.build();
        fixture.log.append(List.of(uncommitted), 0, NOW, TimestampType.CREATE_TIME);
        uncommitted.release();
    }

    @Test
    void leavesWhatIsNotBelowTheHighWatermark() {
        put("a", "1");
        fixture.log.roll(NOW);
        appendUncommitted(batch().record(NOW, "a", "2"));
        CompactionResult result = compact(NOW);
        assertThat(result.cleanedTo()).isEqualTo(1);
        fixture.commitAll();
        assertThat(contents()).containsExactly("0:a=1", "1:a=2");
    }

    @Test
    void keepsATombstoneForItsTimeAndThenNoMore() {
        put("a", "1");
        put("a", null);
        put("b", "1");
        compact(NOW);
        assertThat(contents()).containsExactly("1:a=null", "2:b=1");
        put("c", "1");
        compact(NOW + DAY_MS - 1);
        assertThat(contents()).containsExactly("1:a=null", "2:b=1", "3:c=1");
        put("d", "1");
        compact(NOW + DAY_MS);
        assertThat(contents()).containsExactly("2:b=1", "3:c=1", "4:d=1");
    }

    @Test
    void keepsTimestampsOfABatchThatGetsADeleteHorizon() {
        append(batch().record(NOW - 5, "a", "1").record(NOW + 7, "b", null).record(NOW - 900, "a", "2"));
        compact(NOW);
        assertThat(StoredRecord.readAll(fixture.log, fixture.allocator, LogFixture.ALL))
                .extracting(StoredRecord::timestamp)
                .containsExactly(NOW + 7, NOW - 900);
    }

    @Test
    void compressesAgainWithTheProducersCodec() {
        fixture.log.configure(LogFixture.SMALL.withSegmentBytes(1 << 20));
        for (Compression codec : Compression.values()) {
            TestBatches batch = batch().compression(codec);
            for (int i = 0; i < 20; i++) {
                batch.record(NOW, "key-" + codec + i % 10, "the same text again and again " + i);
            }
            append(batch);
        }
        compact(NOW);
        List<Compression> codecs = new ArrayList<>();
        LogSlice slice = fixture.read(0, Long.MAX_VALUE, LogFixture.ALL);
        Batches batches = new Batches(slice.buffer());
        while (batches.next()) {
            assertThat(batches.batch().recordCount()).isEqualTo(10);
            codecs.add(batches.batch().compression());
        }
        slice.buffer().release();
        assertThat(codecs).containsExactly(Compression.values());
    }

    @Test
    void keepsTheHeaderOfTheLastBatchOfAProducerUntilItExpires() {
        append(batch().producer(7, 1, 40).record(NOW, "a", "1").record(NOW, "a", "2"));
        put("a", "3");
        put("b", "4");
        compact(NOW);
        assertThat(headers()).containsExactly("0-1 0", "2-2 1", "3-3 1");
        LogSlice slice = fixture.read(0, Long.MAX_VALUE, 1);
        RecordBatch kept = RecordBatch.at(slice.buffer(), 0);
        assertThat(List.of(kept.producerId(), (long) kept.producerEpoch(), (long) kept.baseSequence()))
                .containsExactly(7L, 1L, 40L);
        slice.buffer().release();
        put("c", "5");
        compact(NOW + 2 * DAY_MS);
        assertThat(headers()).containsExactly("2-2 1", "3-3 1", "4-4 1");
    }

    @Test
    void keepsTheHeaderOfTheLastBatchOfAProducerThatIsCommitted() {
        append(batch().producer(7, 1, 40).record(NOW, "a", "1"));
        put("a", "2");
        fixture.log.roll(NOW);
        appendUncommitted(batch().producer(7, 1, 41).record(NOW, "b", "3"));

        compact(NOW);
        fixture.log.truncateTo(2);

        assertThat(headers()).as("what tells the producer's sequence").containsExactly("0-0 0", "1-1 1");
    }

    @Test
    void keepsTheHeaderOfTheLastBatchOfASegmentSoThatNoOffsetIsGivenTwice() {
        put("a", "1");
        put("a", "2");
        fixture.log.roll(NOW);
        put("a", "3");
        compact(NOW);
        fixture.reopen();
        assertThat(fixture.log.extents().get(0).nextOffset()).isEqualTo(3);
        assertThat(contents()).containsExactly("2:a=3");
    }

    @Test
    void removesWhatATransactionAbortedAndTheMarkerLater() {
        append(batch().producer(7, 0, 0).transactional().record(NOW, "a", "committed"));
        append(marker(7, COMMIT));
        append(batch().producer(7, 0, 1).transactional().record(NOW, "a", "aborted"));
        append(marker(7, ABORT));
        append(batch().producer(8, 0, 0).transactional().record(NOW, "z", "1"));
        append(marker(8, COMMIT));
        compact(NOW);
        assertThat(contents()).containsExactly("0:a=committed", "4:z=1");
        // the aborted batch was the last one of its producer
        assertThat(headers()).containsExactly("0-0 1", "1-1 1", "2-2 0", "3-3 1", "4-4 1", "5-5 1");
    }

    @Test
    void removesAMarkerThatHasNoTransactionLeftAfterTheDeleteHorizon() {
        append(batch().producer(7, 0, 0).transactional().record(NOW, "a", "1"));
        append(marker(7, COMMIT));
        append(batch().producer(7, 0, 1).transactional().record(NOW, "a", "2"));
        append(marker(7, COMMIT));
        compact(NOW);
        assertThat(headers()).containsExactly("1-1 1", "2-2 1", "3-3 1");
        put("b", "1");
        compact(NOW + 1);
        assertThat(headers()).containsExactly("1-1 1", "2-2 1", "3-3 1", "4-4 1");
        put("c", "1");
        compact(NOW + 1 + DAY_MS);
        assertThat(headers()).containsExactly("2-2 1", "3-3 1", "4-4 1", "5-5 1");
    }

    @Test
    void stopsBeforeTheFirstTransactionThatIsOpen() {
        put("a", "1");
        put("a", "2");
        append(batch().producer(7, 0, 0).transactional().record(NOW, "a", "3"));
        put("a", "4");
        assertThat(compact(NOW).cleanedTo()).isEqualTo(2);
        assertThat(contents()).containsExactly("1:a=2", "2:a=3", "3:a=4");
    }

    private TestBatches marker(long producerId, String type) {
        return batch().producer(producerId, 0, RecordBatch.NO_SEQUENCE)
                .transactional()
                .control()
                .record(NOW, type, "\0\0\0\0\0\0");
    }

    @Test
    void waitsForTheLag() {
        compactor.rules = new CompactionRules(DAY_MS, 1000, DAY_MS);
        put("a", "1");
        put("a", "2");
        assertThat(compact(NOW + 999).passes()).isZero();
        assertThat(compact(NOW + 1000).passes()).isEqualTo(1);
        assertThat(contents()).containsExactly("1:a=2");
    }

    @Test
    void dropsRecordsWithoutAKeyAndTellsHowMany() {
        append(batch().record(NOW, null, "1").record(NOW, "a", "2"));
        assertThat(compact(NOW).keylessRecords()).isEqualTo(1);
        assertThat(contents()).containsExactly("1:a=2");
    }

    @Test
    void doesNotTouchASegmentInWhichEverythingStays() {
        put("a", "1");
        compact(NOW);
        put("b", "1");
        CompactionResult second = compact(NOW);
        assertThat(second.segmentsReplaced()).isEqualTo(2);
        CompactionResult third = new Compactor(fixture.allocator).compact(fixture.log, NOW);
        assertThat(third.segmentsReplaced()).isZero();
        assertThat(third.bytesAfter()).isEqualTo(third.bytesBefore());
    }

    @Test
    void aReaderGoesOnWhereItWasWhenSegmentsBecomeOne() {
        for (int i = 0; i < 40; i++) {
            put("key-" + i, "x".repeat(i % 3 == 0 ? 400 : 20));
            put("other", "y");
            if (i % 4 == 3) {
                fixture.log.roll(NOW);
            }
        }
        List<Long> expected = StoredRecord.readAll(fixture.log, fixture.allocator, LogFixture.ALL).stream()
                .filter(record -> !"other".equals(record.key()))
                .map(StoredRecord::offset)
                .toList();
        for (int slices = 0; slices < 60; slices++) {
            int[] left = {slices};
            Compactor each = new Compactor(fixture.allocator);
            List<StoredRecord> read = StoredRecord.readAll(fixture.log, fixture.allocator, 1, () -> {
                if (left[0]-- == 0) {
                    fixture.log.configure(LogFixture.SMALL.withSegmentBytes(1 << 20));
                    each.compact(fixture.log, NOW);
                }
            });
            assertThat(read)
                    .filteredOn(record -> !"other".equals(record.key()))
                    .extracting(StoredRecord::offset)
                    .isEqualTo(expected);
            put("later-" + slices, "1");
            expected = new ArrayList<>(expected);
            expected.add(fixture.log.snapshot().logEndOffset() - 1);
            fixture.log.roll(NOW);
        }
    }

    @Test
    void aHeldReaderOfAReplacedSegmentFindsItsWayToTheNewOne() {
        put("a", "1");
        put("b", "2");
        fixture.log.roll(NOW);
        put("c", "3");
        fixture.log.roll(NOW);
        var held = fixture.log.segments().first();
        assertThat(held.acquire()).isTrue();
        try (LogReader reader = fixture.log.newReader()) {
            assertThat(LogFixture.values(reader.read(0, 99, LogFixture.ALL, fixture.allocator, 0)))
                    .containsExactly("1", "2");
            put("d", "4");
            compact(NOW);
            assertThat(fixture.log.segments().holds(held)).isFalse();
            // the merged segment begins where the held one began, and reaches further
            assertThat(LogFixture.values(reader.read(2, 99, LogFixture.ALL, fixture.allocator, 0)))
                    .containsExactly("3", "4");
        } finally {
            held.release();
        }
    }

    @Test
    void givesUpAtADamagedBatchAndLeavesTheLogAsItIs() throws IOException {
        put("a", "1");
        put("a", "2");
        fixture.log.roll(NOW);
        Path file = directory.resolve(LogFixture.PARTITION + "/00000000000000000000.log");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap("?".getBytes(StandardCharsets.US_ASCII)), channel.size() - 3);
        }
        assertThatThrownBy(() -> compactor.compact(fixture.log, NOW))
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_MESSAGE));
        assertThat(fixture.log.outOfUse()).isNull();
        assertThat(headers()).containsExactly("0-0 1", "1-1 1");
    }

    @Test
    void skipsAGroupThatWasDeletedBeforeItsSwap() throws Exception {
        put("a", "1");
        put("a", "2");
        fixture.log.roll(NOW);
        put("a", "3");
        fixture.log.roll(NOW);
        compactor.beforeSwap = () -> {
            fixture.log.deleteBefore(2);
            fixture.log.deleteObsoleteSegments().release();
        };
        CompactionResult result = compactor.compact(fixture.log, NOW);
        assertThat(result.segmentsReplaced()).isZero();
        assertThat(contents()).containsExactly("2:a=3");
        assertThat(fixture.partitionDirectory().list()).noneMatch(name -> name.contains(".cleaned"));
    }

    @Test
    void compactsTheRestOfAGroupOfWhichSomeWasDeletedBeforeItsSwap() {
        put("a", "1");
        fixture.log.roll(NOW);
        put("b", "2");
        put("b", null);
        fixture.log.roll(NOW);
        compactor.beforeSwap = () -> {
            fixture.log.deleteBefore(1);
            fixture.log.deleteObsoleteSegments().release();
        };

        CompactionResult result = compactor.compact(fixture.log, NOW);

        // or the older record would rise again when the tombstone goes
        assertThat(contents()).containsExactly("2:b=null");
        assertThat(result.cleanedTo()).isEqualTo(3);
        assertThat(result.segmentsReplaced()).isEqualTo(1);
    }

    @Test
    void aLogThatLostItsEndGoesOnAtItsStart() {
        put("a", "1");
        fixture.logStart = 10;
        fixture.reopen();
        assertThat(fixture.log.snapshot())
                .extracting(LogSnapshot::logStartOffset, LogSnapshot::logEndOffset)
                .containsExactly(10L, 10L);
        put("b", "2");
        assertThat(contents()).containsExactly("10:b=2");
        fixture.reopen();
        assertThat(contents()).containsExactly("10:b=2");
    }

    @Test
    void refusesToDeleteAboveTheHighWatermark() {
        put("a", "1");
        assertThatThrownBy(() -> fixture.log.deleteBefore(2)).isInstanceOf(OffsetOutOfRangeException.class);
        fixture.log.deleteBefore(1);
        assertThat(fixture.log.snapshot().logStartOffset()).isEqualTo(1);
        assertThatThrownBy(() -> fixture.read(0, 1, 1)).isInstanceOf(OffsetOutOfRangeException.class);
    }

    @Test
    void rollsOnRequestUnlessTheActiveSegmentIsEmpty() {
        assertThat(fixture.log.activeSegmentAgeMs(NOW + 5)).isZero();
        fixture.log.roll(NOW);
        assertThat(fixture.log.extents()).hasSize(1);
        put("a", "1");
        assertThat(fixture.log.activeSegmentAgeMs(NOW + 5)).isEqualTo(5);
        fixture.log.roll(NOW);
        fixture.log.roll(NOW);
        assertThat(fixture.log.extents()).extracting(SegmentExtent::baseOffset).containsExactly(0L, 1L);
        assertThat(fixture.log.flushedOffset()).isEqualTo(1);
    }
}
