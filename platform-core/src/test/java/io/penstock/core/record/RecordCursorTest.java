package io.penstock.core.record;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import io.penstock.core.compression.Compression;
import io.penstock.core.compression.MeteredAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.record.CorruptBatchException.Reason;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterTry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class RecordCursorTest {

    private final MeteredAllocator allocator = new MeteredAllocator();
    private final RecordCursor cursor = new RecordCursor(allocator, BatchLimits.DEFAULTS);

    @AfterEach
    @AfterTry
    void nothingIsLeftAllocated() {
        cursor.close();
        assertThat(allocator.heldBytes()).isZero();
    }

    @Test
    void keysAndValuesOfAnUncompressedBatchLieInItsOwnBuffer() {
        ByteBuf batch = build(Compression.NONE);
        long held = allocator.heldBytes();
        cursor.open(batch, 0);
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.buffer()).isSameAs(batch);
        assertThat(batch.toString(cursor.keyIndex(), cursor.keyLength(), UTF_8)).isEqualTo("key 0");
        assertThat(allocator.heldBytes()).isEqualTo(held);
        batch.release();
    }

    @ParameterizedTest
    @EnumSource
    void goesFromBatchToBatchAndReleasesWhatItDecompressed(Compression codec) {
        ByteBuf first = build(codec);
        ByteBuf second = build(Compression.NONE);
        long held = allocator.heldBytes();
        for (int round = 0; round < 3; round++) {
            assertThat(countFrom(first)).isEqualTo(50);
            assertThat(countFrom(second)).isEqualTo(50);
            assertThat(allocator.heldBytes()).isEqualTo(held);
        }
        cursor.open(first, 0);
        cursor.next();
        cursor.close();
        cursor.close();
        assertThat(cursor.next()).isFalse();
        assertThat(allocator.heldBytes()).isEqualTo(held);
        first.release();
        second.release();
    }

    private int countFrom(ByteBuf batch) {
        cursor.open(batch, 0);
        int count = 0;
        while (cursor.next()) {
            assertThat(cursor.offset()).isEqualTo(1_000 + count);
            assertThat(cursor.offsetDelta()).isEqualTo(count);
            assertThat(cursor.timestamp()).isEqualTo(TestBatches.FIRST_TIMESTAMP + count);
            assertThat(cursor.buffer().toString(cursor.valueIndex(), cursor.valueLength(), UTF_8))
                    .startsWith("value " + count);
            count++;
        }
        return count;
    }

    @Test
    void readsABatchThatLiesInSeveralBuffers() {
        ByteBuf batch = build(Compression.NONE);
        int cut = batch.readableBytes() - 20;
        ByteBuf parts = Unpooled.wrappedBuffer(batch.copy(0, cut), batch.copy(cut, 20));
        cursor.open(batch, 0);
        int records = 0;
        while (cursor.next()) {
            records++;
        }
        cursor.open(parts, 0);
        for (int i = 0; i < records; i++) {
            assertThat(cursor.next()).isTrue();
        }
        assertThat(cursor.next()).isFalse();
        batch.release();
        parts.release();
    }

    @Test
    void refusesToReadABatchThatWasReleased() {
        ByteBuf batch = build(Compression.NONE);
        cursor.open(batch, 0);
        assertThat(cursor.next()).isTrue();
        batch.release();
        assertThatThrownBy(cursor::next).isInstanceOf(IllegalReferenceCountException.class);
    }

    @Test
    void headersMayBeReadAtAnyTimeBetweenTwoRecords() {
        RecordHeaders headers = RecordHeaders.EMPTY.add("a", new byte[] {1}).add("b", null);
        ByteBuf batch = TestBatches.batch()
                .allocator(allocator)
                .record(1, "k", "v", headers)
                .record(2, "k", "v")
                .record(3, null, null, headers)
                .build();
        cursor.open(batch, 0);
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.headers()).isEqualTo(headers).isEqualTo(cursor.headers());
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.headers()).isSameAs(RecordHeaders.EMPTY);
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.headerCount()).isEqualTo(2);
        assertThat(cursor.keyLength()).isEqualTo(-1);
        assertThat(cursor.valueLength()).isEqualTo(-1);
        assertThat(cursor.headers()).isEqualTo(headers);
        assertThat(cursor.next()).isFalse();
        batch.release();
    }

    /** Hex of one record, which is all that the batch holds, and what is wrong with it. */
    @ParameterizedTest
    @CsvSource({
        // length, attributes, timestamp delta, offset delta, key length, value length, header count
        "0e 00 00 00 01 01 00,       'length 7 where 6 bytes are left'",
        "0a 00 00 00 01 01 00,       'length 5'",
        "01 00 00 00 01 01 00,       'length -1'",
        "ffffffff0f 00 00 00 01 01 00, 'length -2147483648'",
        "feffffff0f 00 00 00 01 01 00, 'length 2147483647'",
        "ffffffffff00 00 00 01 01 00, 'varint of more than 5 bytes'",
        "0e 00 00 00 01 01 00 00,    '0 headers in 1 bytes'",
        "0c 00 00 02 01 01 00,       'offset delta 1'",
        "0c 00 00 01 01 01 00,       'offset delta -1'",
        "0c 00 00 00 03 01 00,       'key length -2'",
        "0c 00 00 00 06 01 00,       'key length 3'",
        "10 00 00 00 feffffff0f,     'key length 2147483647'",
        "0c 00 00 00 01 03 00,       'value length -2'",
        "0c 00 00 00 01 04 00,       'value length 2'",
        "0c 00 00 00 01 01 01,       '-1 headers'",
        "0c 00 00 00 01 01 02,       '1 headers in 0 bytes'",
        "14 00 00 00 01 01 feffffff0f, '2147483647 headers'",
        "18 00 ffffffffffffffffffff 01, 'varint of more than 10 bytes'",
        "0c 00 80 80 80 80 80,       'ends inside'",
        "0c 00 00 00 01 01 80,       'ends inside'",
        "0c 00 00 00 01 01 00 aa,    '1 bytes follow the last record'"
    })
    void refusesARecordWhoseFieldsDoNotFit(String hex, String message) {
        ByteBuf batch = batchOf(hex.replace(" ", ""));
        assertThatThrownBy(() -> walk(batch))
                .isInstanceOfSatisfying(CorruptBatchException.class, e -> {
                    assertThat(e.reason()).isEqualTo(Reason.BAD_RECORD);
                    assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_MESSAGE);
                    assertThat(e.baseOffset()).isZero();
                })
                .hasMessageContaining("record")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource({
        // the seventh byte counts the headers, those after it are the headers
        "10 00 00 00 01 01 02 01 00,    'without a key'",
        "10 00 00 00 01 01 02 04 00,    'header key length 2'",
        "10 00 00 00 01 01 02 00 04,    'header value length 2'",
        "10 00 00 00 01 01 02 00 03,    'header value length -2'",
        "12 00 00 00 01 01 02 00 00 00, '1 bytes follow the last header'",
        "10 00 00 00 01 01 02 00 80,    'ends inside'"
    })
    void refusesHeadersThatDoNotFit(String hex, String message) {
        ByteBuf batch = batchOf(hex.replace(" ", ""));
        cursor.open(batch, 0);
        assertThat(cursor.next()).isTrue();
        assertThatThrownBy(cursor::headers)
                .isInstanceOf(CorruptBatchException.class)
                .hasMessageContaining(message);
        cursor.open(batch, 0);
        assertThat(cursor.next()).isTrue();
        assertThatThrownBy(cursor::ensureHeadersFit)
                .isInstanceOf(CorruptBatchException.class)
                .hasMessageContaining(message);
    }

    @Test
    void takesTheSmallestRecordAndTheSmallestHeader() {
        cursor.open(batchOf("0c000000010100"), 0);
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.next()).isFalse();
        cursor.open(batchOf("100000000101020001"), 0);
        assertThat(cursor.next()).isTrue();
        cursor.ensureHeadersFit();
        assertThat(cursor.headers()).containsExactly(new RecordHeader("", null));
        assertThat(cursor.next()).isFalse();
    }

    @Test
    void refusesAHeaderThatLiesBeforeItAllocates() {
        ByteBuf batch = build(Compression.GZIP);
        batch.setInt(RecordBatch.RECORD_COUNT_AT, 2_000_000_000);
        batch.setInt(RecordBatch.LAST_OFFSET_DELTA_AT, 2_000_000_000);
        assertRefusedWithoutAllocating(batch, Reason.BAD_COUNT);
        batch.setInt(RecordBatch.LENGTH_AT, Integer.MAX_VALUE);
        assertRefusedWithoutAllocating(batch, Reason.TOO_LARGE);
        batch.setInt(RecordBatch.LENGTH_AT, -1);
        assertRefusedWithoutAllocating(batch, Reason.BAD_LENGTH);
        batch.release();
    }

    private void assertRefusedWithoutAllocating(ByteBuf batch, Reason reason) {
        long held = allocator.heldBytes();
        allocator.resetPeak();
        assertThatThrownBy(() -> cursor.open(batch, 0))
                .isInstanceOfSatisfying(
                        CorruptBatchException.class, e -> assertThat(e.reason()).isEqualTo(reason));
        assertThat(allocator.peakBytes()).isEqualTo(held);
        assertThat(cursor.next()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void aBombEndsTypedWithinTheRatio(Compression codec) {
        RecordBatchBuilder builder = new RecordBatchBuilder(allocator, codec, 0, 1 << 20);
        builder.append(1, null, new byte[8 << 20], RecordHeaders.EMPTY);
        ByteBuf bomb = builder.build();
        BatchLimits limits = new BatchLimits(16 << 20, 64 << 20, 2, 1 << 20);
        long held = allocator.heldBytes();
        allocator.resetPeak();
        try (RecordCursor careful = new RecordCursor(allocator, limits)) {
            assertThatThrownBy(() -> careful.open(bomb, 0)).isInstanceOfSatisfying(CorruptBatchException.class, e -> {
                assertThat(e.reason()).isEqualTo(Reason.EXPANDS_TOO_FAR);
                assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_MESSAGE);
            });
        }
        assertThat(allocator.peakBytes() - held).isLessThanOrEqualTo(1 << 20);
        assertThat(allocator.heldBytes()).isEqualTo(held);
        // the same bytes are fine for who allows them
        try (RecordCursor generous = new RecordCursor(allocator, new BatchLimits(16 << 20, 64 << 20, 1_000_000, 0))) {
            generous.open(bomb, 0);
            assertThat(generous.next()).isTrue();
            assertThat(generous.valueLength()).isEqualTo(8 << 20);
        }
        bomb.release();
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void damagedCompressedDataEndsTyped(Compression codec) {
        ByteBuf batch = build(codec);
        batch.setZero(RecordBatch.OVERHEAD, 8);
        assertThatThrownBy(() -> walk(batch)).isInstanceOf(CorruptBatchException.class);
        batch.release();
    }

    @Property(tries = 2_000)
    void whateverTheBytesItEndsTyped(@ForAll Compression codec, @ForAll Random random) {
        ByteBuf batch = build(codec);
        try {
            for (int i = 0; i <= random.nextInt(8); i++) {
                // not the length, which would only cut the test short
                int index = RecordBatch.ATTRIBUTES_AT + random.nextInt(batch.writerIndex() - RecordBatch.ATTRIBUTES_AT);
                batch.setByte(index, random.nextInt());
            }
            walk(batch);
        } catch (CorruptBatchException e) {
            assertThat(e.reason()).isNotIn(Reason.TRUNCATED, Reason.BAD_LENGTH, Reason.BAD_MAGIC);
        } finally {
            cursor.close();
            batch.release();
        }
    }

    private void walk(ByteBuf batch) {
        cursor.open(batch, 0);
        while (cursor.next()) {
            cursor.headers();
            assertThat(cursor.keyIndex() + cursor.keyLength())
                    .isLessThanOrEqualTo(cursor.buffer().writerIndex());
            assertThat(cursor.valueIndex() + cursor.valueLength())
                    .isLessThanOrEqualTo(cursor.buffer().writerIndex());
        }
    }

    private ByteBuf build(Compression codec) {
        TestBatches batch =
                TestBatches.batch().allocator(allocator).compression(codec).baseOffset(1_000);
        for (int i = 0; i < 50; i++) {
            batch.record("key " + i, "value " + i + " again and again");
        }
        ByteBuf built = batch.build();
        assertThat(RecordBatch.at(built, 0).compression()).isEqualTo(codec);
        return built;
    }

    /** A batch that says that it has one record, and has these bytes for it. */
    private static ByteBuf batchOf(String recordHex) {
        byte[] record = ByteBufUtil.decodeHexDump(recordHex);
        ByteBuf batch = Unpooled.buffer();
        batch.writeZero(RecordBatch.OVERHEAD).writeBytes(record);
        batch.setInt(RecordBatch.LENGTH_AT, batch.writerIndex() - RecordBatch.LOG_OVERHEAD);
        batch.setByte(RecordBatch.MAGIC_AT, RecordBatch.MAGIC);
        batch.setInt(RecordBatch.RECORD_COUNT_AT, 1);
        return batch;
    }
}
