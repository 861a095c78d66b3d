package io.penstock.core.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.segment.BatchScan;
import io.penstock.core.log.segment.LogSegment;
import io.penstock.core.record.BatchLimits;
import io.penstock.core.record.RecordBatch;
import io.penstock.core.record.RecordCursor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first record of a log that has a timestamp or a later one, inside of compressed batches too. A segment that is
 * cut while it is searched is searched again.
 */
final class TimestampLookup {

    private static final BatchLimits LIMITS = BatchLimits.DEFAULTS.withMaxBatchBytes(Integer.MAX_VALUE);

    /** What one try gave: a final answer, or that the segment was cut meanwhile. */
    private record Attempt(boolean isFinal, @Nullable OffsetAndTimestamp found) {
        static final Attempt AGAIN = new Attempt(false, null);
        static final Attempt NOTHING = new Attempt(true, null);
    }

    private final PartitionLog log;

    TimestampLookup(PartitionLog log) {
        this.log = log;
    }

    @Nullable
    OffsetAndTimestamp firstOfMax() {
        long max = log.segments().all().stream()
                .mapToLong(segment -> segment.tail().maxTimestamp())
                .max()
                .orElse(RecordBatch.NO_TIMESTAMP);
        return max == RecordBatch.NO_TIMESTAMP ? null : first(max);
    }

    @Nullable
    OffsetAndTimestamp first(long timestamp) {
        Attempt attempt;
        do {
            log.ensureUsable();
            attempt = searchAll(timestamp);
        } while (!attempt.isFinal);
        return attempt.found;
    }

    private Attempt searchAll(long timestamp) {
        Attempt attempt = Attempt.NOTHING;
        for (LogSegment segment : log.segments().all()) {
            if (segment.tail().maxTimestamp() >= timestamp) {
                attempt = searchHeld(segment, timestamp);
                if (!attempt.isFinal || attempt.found != null) {
                    break;
                }
            }
        }
        return attempt;
    }

    private Attempt searchHeld(LogSegment segment, long timestamp) {
        long truncations = segment.truncations();
        if (!segment.acquire()) {
            return Attempt.AGAIN;
        }
        try {
            OffsetAndTimestamp found = search(segment, timestamp, log.snapshot().logStartOffset());
            return segment.truncations() == truncations ? new Attempt(true, found) : Attempt.AGAIN;
        } catch (IOException | PenstockException e) {
            if (segment.truncations() != truncations) {
                return Attempt.AGAIN;
            }
            throw e instanceof PenstockException known
                    ? known
                    : log.readFailed("a record from timestamp " + timestamp, (IOException) e);
        } finally {
            segment.release();
        }
    }

    /** Walks the headers from where the index points to, and the records of the first batch that can have it. */
    private @Nullable OffsetAndTimestamp search(LogSegment segment, long timestamp, long minOffset) throws IOException {
        int from = Math.max(segment.scanStartForTimestamp(timestamp), segment.scanStart(minOffset));
        BatchScan scan = segment.scan(from);
        while (scan.next()) {
            RecordBatch header = scan.batch();
            if (header.maxTimestamp() >= timestamp && header.lastOffset() >= minOffset) {
                log.countRead(header.sizeInBytes());
                OffsetAndTimestamp found = searchBatch(segment, scan, timestamp, minOffset);
                if (found != null) {
                    return found;
                }
            }
        }
        if (!scan.damage().isEmpty()) {
            throw log.corrupt(segment, scan.position(), scan.damage());
        }
        return null;
    }

    private @Nullable OffsetAndTimestamp searchBatch(LogSegment segment, BatchScan scan, long timestamp, long minOffset)
            throws IOException {
        // before memory is taken for a size that only this header vouches for
        if (!scan.isCrcValid()) {
            throw log.corrupt(segment, scan.position(), "its checksum is wrong");
        }
        RecordBatch header = scan.batch();
        ByteBuf bytes = PooledByteBufAllocator.DEFAULT.directBuffer(header.sizeInBytes());
        try (RecordCursor records = new RecordCursor(PooledByteBufAllocator.DEFAULT, LIMITS)) {
            segment.read(bytes.nioBuffer(0, header.sizeInBytes()), scan.position());
            bytes.writerIndex(header.sizeInBytes());
            records.open(bytes, 0);
            while (records.next()) {
                if (records.timestamp() >= timestamp && records.offset() >= minOffset) {
                    return new OffsetAndTimestamp(records.offset(), records.timestamp(), header.leaderEpoch());
                }
            }
            return null;
        } finally {
            bytes.release();
        }
    }
}
