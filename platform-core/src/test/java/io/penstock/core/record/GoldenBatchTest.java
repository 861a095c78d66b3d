package io.penstock.core.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.penstock.core.compression.Compression;
import io.penstock.core.compression.MeteredAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The format, byte by byte, as Kafka 4.3.1 wrote it once. What a codec makes of the same records may change with its
 * library; that we read these bytes, and write the uncompressed ones, may not.
 */
class GoldenBatchTest {

    private static final long TIME = 1_700_000_000_000L;

    private final MeteredAllocator allocator = new MeteredAllocator();

    @AfterEach
    void nothingIsLeftAllocated() {
        assertThat(allocator.heldBytes()).isZero();
    }

    @Test
    void recordsWithNullAndEmptyFields() {
        assertBuilt(
                batch().record(TIME, "k", "one").record(TIME + 500, null, null).record(TIME - 1_000, "", ""),
                "000000000000002a" // base offset 42
                        + "0000004c" // length
                        + "00000007" // leader epoch
                        + "02" // magic
                        + "d0ec8c77" // CRC-32C
                        + "0000" // attributes
                        + "00000002" // last offset delta
                        + "0000018bcfe56800" // base timestamp
                        + "0000018bcfe569f4" // max timestamp, of the second record
                        + "ffffffffffffffff" // no producer id
                        + "ffff" // no producer epoch
                        + "ffffffff" // no sequence
                        + "00000003" // records
                        + "14" + "00" + "00" + "00" + "02" + "6b" + "06" + "6f6e65" + "00"
                        + "0e" + "00" + "e807" + "02" + "01" + "01" + "00"
                        + "0e" + "00" + "cf0f" + "04" + "00" + "00" + "00");
    }

    @Test
    void headersWithNullAndEmptyFields() {
        RecordHeaders headers =
                RecordHeaders.EMPTY.add("h", new byte[] {1, 2}).add("n", null).add("", new byte[0]);
        assertBuilt(
                batch().record(TIME, "k", "v", headers),
                "000000000000002a000000440000000702bf9487830000000000000000018bcfe568000000018bcfe56800"
                        + "ffffffffffffffffffffffffffff00000001"
                        + "24" + "00" + "00" + "00" + "02" + "6b" + "02" + "76"
                        + "06" + "0268" + "040102" + "026e" + "01" + "00" + "00");
    }

    @Test
    void producerFieldsInATransaction() {
        assertBuilt(
                batch().producer(4711, 3, 99).transactional().record(TIME, "k", "v"),
                "000000000000002a0000003a0000000702a4e62f7f" + "0010" + "000000000000018bcfe568000000018bcfe56800"
                        + "0000000000001267" + "0003" + "00000063" + "00000001"
                        + "10000000026b027600");
    }

    @Test
    void appendTime() {
        ByteBuf built = batch().record(TIME, "k", "v").build();
        RecordBatch.at(built, 0).setLogAppendTime(TIME + 999);
        assertThat(ByteBufUtil.hexDump(built))
                .isEqualTo("000000000000002a0000003a000000070246585b55" + "0008"
                        + "000000000000018bcfe56800" + "0000018bcfe56be7" + "ffffffffffffffffffffffffffff00000001"
                        + "10000000026b027600");
        built.release();
    }

    @Test
    void transactionMarker() {
        RecordBatchBuilder builder = new RecordBatchBuilder(allocator, Compression.NONE, 0, 100)
                .baseOffset(42)
                .leaderEpoch(7)
                .producer(4711, (short) 3, RecordBatch.NO_SEQUENCE)
                .transactional(true)
                .control(true);
        builder.append(TIME, new byte[] {0, 0, 0, 1}, new byte[] {0, 0, 0, 0, 0, 17}, RecordHeaders.EMPTY);
        ByteBuf built = builder.build();
        assertThat(ByteBufUtil.hexDump(built))
                .isEqualTo("000000000000002a0000004200000007020a0bb508" + "0030"
                        + "000000000000018bcfe568000000018bcfe56800" + "00000000000012670003ffffffff" + "00000001"
                        + "20000000" + "0800000001" + "0c000000000011" + "00");
        built.release();
    }

    @ParameterizedTest
    @CsvSource({
        "GZIP, 000000000000002a00000065000000070283addf5b0001000000020000018bcfe568000000018bcfe56802ffffffffffffffffffffffffffff000000031f8b08000000000000ff8b60606060cb4ead744b4c4fcccc5348cc4b51c0c962886060622241310b0bd18a018d067ec287000000",
        "SNAPPY, 000000000000002a0000006d000000070276f1deff0002000000020000018bcfe568000000018bcfe56802ffffffffffffffffffffffffffff0000000382534e415050590000000001000000010000002887014858000000066b657946616761696e20616e6420620a00100058000202aa2d00040404a22d00",
        "LZ4, 000000000000002a0000006d00000007029ae469c20003000000020000018bcfe568000000018bcfe56802ffffffffffffffffffffffffffff0000000304224d186040822d000000ff0458000000066b657946616761696e20616e64200a00065f00580002022d00182f04042d0011506761696e0000000000",
        "ZSTD, 000000000000002a0000006200000007023aa20f450004000000020000018bcfe568000000018bcfe56802ffffffffffffffffffffffffffff0000000328b52ffd00582c0100d058000000066b657946616761696e20616e6420005800020204040300008481cad4bb9430010000"
    })
    void compressedRecords(Compression codec, String hex) {
        ByteBuf batch = Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex));
        RecordBatch header = RecordBatch.at(batch, 0);
        header.ensureValid(BatchLimits.DEFAULTS);
        assertThat(header.compression()).isEqualTo(codec);
        assertThat(header.sizeInBytes()).isEqualTo(batch.readableBytes());
        assertThat(TestBatches.values(batch)).hasSize(3).containsOnly("again and again and again and again");
        try (RecordCursor cursor = new RecordCursor(allocator, BatchLimits.DEFAULTS)) {
            cursor.open(batch, 0);
            for (int i = 0; i < 3; i++) {
                assertThat(cursor.next()).isTrue();
                assertThat(cursor.offset()).isEqualTo(42 + i);
                assertThat(cursor.timestamp()).isEqualTo(TIME + i);
                assertThat(cursor.keyLength()).isEqualTo(3);
            }
            assertThat(cursor.next()).isFalse();
        }
    }

    private TestBatches batch() {
        return TestBatches.batch().allocator(allocator).baseOffset(42).leaderEpoch(7);
    }

    private static void assertBuilt(TestBatches described, String hex) {
        ByteBuf built = described.build();
        assertThat(ByteBufUtil.hexDump(built)).isEqualTo(hex);
        built.release();
    }
}
