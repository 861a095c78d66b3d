package io.penstock.benchmarks.parts;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.cli.perf.Payloads;
import io.penstock.core.compression.Compression;
import io.penstock.core.record.RecordBatchBuilder;
import io.penstock.core.record.RecordHeaders;
import java.util.ArrayList;
import java.util.List;

/**
 * Batches of the values that {@code penstock perf} sends, as a producer makes them. There are several mebibytes of them, and
 * they are given in turn, so that the processor's own caches do not have the next one. Not thread-safe.
 */
public final class SampleBatches {

    /** On how many records a benchmark works in one invocation: one batch, or the next few. */
    public static final int RECORDS = 2_000;

    /** The most bytes of a batch that is not compressed, about. */
    public static final int BATCH_BYTES = 256 << 10;

    private static final int RECORD_OVERHEAD = 12;
    private static final int POOL_BYTES = 8 << 20;
    private static final long TIMESTAMP = 1_700_000_000_000L;

    private final List<ByteBuf> batches = new ArrayList<>();
    private final int perInvocation;
    private int next;

    /**
     * Makes them.
     *
     * @param headroomBytes bytes left free before each batch
     */
    public SampleBatches(Payloads.Kind kind, int valueBytes, Compression compression, int headroomBytes) {
        Payloads payloads = Payloads.of(kind, valueBytes, true);
        perInvocation = perInvocation(valueBytes);
        for (int bytes = 0; bytes < POOL_BYTES; bytes += RECORDS / perInvocation * valueBytes) {
            batches.add(encode(payloads, RECORDS / perInvocation, compression, headroomBytes));
        }
    }

    /** How many batches {@value #RECORDS} records are: as few as hold the same number of them each. */
    public static int perInvocation(int valueBytes) {
        int batches = 1;
        while (RECORDS % batches != 0 || RECORDS / batches * (valueBytes + RECORD_OVERHEAD) > BATCH_BYTES) {
            batches++;
        }
        return batches;
    }

    /** A batch of the next values, behind the headroom; the caller releases it. */
    static ByteBuf encode(Payloads payloads, int records, Compression compression, int headroomBytes) {
        RecordBatchBuilder builder =
                new RecordBatchBuilder(ByteBufAllocator.DEFAULT, compression, headroomBytes, BATCH_BYTES);
        for (int i = 0; i < records; i++) {
            byte[] value = payloads.next();
            builder.append(TIMESTAMP + i, value, 0, -1, 0, value.length, RecordHeaders.EMPTY);
        }
        return builder.build();
    }

    /** All of them, which stay owned here. */
    public List<ByteBuf> all() {
        return batches;
    }

    /** How many batches are {@value #RECORDS} records. */
    public int perInvocation() {
        return perInvocation;
    }

    /** The next one, which stays owned here. */
    public ByteBuf next() {
        ByteBuf batch = batches.get(next);
        next = next + 1 == batches.size() ? 0 : next + 1;
        return batch;
    }

    public void release() {
        batches.forEach(ByteBuf::release);
    }
}
