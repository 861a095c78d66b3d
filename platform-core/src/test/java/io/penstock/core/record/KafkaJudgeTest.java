package io.penstock.core.record;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.core.compression.Compression;
import io.penstock.core.compression.MeteredAllocator;
import io.penstock.core.model.TimestampType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterTry;
import org.apache.kafka.common.compress.GzipCompression;
import org.apache.kafka.common.compress.Lz4Compression;
import org.apache.kafka.common.compress.SnappyCompression;
import org.apache.kafka.common.compress.ZstdCompression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.Record;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** kafka-clients reads every batch that we build, and we read every batch that it builds. */
class KafkaJudgeTest {

    private final MeteredAllocator allocator = new MeteredAllocator();

    /** One record in neutral form: arrays as strings of their bytes, so that it can be compared. */
    private record Entry(
            long offset,
            long timestamp,
            @Nullable String key,
            @Nullable String value,
            List<String> headers) {}

    private record Batch(
            Compression compression,
            boolean logAppendTime,
            boolean hasProducer,
            boolean transactional,
            long baseOffset,
            List<Entry> entries) {}

    @AfterEach
    @AfterTry
    void nothingIsLeftAllocated() {
        assertThat(allocator.heldBytes()).isZero();
    }

    @Property(tries = 400)
    void kafkaReadsWhatWeBuild(@ForAll("batches") Batch batch) {
        ByteBuf built = build(batch);
        try {
            DefaultRecordBatch read = onlyBatch(built.nioBuffer());
            read.ensureValid();
            assertThat(read.baseOffset()).isEqualTo(batch.baseOffset);
            assertThat(read.lastOffset()).isEqualTo(batch.baseOffset + batch.entries.size() - 1);
            assertThat(read.partitionLeaderEpoch()).isEqualTo(7);
            assertThat(read.sizeInBytes()).isEqualTo(built.readableBytes());
            assertThat(read.countOrNull()).isEqualTo(batch.entries.size());
            assertThat(read.isTransactional()).isEqualTo(batch.transactional);
            assertThat(read.isControlBatch()).isFalse();
            assertThat(read.producerId()).isEqualTo(batch.hasProducer ? 4711 : -1);
            assertThat(read.producerEpoch()).isEqualTo((short) (batch.hasProducer ? 3 : -1));
            assertThat(read.baseSequence()).isEqualTo(batch.hasProducer ? 99 : -1);
            assertThat((int) read.compressionType().id).isIn(batch.compression.id(), 0);
            assertThat(read.maxTimestamp()).isEqualTo(maxTimestamp(batch));
            assertThat(entriesByKafka(read)).isEqualTo(expected(batch));
        } finally {
            built.release();
        }
    }

    @Property(tries = 400)
    void weReadWhatKafkaBuilds(@ForAll("batches") Batch batch) {
        ByteBuf built = Unpooled.wrappedBuffer(buildByKafka(batch));
        RecordBatch read = RecordBatch.at(built, 0);
        read.ensureValid(BatchLimits.DEFAULTS);
        assertThat(read.magic()).isEqualTo((byte) 2);
        assertThat(read.baseOffset()).isEqualTo(batch.baseOffset);
        assertThat(read.lastOffset()).isEqualTo(batch.baseOffset + batch.entries.size() - 1);
        assertThat(read.nextOffset()).isEqualTo(batch.baseOffset + batch.entries.size());
        assertThat(read.leaderEpoch()).isEqualTo(7);
        assertThat(read.sizeInBytes()).isEqualTo(built.readableBytes());
        assertThat(read.recordCount()).isEqualTo(batch.entries.size());
        assertThat(read.isTransactional()).isEqualTo(batch.transactional);
        assertThat(read.isControl()).isFalse();
        assertThat(read.producerId()).isEqualTo(batch.hasProducer ? 4711 : -1);
        assertThat(read.producerEpoch()).isEqualTo((short) (batch.hasProducer ? 3 : -1));
        assertThat(read.baseSequence()).isEqualTo(batch.hasProducer ? 99 : -1);
        assertThat(read.compression()).isEqualTo(batch.compression);
        assertThat(read.timestampType())
                .isEqualTo(batch.logAppendTime ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME);
        assertThat(read.maxTimestamp()).isEqualTo(maxTimestamp(batch));
        assertThat(entriesByUs(built)).isEqualTo(expected(batch));
    }

    @Property(tries = 100)
    void theBytesAreKafkasWhereNothingIsCompressed(@ForAll("batches") Batch any) {
        Batch batch = new Batch(
                Compression.NONE, any.logAppendTime, any.hasProducer, any.transactional, any.baseOffset, any.entries);
        ByteBuf built = build(batch);
        try {
            // Kafka takes the first record's time as base also under append time
            assertThat(built.nioBuffer()).isEqualTo(buildByKafka(batch));
        } finally {
            built.release();
        }
    }

