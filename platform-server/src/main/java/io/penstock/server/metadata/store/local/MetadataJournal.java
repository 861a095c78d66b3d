package io.penstock.server.metadata.store.local;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.compression.Compression;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.LogReader;
import io.penstock.core.log.LogSettings;
import io.penstock.core.log.LogSlice;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.NoSpaceException;
import io.penstock.core.model.TimestampType;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.codec.CborCodec;
import io.penstock.core.record.BatchLimits;
import io.penstock.core.record.Batches;
import io.penstock.core.record.RecordBatchBuilder;
import io.penstock.core.record.RecordCursor;
import io.penstock.core.record.RecordHeaders;
import io.penstock.server.metadata.store.StoreImage;
import java.io.IOException;
import java.util.List;
import java.util.UUID;

/**
 * The files behind the local store: a partition log whose records are {@link JournalRecord}s. A journal of which most
 * is dead is written anew beside the old one and takes its place by two renames; whichever moment a crash picks, {@link
 * #open} finds a whole one. Blocking; not safe for several threads.
 */
final class MetadataJournal implements AutoCloseable {

    /** The directory, named as a partition's. */
    static final String DIRECTORY = "__cluster_metadata-0";

    private static final String REPLACED = "__cluster_metadata_replaced-0";
    private static final TopicPartition PARTITION = new TopicPartition("__cluster_metadata", 0);
    private static final TopicPartition REWRITTEN = new TopicPartition("__cluster_metadata_rewritten", 0);
    private static final UUID TOPIC_ID = new UUID(0, 1);
    private static final int LEADER_EPOCH = 0;
    private static final int READ_BYTES = 1 << 20;
    private static final int ENTRIES_A_RECORD = 256;
    private static final BatchLimits LIMITS = new BatchLimits(64 << 20, 64 << 20, 1_000, 64 << 20);

    private final LogDirectory parent;
    private PartitionLog log;

    private MetadataJournal(LogDirectory parent, PartitionLog log) {
        this.parent = parent;
        this.log = log;
    }

    /** Opens the journal below a data directory, and creates it if it is missing. */
    static MetadataJournal open(LogDirectory parent, long nowMs) throws IOException {
        finishRewrite(parent);
        return new MetadataJournal(parent, openLog(parent, PARTITION, nowMs));
    }

    /** What the journal says. */
    StoreImage replay() {
        StoreImage image = StoreImage.EMPTY;
        long end = log.snapshot().logEndOffset();
        try (LogReader reader = log.newReader();
                RecordCursor cursor = new RecordCursor(ByteBufAllocator.DEFAULT, LIMITS)) {
            long offset = log.snapshot().logStartOffset();
            while (offset < end) {
                LogSlice slice = reader.read(offset, end, READ_BYTES, ByteBufAllocator.DEFAULT, 0);
                if (slice == null) {
                    break;
                }
                try {
                    image = replay(slice.buffer(), cursor, image);
                } finally {
                    slice.buffer().release();
                }
                offset = slice.nextOffset();
            }
        }
        return image;
    }

    private static StoreImage replay(ByteBuf buffer, RecordCursor cursor, StoreImage before) {
        StoreImage image = before;
        Batches batches = new Batches(buffer);
        while (batches.next()) {
            batches.batch().ensureValid(LIMITS);
            cursor.open(buffer, batches.batch().index());
            while (cursor.next()) {
                ByteBuf value = cursor.buffer().slice(cursor.valueIndex(), cursor.valueLength());
                image = CborCodec.decode(value, JournalRecord.class).appliedTo(image);
            }
        }
        return image;
    }

    /** Adds a record; it is durable when this returns. */
    void append(JournalRecord record, long nowMs) {
        append(log, record, nowMs);
        log.flush();
    }

    long sizeInBytes() {
        return log.sizeInBytes();
    }

    /**
     * Writes a journal of nothing but the image's entries, and puts it in this one's place.
     *
     * @throws NoSpaceException if there is no room for both; this journal is as it was then
     */
    void rewrite(StoreImage image, long nowMs) throws IOException {
        try {
            writeBeside(image, nowMs);
        } catch (NoSpaceException e) {
            parent.deleteChild(REWRITTEN.toString());
            throw e;
        } catch (PenstockException e) {
            if (e.code() == ErrorCode.STORAGE_FULL) {
                parent.deleteChild(REWRITTEN.toString());
                throw new NoSpaceException(String.valueOf(e.getMessage()), e);
            }
            throw e;
        }
        takePlace(nowMs);
    }

    private void writeBeside(StoreImage image, long nowMs) throws IOException {
        parent.deleteChild(REWRITTEN.toString());
        try (PartitionLog rewritten = openLog(parent, REWRITTEN, nowMs)) {
            List<JournalRecord.Change> all =
                    JournalRecord.between(StoreImage.EMPTY, image).changes();
            for (int from = 0; from < all.size() || from == 0; from += ENTRIES_A_RECORD) {
                List<JournalRecord.Change> some = all.subList(from, Math.min(all.size(), from + ENTRIES_A_RECORD));
                append(rewritten, new JournalRecord(image.revision(), some), nowMs);
            }
            rewritten.flush();
        }
    }

    private void takePlace(long nowMs) throws IOException {
        log.close();
        parent.force();
        parent.rename(DIRECTORY, REPLACED);
        parent.rename(REWRITTEN.toString(), DIRECTORY);
        parent.force();
        log = openLog(parent, PARTITION, nowMs);
        parent.deleteChild(REPLACED);
    }

    /** Brings the directories into order after a crash in the middle of a rewrite. */
    private static void finishRewrite(LogDirectory parent) throws IOException {
        List<String> children = parent.children();
        if (!children.contains(DIRECTORY) && children.contains(REPLACED)) {
            // the old journal was put aside only after the new one was complete and durable
            String whole = children.contains(REWRITTEN.toString()) ? REWRITTEN.toString() : REPLACED;
            parent.rename(whole, DIRECTORY);
            parent.force();
        }
        parent.deleteChild(REWRITTEN.toString());
        parent.deleteChild(REPLACED);
    }

    private static PartitionLog openLog(LogDirectory parent, TopicPartition partition, long nowMs) throws IOException {
        PartitionLog log = PartitionLog.open(parent, partition, TOPIC_ID, LogSettings.DEFAULTS, nowMs);
        parent.force();
        return log;
    }

    private static void append(PartitionLog log, JournalRecord record, long nowMs) {
        ByteBuf value = CborCodec.encode(ByteBufAllocator.DEFAULT, record);
        RecordBatchBuilder builder =
                new RecordBatchBuilder(ByteBufAllocator.DEFAULT, Compression.NONE, 0, value.readableBytes() + 128);
        try {
            builder.append(nowMs, value, 0, -1, value.readerIndex(), value.readableBytes(), RecordHeaders.EMPTY);
            ByteBuf batch = builder.build();
            try {
                log.append(List.of(batch), LEADER_EPOCH, nowMs, TimestampType.CREATE_TIME);
            } finally {
                batch.release();
            }
        } finally {
            builder.release();
            value.release();
        }
    }

    @Override
    public void close() {
        log.close();
    }
}
