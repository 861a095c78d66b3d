package io.penstock.core.log;

import io.netty.buffer.ByteBuf;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.NoSpaceException;
import io.penstock.core.log.file.TooManyOpenFilesException;
import io.penstock.core.log.segment.LogSegment;
import io.penstock.core.record.RecordBatch;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The files of a log as one: written at the end, rolled, cut and forced. Knows of positions and rolling, and of no
 * watermark, epoch or caller. One writer at a time; {@link #force} may run beside it, and {@link #list()} is for anybody.
 */
final class LogSegments {

    private final LogDirectory directory;
    private volatile LogSettings settings;
    private volatile SegmentList list;

    LogSegments(LogDirectory directory, LogSettings settings, SegmentList list) {
        this.directory = directory;
        this.settings = settings;
        this.list = list;
    }

    /** The segments of this moment. */
    SegmentList list() {
        return list;
    }

    LogSettings settings() {
        return settings;
    }

    void settings(LogSettings newSettings) {
        settings = newSettings;
    }

    /**
     * Writes what fits into the active segment at once, rolls, and so on.
     *
     * @throws ForceFailedException if the log must be given up
     * @throws TooManyOpenFilesException as other {@link IOException}s; the active segment tells whether anything was written
     * @throws IOException if not all was written; {@link #cutTo} the old end then
     */
    void append(List<ByteBuf> batches, long nowMs) throws IOException {
        int from = 0;
        int waiting = 0;
        for (int i = 0; i < batches.size(); i++) {
            ByteBuf buffer = batches.get(i);
            RecordBatch batch = RecordBatch.at(buffer, buffer.readerIndex());
            if (settings.mustRoll(list.active(), waiting, batch, nowMs)) {
                if (i > from) {
                    list.active().append(batches.subList(from, i));
                }
                roll(batch.baseOffset(), nowMs);
                from = i;
                waiting = 0;
            }
            waiting += batch.sizeInBytes();
        }
        list.active().append(batches.subList(from, batches.size()));
    }

    /** Ends the active segment, durably, before there is another: only the last segment can have a torn tail. */
    private void roll(long baseOffset, long nowMs) throws IOException {
        seal();
        list = list.with(create(baseOffset, nowMs));
        forceNames();
    }

    /** An empty segment. If that fails, nothing is left of it, or the log must be given up. */
    private LogSegment create(long baseOffset, long nowMs) throws IOException {
        try {
            return LogSegment.open(
                    directory, baseOffset, settings.indexIntervalBytes(), settings.segmentIndexBytes(), nowMs);
        } catch (IOException e) {
            try {
                LogSegment.discard(directory, baseOffset);
            } catch (IOException left) {
                left.addSuppressed(e);
                throw new ForceFailedException(directory.path(), left);
            }
            throw e;
        }
    }

    /** Makes the last index entries of the active segment, and everything in it durable. */
    void seal() throws IOException {
        LogSegment active = list.active();
        try {
            active.seal();
        } catch (NoSpaceException | TooManyOpenFilesException e) {
            throw e;
        } catch (IOException e) {
            throw new ForceFailedException(active.toString(), e);
        }
    }

    private void forceNames() throws ForceFailedException {
        try {
            directory.force();
        } catch (IOException e) {
            throw new ForceFailedException(directory.path(), e);
        }
    }

    /**
     * Cuts every batch that has the offset or a greater one, durably: what was cut does not come back.
     *
     * @return the offset at which the next batch may begin
     */
    long cutTo(long offset) throws IOException {
        List<LogSegment> all = list.all();
        SegmentList kept = list.upTo(offset);
        int keptCount = kept.all().size();
        list = kept;
        // from the end, each durably before the next: whatever moment a crash picks, there is no hole in the log
        for (int i = all.size() - 1; i >= keptCount; i--) {
            all.get(i).delete();
            forceNames();
        }
        return kept.active().truncateTo(offset);
    }

    /**
     * Ends the active segment, if it has batches, and begins another at the log's end.
     *
     * @throws ForceFailedException if the log must be given up
     * @throws IOException if there is no new one; the old one goes on then
     */
    void rollAt(long baseOffset, long nowMs) throws IOException {
        if (list.active().baseOffset() < baseOffset) {
            roll(baseOffset, nowMs);
        }
    }

    /** Takes the segments out of the log whose every offset is less; never the active one. They are held: release them. */
    List<LogSegment> deleteBefore(long offset) throws IOException {
        List<LogSegment> all = list.all();
        SegmentList kept = list.endingAfter(offset);
        list = kept;
        List<LogSegment> deleted = all.subList(0, all.size() - kept.all().size());
        for (LogSegment segment : deleted) {
            segment.acquire();
            segment.delete();
        }
        if (!deleted.isEmpty()) {
            forceNames();
        }
        return deleted;
    }

    /**
     * Puts a segment that was written beside the log in the place of neighbours. A crash before the first force leaves
     * the old ones; after it, opening the log completes the rest.
     *
     * @param neighbours rolled segments of this log, whose offsets the other one covers
     * @param cleaned complete and forced, under names with {@link LogSegment#CLEANED_SUFFIX}
     */
    void replace(List<LogSegment> neighbours, LogSegment cleaned) throws IOException {
        SegmentSwap.replace(directory, neighbours, cleaned, () -> list = list.replacing(neighbours, cleaned));
    }

    /**
     * Makes everything from an offset on durable that was appended before this call.
     *
     * @throws ForceFailedException if the log must be given up
     * @throws TooManyOpenFilesException if nothing can be said yet
     */
    void force(long from) throws ForceFailedException, TooManyOpenFilesException {
        for (LogSegment segment : list.from(from)) {
            if (segment.acquire()) {
                try {
                    segment.force();
                } catch (TooManyOpenFilesException e) {
                    throw e;
                } catch (IOException e) {
                    throw new ForceFailedException(segment.toString(), e);
                } finally {
                    segment.release();
                }
            }
        }
    }

    /** Makes the index entries of a segment durable that were made before this call. */
    void forceIndexes(long baseOffset) throws ForceFailedException, TooManyOpenFilesException {
        LogSegment segment = list.floor(baseOffset);
        if (segment.acquire()) {
            try {
                segment.forceIndexes();
            } catch (TooManyOpenFilesException e) {
                throw e;
            } catch (IOException e) {
                throw new ForceFailedException("the indexes of " + segment, e);
            } finally {
                segment.release();
            }
        }
    }

    /** Says that nobody is about to use the files. */
    void rest() {
        list.all().forEach(LogSegment::rest);
    }

    /**
     * Gives all segments up, once.
     *
     * @param afterwards is run when the last reader has let go of the last of them
     */
    void close(Runnable afterwards) {
        List<LogSegment> all = list.all();
        AtomicInteger open = new AtomicInteger(all.size());
        for (LogSegment segment : all) {
            segment.close(() -> {
                if (open.decrementAndGet() == 0) {
                    afterwards.run();
                }
            });
        }
    }
}
