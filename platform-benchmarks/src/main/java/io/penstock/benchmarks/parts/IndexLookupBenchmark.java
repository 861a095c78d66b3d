package io.penstock.benchmarks.parts;

import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.index.OffsetIndex;
import io.penstock.core.log.index.OffsetPosition;
import io.penstock.core.log.index.TimeIndex;
import io.penstock.core.log.index.TimestampOffset;
import java.io.IOException;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Where in a segment of 1 GiB an offset or a time is, anywhere in it, by indexes in the page cache. An operation is a lookup.
 */
public class IndexLookupBenchmark extends PartBenchmark {

    private static final long BASE_OFFSET = 1_000_000_000;
    private static final long BASE_TIMESTAMP = 1_700_000_000_000L;
    private static final int SEGMENT_BYTES = 1 << 30;
    private static final int RECORDS_PER_ENTRY = 40;

    /** For batches of 256 KiB, and for as many entries as {@code index.interval.bytes} allows. */
    @Param({"4096", "262144"})
    public int entries;

    private final SplittableRandom random = new SplittableRandom(1);
    private OffsetIndex offsets;
    private TimeIndex times;

    @Setup
    public void fill(ScratchDirectory scratch) throws IOException {
        LogDirectory directory = scratch.open();
        offsets = new OffsetIndex(directory.open("0.index"), BASE_OFFSET, SEGMENT_BYTES);
        times = new TimeIndex(directory.open("0.timeindex"), BASE_OFFSET, SEGMENT_BYTES);
        for (int i = 0; i < entries; i++) {
            long offset = BASE_OFFSET + (long) i * RECORDS_PER_ENTRY;
            offsets.append(offset, i * (SEGMENT_BYTES / entries));
            times.append(BASE_TIMESTAMP + i, offset);
        }
    }

    @TearDown
    public void close() throws IOException {
        offsets.close();
        times.close();
    }

    @Benchmark
    public OffsetPosition offset() throws IOException {
        return offsets.floor(BASE_OFFSET + random.nextLong((long) entries * RECORDS_PER_ENTRY));
    }

    @Benchmark
    public TimestampOffset timestamp() throws IOException {
        return times.floor(BASE_TIMESTAMP + random.nextInt(entries));
    }
}
