package io.penstock.benchmarks.parts;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.cli.perf.Payloads;
import io.penstock.core.compression.Compression;
import io.penstock.core.log.LogReader;
import io.penstock.core.log.LogSettings;
import io.penstock.core.log.LogSlice;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.model.TimestampType;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.codec.FetchElementCodec;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A broker's read of the next 256 KiB of a log, from the page cache into the buffer of a fetch element. An operation is an
 * element: four of them are a mebibyte.
 */
public class FetchSliceBenchmark extends PartBenchmark {

    private static final int ELEMENT_BYTES = 256 << 10;
    private static final int LOG_BYTES = 64 << 20;
    private static final int VALUE_BYTES = 100;
    private static final long NOW = 1_700_000_000_000L;

    /** Of the batches that a producer with little to send makes, and of one with much. */
    @Param({"20", "2000"})
    public int recordsPerBatch;

    private PartitionLog log;
    private LogReader reader;
    private long next;

    @Setup
    public void fill(ScratchDirectory scratch) throws IOException {
        log = PartitionLog.open(
                scratch.open(), new TopicPartition("measured", 0), new UUID(0, 1), LogSettings.DEFAULTS, NOW);
        Payloads payloads = Payloads.of(Payloads.Kind.text, VALUE_BYTES, false);
        while (log.sizeInBytes() < LOG_BYTES) {
            ByteBuf batch = SampleBatches.encode(payloads, recordsPerBatch, Compression.NONE, 0);
            log.append(List.of(batch), 0, NOW, TimestampType.CREATE_TIME);
            batch.release();
        }
        reader = log.newReader();
    }

    @TearDown
    public void close() {
        reader.close();
        log.close();
    }

    @Benchmark
    public int slice() {
        long end = log.snapshot().logEndOffset();
        LogSlice slice =
                reader.read(next, end, ELEMENT_BYTES, ByteBufAllocator.DEFAULT, FetchElementCodec.HEADER_BYTES);
        if (slice == null) {
            throw new IllegalStateException("nothing at offset " + next + " of " + log);
        }
        next = slice.nextOffset() == end ? 0 : slice.nextOffset();
        slice.buffer().release();
        return slice.sizeInBytes();
    }
}
