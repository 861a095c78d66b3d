package io.penstock.core.compression;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterTry;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.xerial.snappy.Snappy;
import org.xerial.snappy.SnappyOutputStream;

class CompressionTest {

    private static final int ENOUGH = 1 << 20;

    private final MeteredAllocator allocator = new MeteredAllocator();

    @AfterEach
    @AfterTry
    void nothingIsLeftAllocated() {
        assertThat(allocator.heldBytes()).isZero();
    }

    @Property(tries = 500)
    void whatIsCompressedComesBack(@ForAll Compression codec, @ForAll("contents") byte[] content) {
        byte[] compressed = compress(codec, content);
        assertThat(decompress(codec, compressed, ENOUGH)).isEqualTo(content);
    }

    @Property(tries = 200)
    void damagedDataEndsTypedOrInBytesWithinTheLimit(
            @ForAll Compression codec, @ForAll("contents") byte[] content, @ForAll Random random) {
        byte[] damaged = compress(codec, content);
        for (int i = 0; damaged.length > 0 && i <= random.nextInt(4); i++) {
            damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
        }
        int limit = content.length + 100;
        try {
            assertThat(decompress(codec, damaged, limit)).hasSizeLessThanOrEqualTo(limit);
        } catch (DecompressionException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_MESSAGE);
        }
    }

    @Property(tries = 500)
    void garbageEndsTyped(@ForAll Compression codec, @ForAll byte[] garbage) {
        try {
            decompress(codec, garbage, 4_096);
        } catch (DecompressionException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_MESSAGE);
        }
    }

    @Provide
    Arbitrary<byte[]> contents() {
        Arbitrary<byte[]> small = Arbitraries.bytes().array(byte[].class).ofMaxSize(200);
        Arbitrary<byte[]> repetitive =
                Arbitraries.integers().between(0, 200_000).map(CompressionTest::text);
        Arbitrary<byte[]> incompressible =
                Arbitraries.integers().between(0, 200_000).map(CompressionTest::noise);
        return Arbitraries.oneOf(List.of(small, repetitive, incompressible));
    }

    @ParameterizedTest
    @EnumSource
    void takesAnOutputThatJustFits(Compression codec) {
        for (int size : new int[] {1, 1_000, 32 << 10, 64 << 10, 100_000}) {
            byte[] content = text(size);
            assertThat(decompress(codec, compress(codec, content), size)).isEqualTo(content);
        }
    }

    @ParameterizedTest
    @EnumSource
    void refusesAnOutputOneByteTooLarge(Compression codec) {
        for (int size : new int[] {1, 1_000, 32 << 10, 64 << 10, 100_000}) {
            byte[] compressed = compress(codec, text(size));
            assertTooLarge(codec, compressed, size - 1);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void bombsEndAtTheLimitAndHoldNoMoreThanIt(Compression codec) {
        byte[] bomb = compress(codec, new byte[64 << 20]);
        assertThat(bomb.length).isLessThan(4 << 20);
        int limit = 8 << 20;
        allocator.resetPeak();
        assertTooLarge(codec, bomb, limit);
        assertThat(allocator.peakBytes()).isLessThanOrEqualTo(limit + (long) bomb.length);
    }

    @Test
    void zstdBombThatDeclaresNothingEndsAtTheLimit() throws IOException {
        byte[] bomb = kafkaCompress(Compression.ZSTD, new byte[64 << 20]);
        allocator.resetPeak();
        assertTooLarge(Compression.ZSTD, bomb, 1 << 20);
        assertThat(allocator.peakBytes()).isLessThanOrEqualTo((1 << 20) + bomb.length);
    }

    @Test
    void whatADataStreamDeclaresIsRefusedBeforeItIsAllocated() throws IOException {
        byte[] lz4 = lz4Frame(BLOCKSIZE.SIZE_4MB, new byte[8 << 20], true);
        assertRefusedCheaply(Compression.LZ4, lz4);
        byte[] zstd = Arrays.copyOf(compress(Compression.ZSTD, new byte[16 << 20]), 24);
        assertRefusedCheaply(Compression.ZSTD, zstd);
    }

    @Test
    void aSnappyBlockThatDeclaresMoreThanItCanHoldIsRefusedBeforeItIsAllocated() {
        // half of the limit, 1 GiB, and -1 as an int
        for (String hex : List.of("8080200000000000", "8080808004000000", "ffffffff0f000000")) {
            byte[] block = ByteBufUtil.decodeHexDump(hex);
            allocator.resetPeak();
            assertMalformed(Compression.SNAPPY, block);
            assertThat(allocator.peakBytes()).isLessThanOrEqualTo(5L * block.length);
        }
    }

    private void assertRefusedCheaply(Compression codec, byte[] data) {
        allocator.resetPeak();
        assertTooLarge(codec, data, ENOUGH);
        assertThat(allocator.peakBytes()).isLessThanOrEqualTo(5L * data.length);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void truncatedDataIsNeverTakenForWhole(Compression codec) {
        byte[] content = text(300);
        byte[] compressed = compress(codec, content);
        for (int length = 0; length < compressed.length; length++) {
            byte[] cut = Arrays.copyOf(compressed, length);
            try {
                // zstd has no bytes for no frame, and snappy's framing no end: fewer bytes come out, never these
                assertThat(decompress(codec, cut, ENOUGH))
                        .as("cut to %d", length)
                        .isEmpty();
                assertThat(codec).isIn(Compression.ZSTD, Compression.SNAPPY);
            } catch (DecompressionException e) {
                assertThat(e.reason()).isEqualTo(DecompressionException.Reason.MALFORMED);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void kafkaReadsWhatWeCompress(Compression codec) throws IOException {
        for (int size : new int[] {0, 1, 1_000, 64 << 10, 200_001}) {
            for (byte[] content : List.of(text(size), noise(size))) {
                ByteBuffer compressed = ByteBuffer.wrap(compress(codec, content));
                try (var stream = forKafka(codec).wrapForInput(compressed, (byte) 2, BufferSupplier.NO_CACHING)) {
                    assertThat(stream.readAllBytes()).isEqualTo(content);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void weReadWhatKafkaCompresses(Compression codec) throws IOException {
        for (int size : new int[] {0, 1, 1_000, 64 << 10, 200_001}) {
            for (byte[] content : List.of(text(size), noise(size))) {
                assertThat(decompress(codec, kafkaCompress(codec, content), ENOUGH))
                        .isEqualTo(content);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void readsHeapCompositeAndSlicedBuffersAndLeavesTheirIndices(Compression codec) {
        byte[] content = text(5_000);
        byte[] compressed = compress(codec, content);
        ByteBuf heap = Unpooled.wrappedBuffer(compressed);
        CompositeByteBuf composite = Unpooled.compositeBuffer();
        composite.addComponents(
                true,
                Unpooled.copiedBuffer(compressed, 0, 10),
                Unpooled.copiedBuffer(compressed, 10, compressed.length - 10));
        ByteBuf frame =
                allocator.directBuffer().writeZero(3).writeBytes(compressed).writeZero(3);
        ByteBuf slice = frame.slice(3, compressed.length);
        for (ByteBuf source : List.of(heap, composite, slice)) {
            ByteBuf result = codec.decompress(source, allocator, ENOUGH);
            assertThat(ByteBufUtil.getBytes(result)).isEqualTo(content);
            assertThat(source.readerIndex()).isZero();
            assertThat(source.readableBytes()).isEqualTo(compressed.length);
            result.release();
        }
        composite.release();
        frame.release();
    }

    @ParameterizedTest
    @EnumSource
    void appendsToHeapBuffersAndBehindWhatIsThere(Compression codec) {
        byte[] content = text(5_000);
        ByteBuf heap = allocator.heapBuffer(8).writeLong(42);
        codec.compress(Unpooled.wrappedBuffer(content), heap);
        assertThat(heap.readLong()).isEqualTo(42);
        assertThat(decompress(codec, ByteBufUtil.getBytes(heap), ENOUGH)).isEqualTo(content);
        heap.release();
    }

    @Test
    void framesBeginAsTheFormatsSay() {
        assertThat(hexOf(Compression.GZIP)).startsWith("1f8b0800000000000");
        assertThat(hexOf(Compression.SNAPPY)).startsWith("82534e4150505900" + "00000001" + "00000001");
        assertThat(hexOf(Compression.LZ4)).startsWith("04224d18" + "604082").endsWith("00000000");
        assertThat(hexOf(Compression.ZSTD)).startsWith("28b52ffd");
    }

    @Test
    void readsFramesAsOtherClientsWriteThem() throws IOException {
        byte[] content = text(100_000);
        // librdkafka writes snappy without the framing
        assertThat(decompress(Compression.SNAPPY, Snappy.compress(content), ENOUGH))
                .isEqualTo(content);
        for (BLOCKSIZE blockSize : BLOCKSIZE.values()) {
            assertThat(decompress(Compression.LZ4, lz4Frame(blockSize, content, true), ENOUGH))
                    .isEqualTo(content);
            assertThat(decompress(Compression.LZ4, lz4Frame(blockSize, content, false), ENOUGH))
                    .isEqualTo(content);
        }
        assertThat(decompress(Compression.GZIP, gzipWithEveryField(content), ENOUGH))
                .isEqualTo(content);
    }

    @Test
    void readsStreamsThatFollowEachOther() throws IOException {
        ByteArrayOutputStream gzip = new ByteArrayOutputStream();
        ByteArrayOutputStream snappy = new ByteArrayOutputStream();
        ByteArrayOutputStream zstd = new ByteArrayOutputStream();
        for (String part : List.of("one ", "two ", "three")) {
            write(new GZIPOutputStream(gzip), part.getBytes(UTF_8));
            write(new SnappyOutputStream(snappy), part.getBytes(UTF_8));
            zstd.write(compress(Compression.ZSTD, part.getBytes(UTF_8)));
        }
        byte[] all = "one two three".getBytes(UTF_8);
        assertThat(decompress(Compression.GZIP, gzip.toByteArray(), ENOUGH)).isEqualTo(all);
        assertThat(decompress(Compression.SNAPPY, snappy.toByteArray(), ENOUGH)).isEqualTo(all);
        assertThat(decompress(Compression.ZSTD, zstd.toByteArray(), ENOUGH)).isEqualTo(all);
    }

    @Test
    void checksumsInsideOfTheStreamsAreLookedAt() throws IOException {
        byte[] content = noise(1_000);
        byte[] gzip = compress(Compression.GZIP, content);
        gzip[gzip.length - 6] ^= 1;
        assertMalformed(Compression.GZIP, gzip);
        byte[] header = compress(Compression.LZ4, content);
        header[6] ^= 1;
        assertMalformed(Compression.LZ4, header);
        byte[] blockChecksum = lz4Frame(BLOCKSIZE.SIZE_64KB, content, true);
        // noise is stored as it is: only the checksums can tell; the last bit of the block
        blockChecksum[blockChecksum.length - 4 - 4 - 4 - 1] ^= 1;
        assertMalformed(Compression.LZ4, blockChecksum);
        byte[] contentChecksum = lz4Frame(BLOCKSIZE.SIZE_64KB, content, true);
        contentChecksum[contentChecksum.length - 1] ^= 1;
        assertMalformed(Compression.LZ4, contentChecksum);
    }

    @Test
    void refusesLz4FramesThatKafkaRefuses() {
        byte[] dependent = compress(Compression.LZ4, text(100));
        dependent[4] &= ~(1 << 5);
        assertMalformed(Compression.LZ4, dependent);
        byte[] trailing = Arrays.copyOf(compress(Compression.LZ4, text(100)), 200);
        assertMalformed(Compression.LZ4, trailing);
        ByteBuf largeBlock = Unpooled.buffer()
                .writeBytes(ByteBufUtil.decodeHexDump("04224d18604082"))
                .writeIntLE(70_000 | 1 << 31)
                .writeZero(70_000)
                .writeIntLE(0);
        assertMalformed(Compression.LZ4, ByteBufUtil.getBytes(largeBlock));
    }

    @Test
    void idsAndSettingsAreKafkas() {
        for (Compression codec : Compression.values()) {
            assertThat(codec.id()).isEqualTo(forKafka(codec).type().id);
            assertThat(codec.configValue()).isEqualTo(forKafka(codec).type().name);
            assertThat(Compression.ofId(codec.id())).isSameAs(codec);
            assertThat(Compression.ofConfigValue(codec.configValue())).isSameAs(codec);
        }
        for (int id : new int[] {-1, 5, 7}) {
            assertThat(Compression.isKnownId(id)).isFalse();
            assertUnsupported(() -> Compression.ofId(id));
        }
        assertUnsupported(() -> Compression.ofConfigValue("brotli"));
    }

    private static void assertUnsupported(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        PenstockException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE))
                .hasMessageContaining("none")
                .hasMessageContaining("zstd");
    }

    private void assertMalformed(Compression codec, byte[] data) {
        assertThatThrownBy(() -> decompress(codec, data, ENOUGH))
                .isInstanceOfSatisfying(
                        DecompressionException.class,
                        e -> assertThat(e.reason()).isEqualTo(DecompressionException.Reason.MALFORMED));
    }

    private void assertTooLarge(Compression codec, byte[] data, int limit) {
        assertThatThrownBy(() -> decompress(codec, data, limit))
                .isInstanceOfSatisfying(
                        DecompressionException.class,
                        e -> assertThat(e.reason()).isEqualTo(DecompressionException.Reason.TOO_LARGE))
                .hasMessageContaining(Integer.toString(limit));
    }

    private String hexOf(Compression codec) {
        return ByteBufUtil.hexDump(compress(codec, text(100)));
    }

    private byte[] compress(Compression codec, byte[] content) {
        ByteBuf source = allocator.directBuffer(Math.max(1, content.length)).writeBytes(content);
        ByteBuf target = allocator.directBuffer(16);
        codec.compress(source, target);
        assertThat(source.readableBytes()).isEqualTo(content.length);
        byte[] compressed = ByteBufUtil.getBytes(target);
        source.release();
        target.release();
        return compressed;
    }

    private byte[] decompress(Compression codec, byte[] data, int limit) {
        ByteBuf source = allocator.directBuffer(Math.max(1, data.length)).writeBytes(data);
        try {
            ByteBuf result = codec.decompress(source, allocator, limit);
            byte[] content = ByteBufUtil.getBytes(result);
            result.release();
            return content;
        } finally {
            source.release();
        }
    }

    private static byte[] kafkaCompress(Compression codec, byte[] content) throws IOException {
        var stream = new ByteBufferOutputStream(512);
        try (OutputStream into = forKafka(codec).wrapForOutput(stream, (byte) 2)) {
            into.write(content);
        }
        stream.buffer().flip();
        byte[] compressed = new byte[stream.buffer().remaining()];
        stream.buffer().get(compressed);
        return compressed;
    }

    private static org.apache.kafka.common.compress.Compression forKafka(Compression codec) {
        return org.apache.kafka.common.compress.Compression.of(codec.configValue())
                .build();
    }

    private static byte[] lz4Frame(BLOCKSIZE blockSize, byte[] content, boolean everything) throws IOException {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        if (everything) {
            write(
                    new LZ4FrameOutputStream(
                            frame,
                            blockSize,
                            content.length,
                            FLG.Bits.BLOCK_INDEPENDENCE,
                            FLG.Bits.BLOCK_CHECKSUM,
                            FLG.Bits.CONTENT_CHECKSUM,
                            FLG.Bits.CONTENT_SIZE),
                    content);
        } else {
            write(new LZ4FrameOutputStream(frame, blockSize, FLG.Bits.BLOCK_INDEPENDENCE), content);
        }
        return frame.toByteArray();
    }

    private static byte[] gzipWithEveryField(byte[] content) {
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(content);
        deflater.finish();
        byte[] deflated = new byte[content.length + 100];
        int length = deflater.deflate(deflated);
        deflater.end();
        CRC32 crc = new CRC32();
        crc.update(content);
        ByteBuf gzip = Unpooled.buffer()
                .writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, 0b1_1111, 1, 2, 3, 4, 2, 3})
                .writeShortLE(5)
                .writeBytes("extra".getBytes(UTF_8))
                .writeBytes("name\0".getBytes(UTF_8))
                .writeBytes("comment\0".getBytes(UTF_8))
                .writeShortLE(0x1234)
                .writeBytes(deflated, 0, length)
                .writeIntLE((int) crc.getValue())
                .writeIntLE(content.length);
        return ByteBufUtil.getBytes(gzip);
    }

    private static void write(OutputStream stream, byte[] content) throws IOException {
        try (stream) {
            stream.write(content);
        }
    }

    private static byte[] text(int size) {
        byte[] text = new byte[size];
        for (int i = 0; i < size; i++) {
            text[i] = (byte) ('a' + (i * 7 + i / 11) % 13);
        }
        return text;
    }

    private static byte[] noise(int size) {
        byte[] noise = new byte[size];
        new Random(size).nextBytes(noise);
        return noise;
    }
}
