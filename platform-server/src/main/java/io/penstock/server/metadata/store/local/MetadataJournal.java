package io.penstock.server.metadata.store.local;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.penstock.core.compression.Compression;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.LogAudit;
import io.penstock.core.log.LogDefect;
import io.penstock.core.log.LogReader;
import io.penstock.core.log.LogRecovery;
import io.penstock.core.log.LogSettings;
import io.penstock.core.log.LogSlice;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.log.RecoveryPoint;
import io.penstock.core.log.RecoveryPointFile;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.NoSpaceException;
import io.penstock.core.log.segment.LogSegment;
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
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files behind the local store: a partition log whose records are {@link JournalRecord}s, and in its directory a file
 * with its recovery point. A journal of which most is dead is written anew beside the old one and takes its place by two
 * renames; whichever moment a crash picks, {@link #open} finds a whole one. Blocking; not safe for several threads.
 *
 * <p>Behind the recovery point a damaged end is a commit that a crash tore, and is cut; each commit is forced before the next one,
 * so that it has no valid one behind it. Any other damage is refused before anything is changed: topics would be missing, and their
 * partitions would be taken for strays.
 */
final class MetadataJournal implements AutoCloseable {

    /** The directory, named as a partition's. */
    static final String DIRECTORY = "__cluster_metadata-0";

    private static final Logger LOG = LoggerFactory.getLogger(MetadataJournal.class);
    private static final String REPLACED = "__cluster_metadata_replaced-0";
    static final TopicPartition PARTITION = new TopicPartition("__cluster_metadata", 0);
    private static final TopicPartition REWRITTEN = new TopicPartition("__cluster_metadata_rewritten", 0);
    private static final UUID TOPIC_ID = new UUID(0, 1);
    private static final int LEADER_EPOCH = 0;
    private static final int READ_BYTES = 1 << 20;
    private static final int ENTRIES_A_RECORD = 256;
    private static final BatchLimits LIMITS = new BatchLimits(64 << 20, 64 << 20, 1_000, 64 << 20);

    /** So much is read at most, and can be taken for torn, when the broker was not stopped. */
    private static final int BYTES_BETWEEN_POINTS = 16 << 10;

    private final LogDirectory parent;
    private PartitionLog log;

    private MetadataJournal(LogDirectory parent, PartitionLog log) {
        this.parent = parent;
        this.log = log;
    }

    /**
     * Opens the journal below a data directory, and creates it if it is missing.
     *
     * @throws PenstockException {@code CORRUPT_MESSAGE} if it is damaged where a crash can't have torn it
     */
    static MetadataJournal open(LogDirectory parent, long nowMs) throws IOException {
        ensureUndamaged(parent);
        finishRewrite(parent);
        return new MetadataJournal(parent, openLog(parent, PARTITION, nowMs));
    }

    /**
     * Looks at the whole journal as {@link #open} does, and changes nothing.
     *
     * @return what is wrong; {@link LogDefect.Part#BATCHES} keeps it from being opened
     */
    static LogAudit audit(LogDirectory parent) throws IOException {
        LogDirectory directory = parent.child(whole(parent));
        return LogAudit.ofForcedOneByOne(directory, pointOf(directory), LogSettings.DEFAULTS.indexIntervalBytes());
    }

    /** Whether nothing tells of a commit: there is no directory, or there are no files in it that do. Changes nothing. */
    static boolean isMissing(LogDirectory parent) throws IOException {
        String whole = whole(parent);
        if (!parent.children().contains(whole)) {
            return true;
        }
        return parent.child(whole).list().stream().noneMatch(name -> name.endsWith(LogSegment.LOG_SUFFIX))
                && audit(parent).defects().stream().noneMatch(defect -> defect.part() == LogDefect.Part.BATCHES);
    }

    /**
     * Opens a damaged journal by setting aside what is damaged, and keeps the commits around it.
     *
     * @param defects what {@link #audit} found
     * @return what was done
     */
    static LogRecovery repair(LogDirectory parent, List<LogDefect> defects, long nowMs) throws IOException {
        finishRewrite(parent);
        LogDirectory directory = parent.child(DIRECTORY);
        try (PartitionLog log = PartitionLog.openRepairing(
                parent, PARTITION, TOPIC_ID, LogSettings.DEFAULTS, pointOf(directory), defects, nowMs)) {
            storePoint(directory, log.checkpoint());
            return log.recovery();
        }
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
    void append(JournalRecord record, long nowMs) throws IOException {
        append(log, record, nowMs);
        log.flush();
        if (log.bytesBehindRecoveryPoint() > BYTES_BETWEEN_POINTS) {
            storePoint();
        }
    }

    private void storePoint() throws IOException {
        RecoveryPoint point = log.checkpoint();
        try {
            storePoint(parent.child(DIRECTORY), point);
        } catch (NoSpaceException e) {
            // the old one is still true, and the record is in the journal
            LOG.warn("No room for the recovery point of the metadata journal; the old one stays: {}", e.getMessage());
        }
    }

    /** Its key is the name that the directory has in service. */
    private static void storePoint(LogDirectory directory, RecoveryPoint point) throws IOException {
        RecoveryPointFile.RECOVERY_POINTS.write(directory, Map.of(PARTITION, point));
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
            storePoint(parent.child(REWRITTEN.toString()), rewritten.checkpoint());
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
        String whole = whole(parent);
        if (!whole.equals(DIRECTORY)) {
            parent.rename(whole, DIRECTORY);
            parent.force();
        }
        parent.deleteChild(REWRITTEN.toString());
        parent.deleteChild(REPLACED);
    }

    /** The directory that has all of the journal, or is to have it. */
    private static String whole(LogDirectory parent) throws IOException {
        List<String> children = parent.children();
        if (children.contains(DIRECTORY) || !children.contains(REPLACED)) {
            return DIRECTORY;
        }
        // the old journal was put aside only after the new one was complete and durable
        return children.contains(REWRITTEN.toString()) ? REWRITTEN.toString() : REPLACED;
    }

    private static PartitionLog openLog(LogDirectory parent, TopicPartition partition, long nowMs) throws IOException {
        RecoveryPoint point = pointOf(parent.child(partition.toString()));
        PartitionLog log = PartitionLog.open(parent, partition, TOPIC_ID, LogSettings.DEFAULTS, point, nowMs);
        parent.force();
        return log;
    }

    private static RecoveryPoint pointOf(LogDirectory directory) throws IOException {
        return RecoveryPointFile.RECOVERY_POINTS
                .read(directory)
                .map(points -> points.get(PARTITION))
                .orElse(RecoveryPoint.UNKNOWN);
    }

    private static void ensureUndamaged(LogDirectory parent) throws IOException {
        for (LogDefect defect : audit(parent).defects()) {
            if (defect.part() == LogDefect.Part.BATCHES) {
                throw new PenstockException(
                        ErrorCode.CORRUPT_MESSAGE,
                        "the metadata journal " + parent.path() + "/" + DIRECTORY + " is damaged at position "
                                + defect.position() + " of " + defect.file() + ", which was on the device: "
                                + defect.what() + ". " + commits(defect)
                                + " can't be read, and nothing was changed. Restore the directory from a copy; 'penstock log verify'"
                                + " tells what would be lost by 'penstock log repair'.");
            }
        }
    }

    private static String commits(LogDefect defect) {
        return defect.toOffset() > defect.fromOffset()
                ? "Commits " + defect.fromOffset() + " to " + (defect.toOffset() - 1)
                : "Commits from " + defect.fromOffset() + " on";
    }

    private static void append(PartitionLog log, JournalRecord record, long nowMs) {
        ByteBuf value = CborCodec.encode(ByteBufAllocator.DEFAULT, record);
        RecordBatchBuilder builder =
                new RecordBatchBuilder(ByteBufAllocator.DEFAULT, Compression.NONE, 0, value.readableBytes() + 128);
        try {
            builder.append(nowMs, null, ByteBufUtil.getBytes(value), RecordHeaders.EMPTY);
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

    /** After this all of it is known to be on the device. */
    @Override
    public void close() {
        log.close();
        RecoveryPoint end = log.recoveryPoint();
        if (end.isClean()) {
            try {
                storePoint(parent.child(DIRECTORY), end);
            } catch (IOException e) {
                LOG.warn("The recovery point of the metadata journal can't be written; the old one stays", e);
            }
        }
    }
}
