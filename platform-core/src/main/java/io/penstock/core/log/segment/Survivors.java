package io.penstock.core.log.segment;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.core.log.file.LogFile;
import io.penstock.core.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks for valid batches behind damage in a log file. Where damaged batches still say how long they are, the next ones are looked
 * for behind them; else at every byte. A batch is valid if its header can be, its checksum is right, and its offsets lie behind
 * those of the batches before it and below a limit.
 */
public final class Survivors {

    private static final int WINDOW_BYTES = 64 * 1024;

    private final LogFile file;
    private final int end;
    private final long limitOffset;
    private final ByteBuffer window = ByteBuffer.allocate(WINDOW_BYTES);
    private final ByteBuf windowBytes = Unpooled.wrappedBuffer(window.array());
    private int windowStart;
    private int windowEnd;

    private Survivors(LogFile file, long limitOffset) {
        this.file = file;
        this.end = Math.toIntExact(file.size());
        this.limitOffset = limitOffset;
    }

    /**
     * Finds them in the log file of a segment.
     *
     * @param baseOffset that of the segment, where no survivor begins: a segment of survivors needs a name of its own
     * @param damage where the segment's valid batches end, in bytes
     * @param nextOffset behind the last of those
     * @param limitOffset an offset that all batches must be below
     */
    public static List<BatchRun> in(LogFile file, long baseOffset, int damage, long nextOffset, long limitOffset)
            throws IOException {
        // offsets are kept in indexes as differences of 31 bits
        long limit = Math.min(limitOffset, baseOffset + Integer.MAX_VALUE);
        return new Survivors(file, limit).behind(damage, Math.max(nextOffset, baseOffset + 1));
    }

    private List<BatchRun> behind(int damage, long minOffset) throws IOException {
        List<BatchRun> runs = new ArrayList<>();
        int from = damage;
        long next = minOffset;
        for (int found = find(from, next); found >= 0; found = find(from, next)) {
            BatchRun run = runAt(found, next);
            runs.add(run);
            from = run.end();
            next = run.nextOffset();
        }
        return runs;
    }

    private int find(int damage, long minOffset) throws IOException {
        int at = damage;
        long next = minOffset;
        while (isPlausible(at, next)) {
            RecordBatch batch = header(at);
            at += batch.sizeInBytes();
            next = batch.nextOffset();
            if (at == end || isValid(at, next)) {
                return at == end ? -1 : at;
            }
        }
        for (at = damage + 1; at <= end - RecordBatch.OVERHEAD; at++) {
            if (isPlausible(at, minOffset) && isValid(at, minOffset)) {
                return at;
            }
        }
        return -1;
    }

    private BatchRun runAt(int position, long minOffset) throws IOException {
        BatchScan scan = new BatchScan(file, position, end, minOffset);
        long base = header(position).baseOffset();
        int runEnd = position;
        long next = minOffset;
        while (scan.next() && scan.batch().lastOffset() < limitOffset && scan.isCrcValid()) {
            runEnd = scan.position() + scan.batch().sizeInBytes();
            next = scan.batch().nextOffset();
        }
        return new BatchRun(position, runEnd, base, next);
    }

    private boolean isValid(int at, long minOffset) throws IOException {
        BatchScan scan = new BatchScan(file, at, end, minOffset);
        return scan.next() && scan.batch().lastOffset() < limitOffset && scan.isCrcValid();
    }

    private boolean isPlausible(int at, long minOffset) throws IOException {
        if (end - at < RecordBatch.OVERHEAD) {
            return false;
        }
        RecordBatch batch = header(at);
        // nearly always decides, without words about why
        if (batch.magic() != RecordBatch.MAGIC) {
            return false;
        }
        return BatchScan.headerDamage(batch, end - at, minOffset).isEmpty() && batch.lastOffset() < limitOffset;
    }

    private RecordBatch header(int at) throws IOException {
        if (at < windowStart || at + RecordBatch.OVERHEAD > windowEnd) {
            window.clear().limit(Math.min(WINDOW_BYTES, end - at));
            BatchScan.readFully(file, window, at);
            windowStart = at;
            windowEnd = at + window.position();
        }
        return RecordBatch.at(windowBytes, at - windowStart);
    }
}
