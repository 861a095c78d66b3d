package io.penstock.benchmarks.parts;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.cli.perf.Payloads;
import io.penstock.core.compression.Compression;
import io.penstock.core.record.BatchLimits;
import io.penstock.core.record.BatchRules;
import io.penstock.core.record.BatchValidation;
import io.penstock.core.record.RecordBatch;
import io.penstock.core.record.RecordCursor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/** Batches of 256 KiB: building, walking through, checksum, and a broker's full check. An operation is a record. */
@OperationsPerInvocation(SampleBatches.RECORDS)
public class RecordBatchBenchmark extends PartBenchmark {

    private static final long NOW = 1_700_000_000_000L;

    @Param({"100", "1024"})
    public int valueBytes;

    @Param({"NONE", "LZ4", "ZSTD"})
    public Compression compression;

    private final RecordCursor cursor = new RecordCursor(ByteBufAllocator.DEFAULT, BatchLimits.DEFAULTS);
    private final BatchValidation validation = new BatchValidation(ByteBufAllocator.DEFAULT);
    private Payloads payloads;
    private byte[] copied;
    private SampleBatches batches;

    @Setup
    public void make() {
        payloads = Payloads.of(Payloads.Kind.realistic, valueBytes, true);
        copied = new byte[valueBytes];
        batches = new SampleBatches(Payloads.Kind.realistic, valueBytes, compression, 0);
    }

    @TearDown
    public void release() {
        batches.release();
    }

    /** Picks values and copies them: {@link #encode} waits for the same memory, and can do less meanwhile. */
    @Benchmark
    public byte[] copy() {
        for (int i = 0; i < SampleBatches.RECORDS; i++) {
            System.arraycopy(payloads.next(), 0, copied, 0, valueBytes);
        }
        return copied;
    }

    /** Builds batches of values that are serialized. */
    @Benchmark
    public void encode(Blackhole sink) {
        int count = batches.perInvocation();
        for (int i = 0; i < count; i++) {
            ByteBuf built = SampleBatches.encode(payloads, SampleBatches.RECORDS / count, compression, 0);
            sink.consume(built.readableBytes());
            built.release();
        }
    }

    /** Visits every record, and looks at each value's first byte. */
    @Benchmark
    public long walk() {
        long sum = 0;
        for (int i = 0; i < batches.perInvocation(); i++) {
            cursor.open(batches.next(), 0);
            while (cursor.next()) {
                sum += cursor.offset() + cursor.timestamp() + cursor.buffer().getByte(cursor.valueIndex());
            }
            cursor.close();
        }
        return sum;
    }

    @Benchmark
    public void crc(Blackhole sink) {
        for (int i = 0; i < batches.perInvocation(); i++) {
            sink.consume(RecordBatch.at(batches.next(), 0).isCrcValid());
        }
    }

    /** All that a broker checks before it appends, the CRC included. */
    @Benchmark
    public void validate(Blackhole sink) {
        for (int i = 0; i < batches.perInvocation(); i++) {
            sink.consume(validation.validate(RecordBatch.at(batches.next(), 0), BatchRules.DEFAULTS, NOW));
        }
    }
}
