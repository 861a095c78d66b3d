package io.penstock.benchmarks.parts;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.cli.perf.Payloads;
import io.penstock.core.compression.Compression;
import io.penstock.core.record.RecordBatch;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** The records of a batch of 256 KiB there and back. An operation is a batch: four of them are a mebibyte. */
public class CodecBenchmark extends PartBenchmark {

    private static final int VALUE_BYTES = 1024;

    @Param({"ZSTD", "LZ4", "GZIP", "SNAPPY"})
    public Compression compression;

    @Param({"realistic", "text"})
    public Payloads.Kind payload;

    private final List<ByteBuf> plain = new ArrayList<>();
    private final List<ByteBuf> compressed = new ArrayList<>();
    private final ByteBuf target = ByteBufAllocator.DEFAULT.directBuffer(2 * SampleBatches.BATCH_BYTES);
    private int next;

    @Setup
    public void compressAll() {
        SampleBatches batches = new SampleBatches(payload, VALUE_BYTES, Compression.NONE, 0);
        for (ByteBuf batch : batches.all()) {
            ByteBuf records = batch.skipBytes(RecordBatch.OVERHEAD);
            ByteBuf smaller = ByteBufAllocator.DEFAULT.directBuffer();
            compression.compress(records, smaller);
            plain.add(records);
            compressed.add(smaller);
        }
    }

    @TearDown
    public void release() {
        plain.forEach(ByteBuf::release);
        compressed.forEach(ByteBuf::release);
        target.release();
    }

    @Benchmark
    public int compress() {
        target.clear();
        compression.compress(plain.get(turn()), target);
        return target.readableBytes();
    }

    @Benchmark
    public int decompress() {
        ByteBuf records =
                compression.decompress(compressed.get(turn()), ByteBufAllocator.DEFAULT, SampleBatches.BATCH_BYTES);
        int size = records.readableBytes();
        records.release();
        return size;
    }

    private int turn() {
        next = next + 1 == plain.size() ? 0 : next + 1;
        return next;
    }
}
