package io.penstock.core.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.core.compression.Compression;
import io.penstock.core.compression.MeteredAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.TimestampType;
import io.penstock.core.record.CorruptBatchException.Reason;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecordBatchTest {

    private static final BatchLimits LIMITS = BatchLimits.DEFAULTS;

    private final MeteredAllocator allocator = new MeteredAllocator();
    private final ByteBuf bytes = TestBatches.batch()
            .allocator(allocator)
            .baseOffset(100)
            .leaderEpoch(4)
            .producer(4711, 3, 20)
            .record("k1", "v1")
            .record("k2", "v2")
            .record(null, "v3")
            .build();
    private final RecordBatch batch = RecordBatch.at(bytes, 0);

    @AfterEach
    void nothingIsLeftAllocated() {
        bytes.release();
        assertThat(allocator.heldBytes()).isZero();
    }

    @Test
    void readsItsHeaderInPlace() {
        assertThat(batch.index()).isZero();
        assertThat(batch.sizeInBytes()).isEqualTo(bytes.readableBytes());
        assertThat(batch.baseOffset()).isEqualTo(100);
        assertThat(batch.lastOffset()).isEqualTo(102);
        assertThat(batch.nextOffset()).isEqualTo(103);
        assertThat(batch.lastOffsetDelta()).isEqualTo(2);
        assertThat(batch.recordCount()).isEqualTo(3);
        assertThat(batch.leaderEpoch()).isEqualTo(4);
        assertThat(batch.magic()).isEqualTo(RecordBatch.MAGIC);
        assertThat(batch.compression()).isEqualTo(Compression.NONE);
        assertThat(batch.timestampType()).isEqualTo(TimestampType.CREATE_TIME);
        assertThat(batch.baseTimestamp()).isEqualTo(TestBatches.FIRST_TIMESTAMP);
        assertThat(batch.maxTimestamp()).isEqualTo(TestBatches.FIRST_TIMESTAMP + 2);
        assertThat(batch.producerId()).isEqualTo(4711);
        assertThat(batch.producerEpoch()).isEqualTo((short) 3);
        assertThat(batch.baseSequence()).isEqualTo(20);
        assertThat(batch.isTransactional()).isFalse();
        assertThat(batch.isControl()).isFalse();
        assertThat(batch.hasDeleteHorizon()).isFalse();
        assertThat(batch)
                .hasToString("RecordBatch[offsets 100..102, 3 records, " + batch.sizeInBytes() + " bytes, epoch 4]");
    }

    @Test
    void offsetAndEpochAreSetWithoutTouchingWhatTheCrcCovers() {
        long crc = batch.crc();
        batch.setBaseOffset(5_000_000_000L);
        batch.setLeaderEpoch(9);
        assertThat(batch.crc()).isEqualTo(crc);
        batch.ensureValid(LIMITS);
        assertThat(batch.lastOffset()).isEqualTo(5_000_000_002L);
        assertThat(batch.leaderEpoch()).isEqualTo(9);
    }

    @Test
    void appendTimeReplacesTheTimeOfEveryRecordAndKeepsTheCrcRight() {
        batch.setLogAppendTime(77);
        batch.ensureValid(LIMITS);
        assertThat(batch.timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
        assertThat(batch.maxTimestamp()).isEqualTo(77);
        assertThat(batch.producerId()).isEqualTo(4711);
        try (RecordCursor cursor = new RecordCursor(allocator, LIMITS)) {
            cursor.open(bytes, 0);
            for (int i = 0; i < 3; i++) {
                assertThat(cursor.next()).isTrue();
                assertThat(cursor.timestamp()).isEqualTo(77);
            }
        }
    }

    @Test
    void maxTimestampIsCorrectedWithTheCrc() {
        batch.setMaxTimestamp(12);
        batch.ensureValid(LIMITS);
        assertThat(batch.maxTimestamp()).isEqualTo(12);
        assertThat(batch.timestampType()).isEqualTo(TimestampType.CREATE_TIME);
    }

    @Test
    void everySingleBitFlipThatTheCrcCoversIsFound() {
        for (int bit = RecordBatch.CRC_AT * 8; bit < bytes.readableBytes() * 8; bit++) {
            flip(bit);
            assertRefused(Reason.BAD_CRC, ErrorCode.CORRUPT_MESSAGE);
            flip(bit);
        }
        batch.ensureValid(LIMITS);
    }

    private void flip(int bit) {
        bytes.setByte(bit / 8, bytes.getByte(bit / 8) ^ 1 << bit % 8);
    }

    @Test
    void everyTruncationIsFound() {
        int size = bytes.writerIndex();
        for (int length = 0; length < size; length++) {
            bytes.writerIndex(length);
            assertRefused(Reason.TRUNCATED, ErrorCode.CORRUPT_MESSAGE);
        }
        bytes.writerIndex(size);
        batch.ensureValid(LIMITS);
    }

    @Test
    void refusesLengthsThatCannotBe() {
        for (int length : new int[] {Integer.MIN_VALUE, -1, 0, 48}) {
            bytes.setInt(RecordBatch.LENGTH_AT, length);
            assertRefused(Reason.BAD_LENGTH, ErrorCode.CORRUPT_MESSAGE);
        }
        for (int length : new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE - 11, 16 << 20}) {
            bytes.setInt(RecordBatch.LENGTH_AT, length);
            assertRefused(Reason.TOO_LARGE, ErrorCode.MESSAGE_TOO_LARGE);
        }
        bytes.setInt(RecordBatch.LENGTH_AT, (16 << 20) - 12);
        assertRefused(Reason.TRUNCATED, ErrorCode.CORRUPT_MESSAGE);
    }

    @Test
    void theSizeLimitCountsEveryByte() {
        batch.ensureValid(LIMITS.withMaxBatchBytes(batch.sizeInBytes()));
        assertThatThrownBy(() -> batch.ensureValid(LIMITS.withMaxBatchBytes(batch.sizeInBytes() - 1)))
                .isInstanceOfSatisfying(CorruptBatchException.class, e -> {
                    assertThat(e.reason()).isEqualTo(Reason.TOO_LARGE);
                    assertThat(e.baseOffset()).isEqualTo(100);
                })
                .hasMessageContaining(Integer.toString(batch.sizeInBytes()));
    }

    @Test
    void refusesOtherFormats() {
        for (int magic : new int[] {-1, 0, 1, 3}) {
            bytes.setByte(RecordBatch.MAGIC_AT, magic);
            assertRefused(Reason.BAD_MAGIC, ErrorCode.CORRUPT_MESSAGE);
        }
    }

    @Test
    void refusesUnknownCompression() {
        for (int id = 5; id <= 7; id++) {
            int compression = id;
            withCrc(header -> header.setShort(RecordBatch.ATTRIBUTES_AT, compression));
            assertRefused(Reason.UNKNOWN_COMPRESSION, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
        }
    }

    @Test
    void refusesCountsThatCannotBe() {
        int[][] countsAndDeltas = {
            {-1, 2},
            {Integer.MIN_VALUE, 2},
            {4, 2},
            {3, -1},
            {1, Integer.MIN_VALUE},
            {Integer.MAX_VALUE, Integer.MAX_VALUE}
        };
        for (int[] pair : countsAndDeltas) {
            withCrc(header -> header.setInt(RecordBatch.RECORD_COUNT_AT, pair[0])
                    .setInt(RecordBatch.LAST_OFFSET_DELTA_AT, pair[1]));
            assertRefused(Reason.BAD_COUNT, ErrorCode.CORRUPT_MESSAGE);
        }
    }

    @Test
    void refusesOffsetsBeyondTheirRange() {
        batch.setBaseOffset(-1);
        assertRefused(Reason.BAD_COUNT, ErrorCode.CORRUPT_MESSAGE);
        batch.setBaseOffset(Long.MAX_VALUE - 2);
        assertRefused(Reason.BAD_COUNT, ErrorCode.CORRUPT_MESSAGE);
        batch.setBaseOffset(Long.MAX_VALUE - 3);
        batch.ensureValid(LIMITS);
    }

    @Test
    void takesGapsAndEmptyBatchesAsCompactionLeavesThem() {
        withCrc(header -> header.setInt(RecordBatch.LAST_OFFSET_DELTA_AT, 50));
        batch.ensureValid(LIMITS);
        assertThat(batch.nextOffset()).isEqualTo(151);
        ByteBuf empty = Unpooled.copiedBuffer(bytes.slice(0, RecordBatch.OVERHEAD));
        empty.setInt(RecordBatch.LENGTH_AT, RecordBatch.OVERHEAD - RecordBatch.LOG_OVERHEAD);
        empty.setInt(RecordBatch.RECORD_COUNT_AT, 0);
        RecordBatch.at(empty, 0).writeCrc();
        RecordBatch.at(empty, 0).ensureValid(LIMITS);
        try (RecordCursor cursor = new RecordCursor(allocator, LIMITS)) {
            cursor.open(empty, 0);
            assertThat(cursor.next()).isFalse();
        }
    }

    private void withCrc(Consumer<ByteBuf> change) {
        change.accept(bytes);
        batch.writeCrc();
    }

    private void assertRefused(Reason reason, ErrorCode code) {
        assertThatThrownBy(() -> batch.ensureValid(LIMITS)).isInstanceOfSatisfying(CorruptBatchException.class, e -> {
            assertThat(e.reason()).isEqualTo(reason);
            assertThat(e.code()).isEqualTo(code);
        });
    }
}
