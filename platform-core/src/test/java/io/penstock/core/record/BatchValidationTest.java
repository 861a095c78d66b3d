package io.penstock.core.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.core.compression.Compression;
import io.penstock.core.compression.MeteredAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TimestampType;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BatchValidationTest {

    private static final long NOW = TestBatches.FIRST_TIMESTAMP;
    private static final BatchRules RULES = BatchRules.DEFAULTS;

    private final MeteredAllocator allocator = new MeteredAllocator();
    private final BatchValidation validation = new BatchValidation(allocator);

    @AfterEach
    void nothingIsLeftAllocated() {
        assertThat(allocator.heldBytes()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void findsTheFirstRecordWithTheGreatestTime(Compression codec) {
        TestBatches batch = valid().compression(codec);
        long[] timestamps = {NOW - 5, NOW, NOW + 9, NOW - 1, NOW + 9, RecordBatch.NO_TIMESTAMP};
        for (long timestamp : timestamps) {
            batch.record(timestamp, "key", "the same value again and again");
        }
        assertThat(validate(batch.build(), RULES)).isEqualTo(new ValidBatch(NOW + 9, 2));
    }

    @Test
    void aBatchWithoutTimesHasNoGreatest() {
        ByteBuf batch = valid().record(RecordBatch.NO_TIMESTAMP, "k", "v").build();
        assertThat(validate(batch, RULES)).isEqualTo(new ValidBatch(RecordBatch.NO_TIMESTAMP, -1));
    }

    @Test
    void underAppendTimeTheBrokersTimeCountsAndTheProducersIsNotLookedAt() {
        BatchRules rules = rules(RULES.maxMessageBytes(), TimestampType.LOG_APPEND_TIME, 0, 0, false);
        ByteBuf batch = valid().record(1, "k", "v").record(NOW + 99, "k", "v").build();
        assertThat(validate(batch, rules)).isEqualTo(new ValidBatch(NOW, 0));
    }

    @Test
    void sizeCountsTheLogOverhead() {
        ByteBuf batch = valid().record("k", "v").build();
        int size = batch.readableBytes();
        validate(batch.retainedSlice(), rules(size, TimestampType.CREATE_TIME, NOW, 0, false));
        assertRefused(
                batch,
                rules(size - 1, TimestampType.CREATE_TIME, NOW, 0, false),
                ErrorCode.MESSAGE_TOO_LARGE,
                "max.message.bytes is " + (size - 1));
    }

    @Test
    void refusesTimesTooFarInThePast() {
        BatchRules rules = rules(1_000, TimestampType.CREATE_TIME, 100, 10, false);
        validate(valid().record(NOW - 100, "k", "v").build(), rules);
        assertRefused(
                valid().record(NOW, "k", "v").record(NOW - 101, "k", "v").build(),
                rules,
                ErrorCode.INVALID_TIMESTAMP,
                "record 1",
                "message.timestamp.before.max.ms = 100");
    }

    @Test
    void refusesTimesTooFarInTheFuture() {
        BatchRules rules = rules(1_000, TimestampType.CREATE_TIME, 100, 10, false);
        validate(valid().record(NOW + 10, "k", "v").build(), rules);
        assertRefused(
                valid().record(NOW + 11, "k", "v").build(),
                rules,
                ErrorCode.INVALID_TIMESTAMP,
                "record 0",
                "message.timestamp.after.max.ms = 10");
        assertRefused(
                valid().record(Long.MAX_VALUE, "k", "v").build(),
                rules,
                ErrorCode.INVALID_TIMESTAMP,
                "message.timestamp.after.max.ms");
    }

    @Test
    void refusesNegativeTimes() {
        ByteBuf batch = changed(valid().record("k", "v").build(), b -> b.setLong(RecordBatch.BASE_TIMESTAMP_AT, -2));
        assertRefused(batch, RULES, ErrorCode.INVALID_TIMESTAMP, "record 0", "negative");
    }

    @Test
    void refusesARecordWithoutAKeyWhereTheTopicIsCompacted() {
        BatchRules rules = rules(1_000, TimestampType.CREATE_TIME, NOW, 10, true);
        validate(valid().record("", "v").record("k", null).build(), rules);
        assertRefused(
                valid().record("k", "v").record(null, "v").build(), rules, ErrorCode.INVALID_RECORD, "record 1", "key");
    }

    @Test
    void refusesWhatOnlyBrokersWrite() {
        assertRefused(valid().control().record("k", "v").build(), RULES, ErrorCode.INVALID_RECORD, "control");
        assertRefused(
                changed(valid().record("k", "v").build(), b -> b.setShort(RecordBatch.ATTRIBUTES_AT, 1 << 6)),
                RULES,
                ErrorCode.INVALID_RECORD,
                "delete horizon");
        ByteBuf appendTime = valid().record("k", "v").build();
        RecordBatch.at(appendTime, 0).setLogAppendTime(NOW);
        assertRefused(appendTime, RULES, ErrorCode.INVALID_TIMESTAMP, "append time");
    }

    @Test
    void refusesProducerFieldsThatContradictEachOther() {
        validate(valid().producer(1, 0, 0).transactional().record("k", "v").build(), RULES);
        assertRefused(
                changed(valid().record("k", "v").build(), b -> b.setShort(RecordBatch.ATTRIBUTES_AT, 1 << 4)),
                RULES,
                ErrorCode.INVALID_RECORD,
                "transactional");
        assertRefused(valid().producer(1, -1, 0).record("k", "v").build(), RULES, ErrorCode.INVALID_RECORD, "epoch -1");
        assertRefused(
                valid().producer(1, 0, -1).record("k", "v").build(), RULES, ErrorCode.INVALID_RECORD, "sequence -1");
        assertRefused(
                valid().producer(-7, 0, 0).record("k", "v").build(), RULES, ErrorCode.INVALID_RECORD, "producer id -7");
    }

    @Test
    void refusesGapsAndEmptyBatches() {
        assertRefused(
                changed(valid().record("k", "v").build(), b -> b.setInt(RecordBatch.LAST_OFFSET_DELTA_AT, 1)),
                RULES,
                ErrorCode.INVALID_RECORD,
                "1 records with a last offset delta of 1");
        ByteBuf empty = valid().record("k", "v").build().writerIndex(RecordBatch.OVERHEAD);
        empty.setInt(RecordBatch.LENGTH_AT, RecordBatch.OVERHEAD - RecordBatch.LOG_OVERHEAD);
        assertRefused(
                changed(empty, b -> b.setInt(RecordBatch.RECORD_COUNT_AT, 0)),
                RULES,
                ErrorCode.INVALID_RECORD,
                "at least one");
    }

    @Test
    void refusesARecordThatBreaksTheFormatUnderARightCrc() {
        // the second record says offset delta 2
        assertRefused(
                changed(
                        valid().record("k", "v").record("k", "v").build(),
                        b -> b.setByte(RecordBatch.OVERHEAD + 9 + 3, 4)),
                RULES,
                ErrorCode.INVALID_RECORD,
                "record 1",
                "offset delta 2");
        // a record less than the header says
        assertRefused(
                changed(
                        valid().record("k", "v".repeat(20)).build(),
                        b -> b.setInt(RecordBatch.RECORD_COUNT_AT, 2).setInt(RecordBatch.LAST_OFFSET_DELTA_AT, 1)),
                RULES,
                ErrorCode.INVALID_RECORD,
                "record 1");
        // the value of the only header is longer than the record
        ByteBuf badHeader = valid().record(NOW, "k", "v", RecordHeaders.EMPTY.add("h", new byte[] {1}))
                .build();
        assertRefused(
                changed(badHeader, b -> b.setByte(b.writerIndex() - 2, 4)),
                RULES,
                ErrorCode.INVALID_RECORD,
                "record 0",
                "header value length 2");
    }

    @Test
    void refusesBytesThatAreNotABatch() {
        ByteBuf flipped = valid().record("k", "v").build();
        flipped.setByte(RecordBatch.OVERHEAD, 0x55);
        assertRefused(flipped, RULES, ErrorCode.CORRUPT_MESSAGE, "CRC");
        ByteBuf cut = valid().record("k", "v").build();
        assertRefused(cut.writerIndex(cut.writerIndex() - 1), RULES, ErrorCode.CORRUPT_MESSAGE, "bytes");
        ByteBuf compressed =
                valid().compression(Compression.ZSTD).records(20, 100).build();
        assertRefused(
                changed(compressed, b -> b.setZero(RecordBatch.OVERHEAD, 10)),
                RULES,
                ErrorCode.CORRUPT_MESSAGE,
                "zstd");
        assertRefused(
                changed(valid().record("k", "v").build(), b -> b.setShort(RecordBatch.ATTRIBUTES_AT, 6)),
                RULES,
                ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
                "compression 6");
    }

    @Test
    void refusesWhatExpandsPastTheLimitsOfTheRules() {
        BatchRules strict = new BatchRules(
                1 << 20,
                TimestampType.CREATE_TIME,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                false,
                new BatchLimits(1 << 20, 50_000, 1_000, 1 << 20));
        assertRefused(bomb(), strict, ErrorCode.CORRUPT_MESSAGE, "50000");
        validate(bomb(), RULES);
        assertRefused(bomb(), strict, ErrorCode.CORRUPT_MESSAGE, "50000");
    }

    private ByteBuf bomb() {
        return valid().compression(Compression.LZ4)
                .record("k", "x".repeat(100_000))
                .build();
    }

    @Test
    void looksAtTheBatchAtItsIndexAndChangesNothing() {
        ByteBuf batch = valid().headroom(40).producer(1, 2, 3).records(10, 50).build();
        ByteBuf before = Unpooled.copiedBuffer(batch);
        validation.validate(RecordBatch.at(batch, 40), RULES, NOW);
        assertThat(batch).isEqualTo(before);
        batch.release();
    }

    private TestBatches valid() {
        return TestBatches.batch().allocator(allocator);
    }

    private static BatchRules rules(
            int maxMessageBytes, TimestampType type, long beforeMaxMs, long afterMaxMs, boolean keyRequired) {
        return new BatchRules(maxMessageBytes, type, beforeMaxMs, afterMaxMs, keyRequired, BatchLimits.DEFAULTS);
    }

    private static ByteBuf changed(ByteBuf batch, Consumer<ByteBuf> change) {
        change.accept(batch);
        RecordBatch.at(batch, 0).writeCrc();
        return batch;
    }

    private ValidBatch validate(ByteBuf batch, BatchRules rules) {
        try {
            return validation.validate(RecordBatch.at(batch, batch.readerIndex()), rules, NOW);
        } finally {
            batch.release();
        }
    }

    private void assertRefused(ByteBuf batch, BatchRules rules, ErrorCode code, String... words) {
        assertThatThrownBy(() -> validate(batch, rules))
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(code))
                .message()
                .contains(words);
    }
}
