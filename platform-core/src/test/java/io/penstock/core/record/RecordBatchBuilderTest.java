package io.penstock.core.record;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.compression.Compression;
import io.penstock.core.compression.MeteredAllocator;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterTry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class RecordBatchBuilderTest {

    private static final byte[] VALUE = "value".getBytes(UTF_8);

    private final MeteredAllocator allocator = new MeteredAllocator();

    @AfterEach
    @AfterTry
    void nothingIsLeftAllocated() {
        assertThat(allocator.heldBytes()).isZero();
    }

    @Property(tries = 300)
    void sizesAreUpperBoundsWhateverTheCodecMakesOfTheBytes(
            @ForAll Compression codec,
            @ForAll @IntRange(min = 1, max = 100) int records,
            @ForAll @IntRange(min = -1, max = 3_000) int valueLength,
            @ForAll boolean repetitive,
            @ForAll Random random) {
        RecordBatchBuilder builder = builder(codec);
        for (int i = 0; i < records; i++) {
            byte[] key = bytes(random, random.nextInt(12) - 1, repetitive);
            byte[] value = bytes(random, valueLength, repetitive);
            RecordHeaders headers =
                    random.nextBoolean() ? RecordHeaders.EMPTY : RecordHeaders.EMPTY.add("\u20ac", value);
            int bound = builder.sizeWith(length(key), length(value), headers);
            builder.append(random.nextLong() >>> 1, key, value, headers);
            assertThat(builder.estimatedSizeInBytes()).isLessThanOrEqualTo(bound);
        }
        int bound = builder.estimatedSizeInBytes();
        ByteBuf batch = builder.build();
        assertThat(batch.readableBytes()).isLessThanOrEqualTo(bound);
        if (codec == Compression.NONE) {
            assertThat(batch.readableBytes()).isEqualTo(bound);
        }
        RecordBatch.at(batch, 0).ensureValid(BatchLimits.DEFAULTS);
        batch.release();
    }

    private static byte @Nullable [] bytes(Random random, int length, boolean repetitive) {
        if (length < 0) {
            return null;
        }
        byte[] bytes = new byte[length];
        if (!repetitive) {
            random.nextBytes(bytes);
        }
        return bytes;
    }

    private static int length(byte @Nullable [] bytes) {
        return bytes == null ? -1 : bytes.length;
    }

    @Test
    void sizesDoNotOverflow() {
        RecordBatchBuilder builder = builder(Compression.NONE);
        assertThat(builder.sizeWith(Integer.MAX_VALUE, Integer.MAX_VALUE, RecordHeaders.EMPTY))
                .isEqualTo(Integer.MAX_VALUE);
        builder.release();
    }

    @Test
    void rangesOfAnArrayGiveTheBytesThatArraysGive() {
        byte[] source = "..key.value".getBytes(UTF_8);
        RecordBatchBuilder ranges = builder(Compression.NONE);
        RecordBatchBuilder arrays = builder(Compression.NONE);
        ranges.append(5, source, 2, 3, 6, 5, RecordHeaders.EMPTY);
        arrays.append(5, "key".getBytes(UTF_8), VALUE, RecordHeaders.EMPTY);
        ranges.append(6, source, -1, -1, -1, -1, RecordHeaders.EMPTY);
        arrays.append(6, null, null, RecordHeaders.EMPTY);
        ranges.append(7, source, 0, 0, 11, 0, RecordHeaders.EMPTY);
        arrays.append(7, new byte[0], new byte[0], RecordHeaders.EMPTY);
        ByteBuf one = ranges.build();
        ByteBuf other = arrays.build();
        assertThat(one).isEqualTo(other);
        one.release();
        other.release();
    }

    @ParameterizedTest
    @EnumSource
    void leavesHeadroomBeforeTheBatch(Compression codec) {
        RecordBatchBuilder builder = new RecordBatchBuilder(allocator, codec, 37, 0);
        builder.append(1, null, new byte[1_000], RecordHeaders.EMPTY);
        ByteBuf batch = builder.build();
        assertThat(batch.isDirect()).isTrue();
        assertThat(batch.readerIndex()).isZero();
        RecordBatch at = RecordBatch.at(batch, 37);
        assertThat(at.compression()).isEqualTo(codec);
        assertThat(at.sizeInBytes()).isEqualTo(batch.readableBytes() - 37);
        at.ensureValid(BatchLimits.DEFAULTS);
        batch.release();
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void recordsThatDoNotShrinkAreStoredAsTheyAre(Compression codec) {
        byte[] noise = new byte[10_000];
        new Random(1).nextBytes(noise);
        RecordBatchBuilder builder = builder(codec);
        builder.append(1, null, noise, RecordHeaders.EMPTY);
        int bound = builder.estimatedSizeInBytes();
        ByteBuf batch = builder.build();
        assertThat(RecordBatch.at(batch, 0).compression()).isEqualTo(Compression.NONE);
        assertThat(batch.readableBytes()).isEqualTo(bound);
        RecordBatch.at(batch, 0).ensureValid(BatchLimits.DEFAULTS);
        batch.release();
    }

    @Test
    void aRefusedRecordLeavesTheOthers() {
        RecordBatchBuilder builder = builder(Compression.NONE);
        builder.append(1, null, VALUE, RecordHeaders.EMPTY);
        assertThatThrownBy(() -> builder.append(-2, null, VALUE, RecordHeaders.EMPTY))
                .isInstanceOf(IllegalArgumentException.class);
        byte[] source = new byte[10];
        assertThatThrownBy(() -> builder.append(2, source, 0, 5, 5, 50, RecordHeaders.EMPTY))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(builder.recordCount()).isEqualTo(1);
        builder.append(3, null, VALUE, RecordHeaders.EMPTY);
        ByteBuf batch = builder.build();
        assertThat(TestBatches.values(batch)).containsExactly("value", "value");
        batch.release();
    }

    @Test
    void aBatchHasARecord() {
        RecordBatchBuilder builder = builder(Compression.NONE);
        assertThat(builder.isEmpty()).isTrue();
        assertThat(builder.estimatedSizeInBytes()).isEqualTo(RecordBatch.OVERHEAD);
        assertThatThrownBy(builder::build).isInstanceOf(IllegalStateException.class);
        builder.append(1, null, VALUE, RecordHeaders.EMPTY);
        assertThat(builder.isEmpty()).isFalse();
        builder.build().release();
    }

    @Test
    void aTransactionHasAProducer() {
        RecordBatchBuilder builder = builder(Compression.NONE).transactional(true);
        builder.append(1, null, VALUE, RecordHeaders.EMPTY);
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("producer id");
        builder.release();
    }

    @Test
    void aSpentBuilderRefusesAndMayBeReleasedAgain() {
        RecordBatchBuilder builder = builder(Compression.LZ4);
        builder.append(1, null, VALUE, RecordHeaders.EMPTY);
        ByteBuf batch = builder.build();
        assertThatThrownBy(() -> builder.append(2, null, VALUE, RecordHeaders.EMPTY))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(builder::build).isInstanceOf(IllegalStateException.class);
        builder.release();
        builder.release();
        assertThat(batch.refCnt()).isEqualTo(1);
        batch.release();
    }

    @Test
    void refusesNegativeHeadroom() {
        assertThatThrownBy(() -> new RecordBatchBuilder(ByteBufAllocator.DEFAULT, Compression.NONE, -1, 10))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private RecordBatchBuilder builder(Compression codec) {
        return new RecordBatchBuilder(allocator, codec, 0, 64);
    }
}