    @Test
    void weReadTransactionMarkers() {
        for (ControlRecordType type : List.of(ControlRecordType.ABORT, ControlRecordType.COMMIT)) {
            MemoryRecords marker = MemoryRecords.withEndTransactionMarker(
                    500L, 1234L, 5, 4711L, (short) 3, new EndTransactionMarker(type, 17));
            ByteBuf built = Unpooled.wrappedBuffer(marker.buffer());
            RecordBatch batch = RecordBatch.at(built, 0);
            batch.ensureValid(BatchLimits.DEFAULTS);
            assertThat(batch.isControl()).isTrue();
            assertThat(batch.isTransactional()).isTrue();
            assertThat(batch.baseOffset()).isEqualTo(500);
            assertThat(batch.leaderEpoch()).isEqualTo(5);
            assertThat(batch.producerId()).isEqualTo(4711);
            assertThat(batch.producerEpoch()).isEqualTo((short) 3);
            assertThat(batch.baseSequence()).isEqualTo(RecordBatch.NO_SEQUENCE);
            try (RecordCursor cursor = new RecordCursor(allocator, BatchLimits.DEFAULTS)) {
                cursor.open(built, 0);
                assertThat(cursor.next()).isTrue();
                assertThat(cursor.keyLength()).isEqualTo(4);
                assertThat(cursor.buffer().getShort(cursor.keyIndex() + 2))
                        .isEqualTo((short) (type == ControlRecordType.COMMIT ? 1 : 0));
                assertThat(cursor.buffer().getInt(cursor.valueIndex() + 2)).isEqualTo(17);
                assertThat(cursor.next()).isFalse();
            }
        }
    }

    @Test
    void kafkaReadsMarkersThatWeBuild() {
        ByteBuf key = Unpooled.buffer().writeShort(0).writeShort(1);
        ByteBuf value = Unpooled.buffer().writeShort(0).writeInt(17);
        RecordBatchBuilder builder = new RecordBatchBuilder(allocator, Compression.NONE, 0, 128)
                .control(true)
                .transactional(true)
                .producer(4711, (short) 3, RecordBatch.NO_SEQUENCE);
        builder.append(1234, bytes(key), bytes(value), RecordHeaders.EMPTY);
        ByteBuf built = builder.build();
        DefaultRecordBatch read = onlyBatch(built.nioBuffer());
        read.ensureValid();
        assertThat(read.isControlBatch()).isTrue();
        assertThat(read.isTransactional()).isTrue();
        Record marker = read.iterator().next();
        assertThat(EndTransactionMarker.deserialize(marker))
                .isEqualTo(new EndTransactionMarker(ControlRecordType.COMMIT, 17));
        built.release();
    }

    @Provide
    Arbitrary<Batch> batches() {
        return Combinators.combine(
                        Arbitraries.of(Compression.class),
                        Arbitraries.of(true, false),
                        Arbitraries.of(true, false),
                        Arbitraries.of(true, false),
                        Arbitraries.longs().between(0, Long.MAX_VALUE - 1_000),
                        entries())
                .as((compression, appendTime, producer, transactional, offset, entries) ->
                        new Batch(compression, appendTime, producer, producer && transactional, offset, entries));
    }

    private static Arbitrary<List<Entry>> entries() {
        Arbitrary<String> text = Arbitraries.frequencyOf(
                Tuple.of(6, Arbitraries.strings().ofMaxLength(40)),
                Tuple.of(3, Arbitraries.of("same value again and again", "", "\u20ac\ud83d\ude00")),
                Tuple.of(
                        1,
                        Arbitraries.strings()
                                .alpha()
                                .ofMinLength(1)
                                .ofMaxLength(40)
                                .map(s -> s.repeat(2_000))));
        Arbitrary<String> header = Combinators.combine(Arbitraries.strings().ofMaxLength(10), text.injectNull(0.3))
                .as((key, value) -> clean(key) + "=" + clean(value));
        return Combinators.combine(
                        Arbitraries.longs().between(-1, 4_000_000_000_000L),
                        text.injectNull(0.3),
                        text.injectNull(0.2),
                        header.list().ofMaxSize(4))
                .as((timestamp, key, value, headers) -> new Entry(0, timestamp, clean(key), clean(value), headers))
                .list()
                .ofMinSize(1)
                .ofMaxSize(60);
    }

    /** Text that survives UTF-8, and the equals sign that parts a header. */
    private static @Nullable String clean(@Nullable String text) {
        return text == null ? null : new String(text.getBytes(UTF_8), UTF_8).replace('=', '-');
    }

    private static List<Entry> expected(Batch batch) {
        List<Entry> expected = new ArrayList<>();
        for (Entry entry : batch.entries) {
            expected.add(new Entry(
                    batch.baseOffset + expected.size(),
                    batch.logAppendTime ? 555 : entry.timestamp,
                    entry.key,
                    entry.value,
                    entry.headers));
        }
        return expected;
    }

    private static long maxTimestamp(Batch batch) {
        return batch.logAppendTime
                ? 555
                : batch.entries.stream().mapToLong(Entry::timestamp).max().orElseThrow();
    }

