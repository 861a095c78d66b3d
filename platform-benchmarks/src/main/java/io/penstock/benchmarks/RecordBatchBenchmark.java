package io.penstock.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.compression.Compression;
import io.penstock.core.record.BatchLimits;
import io.penstock.core.record.BatchRules;
import io.penstock.core.record.BatchValidation;
import io.penstock.core.record.RecordBatch;
import io.penstock.core.record.RecordBatchBuilder;
import io.penstock.core.record.RecordCursor;
import io.penstock.core.record.RecordHeaders;
import io.penstock.core.record.ValidBatch;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What one core does with batches of 256 KiB: build, walk, checksum, and a broker's full check. A score is batches per
 * second; times {@code 262144 / recordBytes} it is about records per second.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RecordBatchBenchmark {

    private static final int BATCH_BYTES = 256 << 10;
    private static final long NOW = 1_700_000_000_000L;

    @Param({"100", "1024"})
    public int recordBytes;

    @Param({"NONE", "LZ4", "ZSTD"})
    public Compression compression;

    private byte[] source = {};
    private byte[][] values = {};
    private ByteBuf batch = ByteBufAllocator.DEFAULT.directBuffer();
    private int records;
    private RecordCursor cursor = new RecordCursor(ByteBufAllocator.DEFAULT, BatchLimits.DEFAULTS);
    private BatchValidation validation = new BatchValidation(ByteBufAllocator.DEFAULT);

    @Setup(Level.Trial)
    public void fillABatch() {
        records = BATCH_BYTES / (recordBytes + 10);
        values = new byte[records][recordBytes];
        source = new byte[records * recordBytes];
        Random random = new Random(1);
        for (int record = 0; record < records; record++) {
            byte[] value = values[record];
            for (int i = 0; i < recordBytes; i++) {
                value[i] = (byte) ('a' + random.nextInt(12));
            }
            System.arraycopy(value, 0, source, record * recordBytes, recordBytes);
        }
        batch.release();
        batch = encodeFromBuffer();
    }

    @TearDown(Level.Trial)
    public void release() {
        batch.release();
        cursor.close();
    }

    /** Builds a batch out of ranges of an array, as a producer does with serialized values. */
    @Benchmark
    public int encode() {
        return sizeAndRelease(encodeFromBuffer());
    }

    /** Builds a batch out of arrays. */
    @Benchmark
    public int encodeFromArrays() {
        RecordBatchBuilder builder = builder();
        for (int i = 0; i < records; i++) {
            builder.append(NOW + i, null, values[i], RecordHeaders.EMPTY);
        }
        return sizeAndRelease(builder.build());
    }

    /** Visits every record, and looks at each value's first byte. */
    @Benchmark
    public long walk() {
        cursor.open(batch, 0);
        long sum = 0;
        while (cursor.next()) {
            sum += cursor.offset() + cursor.timestamp() + cursor.buffer().getByte(cursor.valueIndex());
        }
        cursor.close();
        return sum;
    }

    @Benchmark
    public boolean crc() {
        return RecordBatch.at(batch, 0).isCrcValid();
    }

    /** All that a broker checks before it appends, the CRC included. */
    @Benchmark
    public ValidBatch validate() {
        return validation.validate(RecordBatch.at(batch, 0), BatchRules.DEFAULTS, NOW);
    }

    private ByteBuf encodeFromBuffer() {
        RecordBatchBuilder builder = builder();
        for (int i = 0; i < records; i++) {
            builder.append(NOW + i, source, -1, -1, i * recordBytes, recordBytes, RecordHeaders.EMPTY);
        }
        return builder.build();
    }

    private RecordBatchBuilder builder() {
        return new RecordBatchBuilder(ByteBufAllocator.DEFAULT, compression, 0, BATCH_BYTES);
    }

    private static int sizeAndRelease(ByteBuf built) {
        int size = built.readableBytes();
        built.release();
        return size;
    }
}
