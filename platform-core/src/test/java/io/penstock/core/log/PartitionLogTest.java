package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.penstock.core.compression.Compression;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.model.TimestampType;
import io.penstock.core.record.RecordBatch;
import io.penstock.core.record.TestBatches;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartitionLogTest {

    @TempDir
    Path root;

    private LogFixture fixture;

    @BeforeEach
    void open() throws Exception {
        fixture = new LogFixture(DiskDirectory.open(root), LogFixture.SMALL);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void assignsOffsetsAndEpochInPlaceAndKeepsTheBytes() {
        ByteBuf first = fixture.batch("a", "b");
        ByteBuf second = fixture.batch("c");
        first.retain();
        second.retain();

        LogAppend append = fixture.append(7, first, second);

        assertThat(append.firstOffsets()).containsExactly(0, 2);
        assertThat(append.lastOffset()).isEqualTo(2);
        assertThat(append.logEndOffset()).isEqualTo(3);
        assertThat(append.appendTimeMs()).isEqualTo(-1);
        assertThat(RecordBatch.at(second, 0).baseOffset()).isEqualTo(2);
        assertThat(RecordBatch.at(second, 0).leaderEpoch()).isEqualTo(7);
        LogSlice slice = fixture.read(0, 3, LogFixture.ALL);
        assertThat(slice.buffer().slice(0, first.readableBytes())).isEqualTo(first);
        assertThat(slice.buffer().slice(first.readableBytes(), second.readableBytes()))
                .isEqualTo(second);
        slice.buffer().release();
        first.release();
        second.release();
    }

    @Test
    void stampsTheAppendTimeWhereTheTopicWantsIt() {
        ByteBuf batch = fixture.batch("a");
        LogAppend append = fixture.log.append(List.of(batch), 0, 4711, TimestampType.LOG_APPEND_TIME);
        batch.release();
        fixture.commitAll();

        assertThat(append.appendTimeMs()).isEqualTo(4711);
        LogSlice slice = fixture.read(0, 1, LogFixture.ALL);
        RecordBatch stored = RecordBatch.at(slice.buffer(), 0);
        assertThat(stored.timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
        assertThat(stored.maxTimestamp()).isEqualTo(4711);
        assertThat(stored.isCrcValid()).isTrue();
        slice.buffer().release();
        assertThat(fixture.log.lookupTimestamp(4711)).isEqualTo(new OffsetAndTimestamp(0, 4711, 0));
    }

    @Test
    void rejectsAppendFromStaleEpoch() {
        fixture.append(5, fixture.batch("a"));

        assertRefused(() -> fixture.append(4, fixture.batch("b")), ErrorCode.FENCED_LEADER_EPOCH);

        assertThat(fixture.valuesFrom(0)).containsExactly("a");
    }

    @Test
    void rejectsABatchThatNoSegmentCanHold() {
        ByteBuf large = TestBatches.batch()
                .allocator(fixture.allocator)
                .records(1, 2048)
                .build();

        assertRefused(() -> fixture.append(fixture.batch("a"), large), ErrorCode.MESSAGE_TOO_LARGE);

        assertThat(fixture.log.snapshot().logEndOffset()).isZero();
        assertThat(fixture.log.sizeInBytes()).isZero();
    }

    @Test
    void rejectsABufferThatIsNotOneBatch() {
        ByteBuf batch = fixture.batch("a");
        batch.writeByte(0);

        assertThatThrownBy(() -> fixture.append(batch)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void showsNothingAboveTheHighWatermark() {
        ByteBuf batch = fixture.batch("a");
        fixture.log.append(List.of(batch), 0, LogFixture.NOW, TimestampType.CREATE_TIME);
        batch.release();

        assertThat(fixture.log.snapshot()).isEqualTo(new LogSnapshot(0, 1, 0, 0, 0));
        assertThat(fixture.valuesFrom(0)).isEmpty();

        fixture.log.advanceHighWatermark(99);
        assertThat(fixture.log.snapshot()).isEqualTo(new LogSnapshot(0, 1, 1, 1, 0));
        fixture.log.advanceHighWatermark(0);
        assertThat(fixture.log.snapshot().highWatermark()).isEqualTo(1);
        assertThat(fixture.valuesFrom(0)).containsExactly("a");
    }

    @Test
    void rollsBySizeSoThatNoBatchStraddlesSegments() {
        List<String> written = fill(100);

        assertThat(fixture.log.extents()).hasSizeGreaterThan(3).allSatisfy(extent -> {
            assertThat(extent.sizeInBytes()).isBetween(1, 2048);
            assertThat(extent.nextOffset()).isGreaterThan(extent.baseOffset());
        });
        assertThat(fixture.valuesFrom(0)).isEqualTo(written);
        assertThat(fixture.valuesFrom(0, 1)).isEqualTo(written);
    }

    @Test
    void splitsOneAppendAtRolls() {
        ByteBuf[] batches = new ByteBuf[60];
        for (int i = 0; i < batches.length; i++) {
            batches[i] = fixture.batch("value " + i);
        }

        LogAppend append = fixture.append(batches);

        assertThat(append.firstOffsets()).hasSize(60).endsWith(59);
        assertThat(fixture.log.extents()).hasSizeGreaterThan(2);
        assertThat(fixture.valuesFrom(0)).hasSize(60).startsWith("value 0").endsWith("value 59");
    }

    @Test
    void rollsByAgeFromTheFirstTimestampOfTheSegment() {
        long first = LogFixture.NOW;
        fixture.append(fixture.batch(Compression.NONE, first));
        fixture.append(fixture.batch(Compression.NONE, first + 60_000));
        assertThat(fixture.log.extents()).hasSize(1);

        fixture.append(fixture.batch(Compression.NONE, first + 60_001));

        assertThat(fixture.log.extents()).extracting(SegmentExtent::baseOffset).containsExactly(0L, 2L);
    }

    @Test
    void rollsWhenAnIndexIsFull() {
        fixture.settings = LogFixture.SMALL.withIndexIntervalBytes(0).withSegmentIndexBytes(24);
        fixture.reopen();

        fill(6);

        // the first batch has no entry, the second fills the time index but for the entry that rolling makes
        assertThat(fixture.log.extents()).extracting(SegmentExtent::baseOffset).containsExactly(0L, 2L, 4L);
    }

    @Test
    void takesNewSettingsWhileItIsOpen() {
        fill(10);
        fixture.log.configure(LogFixture.SMALL.withSegmentBytes(200));

        fill(4);

        assertThat(fixture.log.extents()).extracting(SegmentExtent::baseOffset).containsExactly(0L, 10L, 12L);
        assertThat(fixture.valuesFrom(0)).hasSize(14);
    }

    @Test
    void readsFromTheBatchThatContainsTheOffset() {
        fixture.append("a", "b", "c");
        fixture.append("d", "e");

        LogSlice slice = fixture.read(4, 5, LogFixture.ALL);

        assertThat(slice.firstOffset()).isEqualTo(3);
        assertThat(slice.nextOffset()).isEqualTo(5);
        assertThat(LogFixture.values(slice)).containsExactly("d", "e");
    }

    @Test
    void readsOnlyWholeBatchesUpToTheAskedBytes() {
        int one = batchSize("a");
        fixture.append("a");
        fixture.append("b");
        fixture.append("c");

        LogSlice slice = fixture.read(0, 3, 2 * one + one - 1);

        assertThat(slice.batchCount()).isEqualTo(2);
        assertThat(slice.sizeInBytes()).isEqualTo(2 * one);
        assertThat(LogFixture.values(slice)).containsExactly("a", "b");
    }

    @Test
    void readsTheFirstBatchAloneWhenItIsLargerThanAsked() {
        // guards 16c of the findings: a read that finds no whole batch in its bytes must not come back empty
        String large = "x".repeat(1500);
        fixture.append(large);
        fixture.append("b");

        for (int maxBytes : new int[] {1, 11, 60, 61, 62, 1499}) {
            LogSlice slice = fixture.read(0, 2, maxBytes);
            assertThat(slice.batchCount()).isEqualTo(1);
            assertThat(LogFixture.values(slice)).containsExactly(large);
        }
    }

    @Test
    void leavesTheHeadroomThatWasAskedFor() {
        fixture.append("a");

        LogSlice slice = fixture.log.newReader().read(0, 1, 1, fixture.allocator, 17);

        assertThat(slice.buffer().readerIndex()).isZero();
        assertThat(slice.buffer().writerIndex()).isEqualTo(17 + slice.sizeInBytes());
        assertThat(RecordBatch.at(slice.buffer(), 17).baseOffset()).isZero();
        assertThat(slice.buffer().isDirect()).isTrue();
        slice.buffer().release();
    }

    @Test
    void stopsBeforeTheLimitEvenInTheMiddleOfABatch() {
        fixture.append("a");
        fixture.append("b", "c", "d");

        assertThat(LogFixture.values(fixture.read(0, 3, LogFixture.ALL))).containsExactly("a");
        assertThat(fixture.read(1, 3, LogFixture.ALL)).isNull();
        assertThat(fixture.read(1, 1, LogFixture.ALL)).isNull();
        assertThat(fixture.read(4, 99, LogFixture.ALL)).isNull();
    }

    @Test
    void namesTheValidRangeWhenAnOffsetIsOutOfIt() {
        fixture.append("a");

        assertThatThrownBy(() -> fixture.read(2, 99, LogFixture.ALL))
                .isInstanceOfSatisfying(OffsetOutOfRangeException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
                    assertThat(e).hasMessageContaining("orders-3").hasMessageContaining("offset 2");
                    assertThat(e.logStartOffset()).isZero();
                    assertThat(e.logEndOffset()).isEqualTo(1);
                });
        assertThatThrownBy(() -> fixture.read(-1, 99, LogFixture.ALL)).isInstanceOf(OffsetOutOfRangeException.class);
    }

    @Test
    void aReaderAtTheEndReadsNothingUntilThereIsSomething() {
        fixture.append("a");
        LogReader reader = fixture.log.newReader();
        LogFixture.values(reader.read(0, 1, LogFixture.ALL, fixture.allocator, 0));
        long before = fixture.log.bytesRead();

        assertThat(reader.read(1, 1, LogFixture.ALL, fixture.allocator, 0)).isNull();
        assertThat(fixture.log.bytesRead()).isEqualTo(before);

        fixture.append("b");
        LogSlice slice = reader.read(1, 2, LogFixture.ALL, fixture.allocator, 0);
        assertThat(fixture.log.bytesRead() - before)
                .as("reading on costs the batch alone")
                .isEqualTo(slice.sizeInBytes());
        assertThat(LogFixture.values(slice)).containsExactly("b");
    }

    @Test
    void refusesAHeaderThatTheDiskMadeUpWithoutTakingMemoryForIt() throws Exception {
        fixture.append("a");
        fixture.append("b");
        Path file = logFile(0);
        byte[] bytes = Files.readAllBytes(file);
        int second = bytes.length / 2;

        for (int length : new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 0, 48, 1 << 30}) {
            byte[] damaged = bytes.clone();
            ByteBuffer.wrap(damaged).putInt(second + 8, length);
            Files.write(file, damaged);

            assertThat(LogFixture.values(fixture.read(0, 2, LogFixture.ALL))).containsExactly("a");
            assertRefused(() -> fixture.read(1, 2, LogFixture.ALL), ErrorCode.CORRUPT_MESSAGE);
        }
    }

    @Test
    void tellsWhatIsDurable() {
        fixture.append("a");
        assertThat(fixture.log.flushedOffset()).isZero();

        assertThat(fixture.log.flush()).isEqualTo(1);

        assertThat(fixture.log.flushedOffset()).isEqualTo(1);
        fill(100);
        assertThat(fixture.log.flush()).isEqualTo(101);
        fixture.log.truncateTo(40);
        assertThat(fixture.log.flushedOffset()).isEqualTo(40);
    }

    @Test
    void truncatesToAnOffsetAndAppendsThereAgain() {
        List<String> written = fill(100);

        for (long offset : new long[] {100, 99, 61, 60, 7, 1}) {
            fixture.log.truncateTo(offset);
            assertThat(fixture.log.snapshot()).isEqualTo(new LogSnapshot(0, offset, offset, offset, 0));
            assertThat(fixture.valuesFrom(0)).isEqualTo(written.subList(0, (int) offset));
        }
        fixture.append("again");

        assertThat(fixture.valuesFrom(0)).containsExactly(written.get(0), "again");
        fixture.reopen();
        assertThat(fixture.valuesFrom(0)).containsExactly(written.get(0), "again");
        fixture.log.truncateTo(0);
        assertThat(fixture.log.snapshot()).isEqualTo(new LogSnapshot(0, 0, 0, 0, -1));
    }

    @Test
    void cutsAWholeBatchWhenTheOffsetIsInside() {
        fixture.append("a");
        fixture.append("b", "c", "d");

        fixture.log.truncateTo(2);

        assertThat(fixture.log.snapshot().logEndOffset()).isEqualTo(1);
        assertThat(fixture.valuesFrom(0)).containsExactly("a");
    }

    @Test
    void aReaderThatRemembersACutPlaceLooksItUpAgain() {
        fill(100);
        LogReader reader = fixture.log.newReader();
        LogSlice slice = reader.read(70, 100, 1, fixture.allocator, 0);
        slice.buffer().release();

        fixture.log.truncateTo(30);

        assertThatThrownBy(() -> reader.read(71, 100, 1, fixture.allocator, 0))
                .isInstanceOf(OffsetOutOfRangeException.class);
        fill(70);
        LogSlice again = reader.read(71, 100, 1, fixture.allocator, 0);
        assertThat(LogFixture.values(again)).containsExactly("value 41 of 70");
    }

    @Test
    void keepsEverythingOverAReopen() {
        List<String> written = fill(100);
        List<SegmentExtent> extents = fixture.log.extents();

        fixture.reopen();

        assertThat(fixture.log.extents()).isEqualTo(extents);
        assertThat(fixture.log.recovery().isUneventful()).isTrue();
        assertThat(fixture.valuesFrom(0)).isEqualTo(written);
        fixture.append("next");
        assertThat(fixture.valuesFrom(100)).containsExactly("next");
    }

    @Test
    void answersWhereEachLeaderEpochEnded() {
        fixture.append(2, fixture.batch("a", "b"));
        fixture.append(5, fixture.batch("c"));
        fixture.append(5, fixture.batch("d"));

        for (int round = 0; round < 2; round++) {
            assertThat(fixture.log.endOffsetFor(0)).isEqualTo(new EpochEndOffset(0, 0));
            assertThat(fixture.log.endOffsetFor(2)).isEqualTo(new EpochEndOffset(2, 2));
            assertThat(fixture.log.endOffsetFor(4)).isEqualTo(new EpochEndOffset(2, 2));
            assertThat(fixture.log.endOffsetFor(5)).isEqualTo(new EpochEndOffset(5, 4));
            assertThat(fixture.log.endOffsetFor(6)).isEqualTo(EpochEndOffset.UNKNOWN);
            assertThat(fixture.log.endOffsetFor(-1)).isEqualTo(EpochEndOffset.UNKNOWN);
            assertThat(fixture.log.snapshot().leaderEpoch()).isEqualTo(5);
            fixture.reopen();
        }
        fixture.log.truncateTo(2);
        assertThat(fixture.log.endOffsetFor(5)).isEqualTo(EpochEndOffset.UNKNOWN);
        assertThat(fixture.log.snapshot().leaderEpoch()).isEqualTo(2);
    }

    @Test
    void findsTheEpochsInTheBatchesWhenTheirFileIsGoneOrDamaged() throws Exception {
        fill(60);
        fixture.append(4, fixture.batch("c"));
        Path file = root.resolve("orders-3/leader-epoch-checkpoint");
        for (String content : new String[] {null, "", "0\n9\n", "0\n1\n3 x\n", "garbage"}) {
            fixture.log.close();
            Files.delete(root.resolve("orders-3/leader-epochs"));
            if (content == null) {
                Files.delete(file);
            } else {
                Files.writeString(file, content);
            }
            fixture.openAgain();
            assertThat(fixture.log.endOffsetFor(0)).isEqualTo(new EpochEndOffset(0, 60));
            assertThat(fixture.log.endOffsetFor(4)).isEqualTo(new EpochEndOffset(4, 61));
            assertThat(Files.readString(file)).isEqualTo("0\n2\n0 0\n4 60\n");
        }
    }

    @Test
    void refusesADirectoryOfAnotherIncarnationOfTheTopic() throws Exception {
        fixture.append("a");
        fixture.log.close();

        assertRefused(
                () -> PartitionLog.open(
                        fixture.directory, LogFixture.PARTITION, new UUID(1, 2), LogFixture.SMALL, LogFixture.NOW),
                ErrorCode.INCONSISTENT_TOPIC_ID);
        assertThat(Files.readString(root.resolve("orders-3/partition.metadata")))
                .startsWith("version: 0\ntopic_id: EjRWeJq83vAP7cuph2VDIQ\ncrc32c ")
                .hasLineCount(3);
        fixture.openAgain();
        assertThat(fixture.valuesFrom(0)).containsExactly("a");
    }

    @Test
    void takesATopicIdThatHasNoChecksum() throws Exception {
        fixture.append("a");
        fixture.log.close();
        Files.writeString(
                root.resolve("orders-3/partition.metadata"), "version: 0\ntopic_id: EjRWeJq83vAP7cuph2VDIQ\n");

        fixture.openAgain();

        assertThat(fixture.valuesFrom(0)).containsExactly("a");
    }

    @Test
    void refusesEverythingWhenClosed() {
        fixture.append("a");
        LogReader reader = fixture.log.newReader();

        fixture.log.close();

        assertRefused(() -> fixture.append("b"), ErrorCode.BROKER_CLOSING);
        assertRefused(() -> reader.read(0, 1, 1, fixture.allocator, 0), ErrorCode.BROKER_CLOSING);
        assertRefused(() -> fixture.log.flush(), ErrorCode.BROKER_CLOSING);
        assertRefused(() -> fixture.log.lookupTimestamp(0), ErrorCode.BROKER_CLOSING);
        assertRefused(() -> fixture.log.truncateTo(0), ErrorCode.BROKER_CLOSING);
        assertThat(fixture.log.snapshot().logEndOffset()).isEqualTo(1);
    }

    @Test
    void deletesItsDirectoryAndFreesItsName() throws Exception {
        fixture.append("a");
        PartitionLog old = fixture.log;

        old.delete();

        assertThat(root).isEmptyDirectory();
        assertRefused(() -> old.newReader().read(0, 1, 1, fixture.allocator, 0), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        fixture.openAgain();
        assertThat(fixture.log.snapshot().logEndOffset()).isZero();
    }

    @Test
    void removesDirectoriesThatACrashLeftHalfDeleted() throws Exception {
        Path leftover = root.resolve("orders-1.0123456789abcdef0123456789abcdef-delete");
        Files.createDirectories(leftover);
        Files.writeString(leftover.resolve("00000000000000000000.log"), "x");
        fixture.append("a");

        PartitionLog.removeDeleted(fixture.directory);

        assertThat(leftover).doesNotExist();
        assertThat(fixture.valuesFrom(0)).containsExactly("a");
    }

    private List<String> fill(int count) {
        List<String> written = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String value = "value " + i + " of " + count;
            fixture.append(value);
            written.add(value);
        }
        return written;
    }

    private int batchSize(String value) {
        ByteBuf batch = fixture.batch(value);
        int size = batch.readableBytes();
        batch.release();
        return size;
    }

    private Path logFile(long baseOffset) {
        return root.resolve("orders-3").resolve(String.format("%020d.log", baseOffset));
    }

    static void assertRefused(ThrowingCallable call, ErrorCode code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