    private ByteBuf build(Batch batch) {
        RecordBatchBuilder builder = new RecordBatchBuilder(allocator, batch.compression, 0, 64)
                .baseOffset(batch.baseOffset)
                .leaderEpoch(7)
                .transactional(batch.transactional);
        if (batch.hasProducer) {
            builder.producer(4711, (short) 3, 99);
        }
        for (Entry entry : batch.entries) {
            RecordHeaders headers = RecordHeaders.EMPTY;
            for (String header : entry.headers) {
                headers = headers.add(key(header), value(header));
            }
            builder.append(entry.timestamp, utf8(entry.key), utf8(entry.value), headers);
        }
        ByteBuf built = builder.build();
        if (batch.logAppendTime) {
            RecordBatch.at(built, 0).setLogAppendTime(555);
        }
        return built;
    }

    private static ByteBuffer buildByKafka(Batch batch) {
        MemoryRecordsBuilder builder = MemoryRecords.builder(
                ByteBuffer.allocate(1 << 20),
                (byte) 2,
                forKafka(batch.compression),
                batch.logAppendTime
                        ? org.apache.kafka.common.record.TimestampType.LOG_APPEND_TIME
                        : org.apache.kafka.common.record.TimestampType.CREATE_TIME,
                batch.baseOffset,
                555L,
                batch.hasProducer ? 4711 : -1,
                (short) (batch.hasProducer ? 3 : -1),
                batch.hasProducer ? 99 : -1,
                batch.transactional,
                7);
        for (Entry entry : batch.entries) {
            Header[] headers = entry.headers.stream()
                    .map(header -> new RecordHeader(key(header), value(header)))
                    .toArray(Header[]::new);
            builder.append(entry.timestamp, utf8(entry.key), utf8(entry.value), headers);
        }
        return builder.build().buffer();
    }

    private static org.apache.kafka.common.compress.Compression forKafka(Compression compression) {
        return switch (compression) {
            case NONE -> org.apache.kafka.common.compress.Compression.NONE;
            case GZIP -> new GzipCompression.Builder().build();
            case SNAPPY -> new SnappyCompression.Builder().build();
            case LZ4 -> new Lz4Compression.Builder().build();
            case ZSTD -> new ZstdCompression.Builder().build();
        };
    }

    private static DefaultRecordBatch onlyBatch(ByteBuffer buffer) {
        List<DefaultRecordBatch> batches = new ArrayList<>();
        MemoryRecords.readableRecords(buffer).batches().forEach(batch -> batches.add((DefaultRecordBatch) batch));
        assertThat(batches).hasSize(1);
        return batches.get(0);
    }

    private static List<Entry> entriesByKafka(DefaultRecordBatch batch) {
        return StreamSupport.stream(batch.spliterator(), false)
                .map(record -> new Entry(
                        record.offset(),
                        record.timestamp(),
                        text(record.key()),
                        text(record.value()),
                        Stream.of(record.headers())
                                .map(header -> header.key() + "=" + text(wrap(header.value())))
                                .toList()))
                .toList();
    }

    private List<Entry> entriesByUs(ByteBuf batch) {
        List<Entry> entries = new ArrayList<>();
        try (RecordCursor cursor = new RecordCursor(allocator, BatchLimits.DEFAULTS)) {
            cursor.open(batch, 0);
            while (cursor.next()) {
                cursor.ensureHeadersFit();
                List<String> headers = new ArrayList<>();
                cursor.headers().forEach(header -> headers.add(header.key() + "=" + text(wrap(header.value()))));
                assertThat(headers).hasSize(cursor.headerCount());
                entries.add(new Entry(
                        cursor.offset(),
                        cursor.timestamp(),
                        text(cursor.buffer(), cursor.keyIndex(), cursor.keyLength()),
                        text(cursor.buffer(), cursor.valueIndex(), cursor.valueLength()),
                        headers));
            }
        }
        return entries;
    }

    private static @Nullable String text(ByteBuf buffer, int index, int length) {
        return length < 0 ? null : buffer.toString(index, length, UTF_8);
    }

    private static @Nullable String text(@Nullable ByteBuffer buffer) {
        return buffer == null ? null : UTF_8.decode(buffer.duplicate()).toString();
    }

    private static @Nullable ByteBuffer wrap(byte @Nullable [] bytes) {
        return bytes == null ? null : ByteBuffer.wrap(bytes);
    }

    private static String key(String header) {
        return header.substring(0, header.indexOf('='));
    }

    /** The text "null" stands for no value, as concatenation makes it. */
    private static byte @Nullable [] value(String header) {
        String value = header.substring(header.indexOf('=') + 1);
        return value.equals("null") ? null : value.getBytes(UTF_8);
    }

    private static byte @Nullable [] utf8(@Nullable String text) {
        return text == null ? null : text.getBytes(UTF_8);
    }

    private static byte[] bytes(ByteBuf buffer) {
        return Arrays.copyOf(buffer.array(), buffer.readableBytes());
    }
}
