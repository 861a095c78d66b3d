package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.core.log.producer.ProducerEntry;
import io.penstock.core.log.producer.ProducerStates;
import io.penstock.core.log.producer.SequencedBatch;
import io.penstock.core.log.segment.LogSegment;
import io.penstock.core.record.Batches;
import io.penstock.core.record.RecordBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the log of a partition may have: the batches that were appended, of which a crash may take any from the end, but
 * none that was acknowledged or shown to a consumer; retention and deletion take whole segments from the start, and a compaction
 * records of which a later one has the key. {@link #check} holds a log and its files to that.
 */
final class LogModel {

    /**
     * A batch as it must lie in the file: as it was appended, or as a compaction has left it.
     *
     * @param maxTimestamp as its header says
     */
    record Entry(
            byte[] bytes, long baseOffset, long lastOffset, int epoch, long maxTimestamp, List<StoredRecord> records) {

        static Entry of(byte[] bytes) {
            RecordBatch header = headerOf(bytes);
            return new Entry(
                    bytes,
                    header.baseOffset(),
                    header.lastOffset(),
                    header.leaderEpoch(),
                    header.maxTimestamp(),
                    StoredRecord.ofBatch(bytes));
        }

        RecordBatch header() {
            return headerOf(bytes);
        }

        private static RecordBatch headerOf(byte[] bytes) {
            return RecordBatch.at(Unpooled.wrappedBuffer(bytes), 0);
        }

        /** From when on its tombstones may go; never, before a compaction has seen them. */
        long deleteHorizon() {
            RecordBatch header = header();
            return header.hasDeleteHorizon() ? header.baseTimestamp() : Long.MAX_VALUE;
        }

        /** Whether another one has the same place in the log, and tells the same of its producer. */
        boolean isOfTheSameBatch(Entry other) {
            RecordBatch mine = header();
            RecordBatch others = other.header();
            return baseOffset == other.baseOffset
                    && lastOffset == other.lastOffset
                    && epoch == other.epoch
                    && mine.producerId() == others.producerId()
                    && mine.producerEpoch() == others.producerEpoch()
                    && mine.baseSequence() == others.baseSequence();
        }
    }

    /** On the heap where it has the choice, and without the search for leaks, which would be most of the time. */
    static final ByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(false, true);

    /** What is in the log. */
    final List<Entry> entries = new ArrayList<>();

    /** The same as it was appended: what a compaction takes was there for all that. */
    private final List<Entry> history = new ArrayList<>();

    /** At which offset each leader epoch began. */
    private final NavigableMap<Integer, Long> epochStarts = new TreeMap<>();

    /** What was acknowledged as durable ends here. */
    long acknowledged;

    /** What a consumer was shown ends here. */
    long shown;

    /** At least from here on nothing is served any more. */
    long start;

    /** The start that was asked for last; a crash may have come before it was noted. */
    long wantedStart;

    /** Before it compactions may have been: all of that was shown to consumers when they began. */
    private long compactable;

    /** When the last compaction began. */
    private long compactedMs;

    /** How long it lets tombstones stay from then on. */
    private long deleteRetentionMs;

    /** Where a log begins that has no batches. */
    private long base;

    long end() {
        return entries.isEmpty() ? base : entries.get(entries.size() - 1).lastOffset + 1;
    }

    int latestEpoch() {
        return entries.isEmpty() ? 0 : entries.get(entries.size() - 1).epoch;
    }

    /** Takes a batch up as the next one. */
    void add(ByteBuf batch, int epoch) {
        byte[] bytes = new byte[batch.readableBytes()];
        batch.getBytes(batch.readerIndex(), bytes);
        RecordBatch header = RecordBatch.at(Unpooled.wrappedBuffer(bytes), 0);
        header.setBaseOffset(end());
        header.setLeaderEpoch(epoch);
        Entry entry = Entry.of(bytes);
        entries.add(entry);
        history.add(entry);
        epochStarts.putIfAbsent(epoch, entry.baseOffset);
    }

    /** Below it nothing is ever cut: it is committed, and was deleted or compacted as such. */
    long leastEnd() {
        return Math.max(wantedStart, compactable);
    }

    /** A compaction begins. */
    void compacting(long nowMs, long newDeleteRetentionMs) {
        compactable = Math.max(compactable, shown);
        compactedMs = nowMs;
        deleteRetentionMs = newDeleteRetentionMs;
    }

    /** The end that a truncation to an offset gives. */
    long endIfCutTo(long offset) {
        long end = Math.min(offset, end());
        for (Entry entry : entries) {
            if (entry.lastOffset >= offset) {
                return Math.min(end, entry.baseOffset);
            }
        }
        return end;
    }

    /** Nobody is promised any more what lies behind an offset. */
    void release(long offset) {
        acknowledged = Math.min(acknowledged, offset);
        shown = Math.min(shown, offset);
    }

    /** What lies behind an offset is gone. */
    void cut(long offset) {
        entries.removeIf(entry -> entry.lastOffset >= offset);
        history.removeIf(entry -> entry.lastOffset >= offset);
        epochStarts.values().removeIf(begin -> begin >= end());
        release(offset);
    }

    /** What comes next of a producer. */
    int nextSequence(long producerId) {
        return producers().entries().stream()
                .filter(entry -> entry.producerId() == producerId)
                .mapToInt(entry -> last(entry).lastSequence() + 1)
                .findFirst()
                .orElse(0);
    }

    /** What the batches say of their producers, also those that are not served any more. */
    private ProducerStates producers() {
        ProducerStates states = new ProducerStates(0);
        for (Entry entry : history) {
            states.append(entry.header(), LogFixture.NOW);
        }
        return states;
    }

    private static SequencedBatch last(ProducerEntry entry) {
        return entry.batches().get(entry.batches().size() - 1);
    }

    private static List<SequencedBatch> newest(ProducerEntry entry, int count) {
        List<SequencedBatch> batches = entry.batches();
        return batches.subList(batches.size() - count, batches.size());
    }

    private void checkProducers(PartitionLog log) {
        List<ProducerEntry> expected = producers().entries();
        List<ProducerEntry> found = log.producers();
        long first = log.extents().get(0).baseOffset();
        if (first == 0 && compactable == 0) {
            assertThat(found).as("what is known of producers").isEqualTo(expected);
            return;
        }
        // of what was deleted a snapshot may tell or not, and of what was compacted the last batch is sure to be known
        for (ProducerEntry producer : expected) {
            Optional<ProducerEntry> same = found.stream()
                    .filter(each -> each.producerId() == producer.producerId())
                    .findFirst();
            if (last(producer).baseOffset() >= first) {
                assertThat(same).as("what is known of %s", producer).isPresent();
            }
            same.ifPresent(each -> {
                int common = compactable > 0
                        ? 1
                        : Math.min(each.batches().size(), producer.batches().size());
                assertThat(newest(each, common))
                        .as("what is known of %s", producer)
                        .isEqualTo(newest(producer, common));
            });
        }
    }

    /** Compares a log that was just opened, and takes its end for the truth. */
    void check(PartitionLog log, Map<String, byte[]> files) {
        long end = log.snapshot().logEndOffset();
        assertThat(end).as("log end offset, what was acknowledged").isGreaterThanOrEqualTo(acknowledged);
        assertThat(end).as("log end offset, what was shown to consumers").isGreaterThanOrEqualTo(shown);
        assertThat(end).as("log end offset, what was appended").isLessThanOrEqualTo(end());
        cut(end);
        assertThat(end()).as("a batch ends where the log ends").isEqualTo(end);
        checkStart(log);
        takeCompacted(log, files);
        checkBatches(log);
        checkFiles(log, files);
        checkLookups(log);
        checkEpochs(log);
        checkProducers(log);
    }

    /** Whole segments may be gone that lie before the start, and no others. */
    private void checkStart(PartitionLog log) {
        long found = log.snapshot().logStartOffset();
        assertThat(found).as("log start offset").isBetween(start, wantedStart);
        start = found;
        wantedStart = found;
        long first = log.extents().get(0).baseOffset();
        assertThat(first).as("base offset of the first segment").isLessThanOrEqualTo(found);
        entries.removeIf(entry -> entry.lastOffset < first);
        history.removeIf(entry -> entry.lastOffset < first);
        base = first;
    }

    /** Batches may be smaller or gone where a compaction may have been, as far as it could take their records. */
    private void takeCompacted(PartitionLog log, Map<String, byte[]> files) {
        if (compactable == 0) {
            return;
        }
        Map<Long, byte[]> found = batches(log, files);
        Map<String, Long> newest = newestOffsets(compactable);
        List<Entry> before = List.copyOf(entries);
        entries.clear();
        for (Entry entry : before) {
            byte[] bytes = found.remove(entry.baseOffset);
            if (Arrays.equals(bytes, entry.bytes)) {
                entries.add(entry);
                continue;
            }
            Entry left = bytes == null ? null : Entry.of(bytes);
            checkCompacted(entry, left, newest);
            if (left != null) {
                entries.add(left);
            }
        }
        assertThat(found.keySet())
                .as("base offsets of batches that nobody appended")
                .isEmpty();
        newestOffsets(compactable)
                .forEach((key, offset) -> assertThat(newest.get(key))
                        .as("offset of the newest record of %s, of which one is left at %s", key, offset)
                        .isEqualTo(offset));
    }

    private static Map<Long, byte[]> batches(PartitionLog log, Map<String, byte[]> files) {
        Map<Long, byte[]> found = new TreeMap<>();
        for (SegmentExtent extent : log.extents()) {
            byte[] content = bytes(files, fileName(log, extent.baseOffset()) + ".log");
            Batches batches = new Batches(Unpooled.wrappedBuffer(content));
            while (batches.next()) {
                int from = batches.batch().index();
                found.put(
                        batches.batch().baseOffset(),
                        Arrays.copyOfRange(content, from, from + batches.batch().sizeInBytes()));
            }
        }
        return found;
    }

    /** The newest record of each key, of those that can be read before an offset. */
    private Map<String, Long> newestOffsets(long before) {
        Map<String, Long> newest = new TreeMap<>();
        for (Entry entry : entries) {
            for (StoredRecord record : entry.records) {
                if (record.offset() >= start && record.offset() < before && record.key() != null) {
                    newest.put(record.key(), record.offset());
                }
            }
        }
        return newest;
    }

    /** @param left what is found of the batch, null if nothing is */
    private void checkCompacted(Entry entry, @Nullable Entry left, Map<String, Long> newest) {
        assertThat(entry.lastOffset)
                .as("last offset of a batch that was compacted, of what was committed")
                .isLessThan(compactable);
        List<StoredRecord> gone = new ArrayList<>(entry.records);
        if (left != null) {
            assertThat(left.isOfTheSameBatch(entry))
                    .as("whether %s and %s are of the same batch", left, entry)
                    .isTrue();
            assertThat(entry.records)
                    .as("records before the compaction of a batch")
                    .containsAll(left.records);
            assertThat(left.deleteHorizon())
                    .as("from when on tombstones of %s may go", left)
                    .isIn(
                            entry.deleteHorizon(),
                            left.records.isEmpty() ? Long.MAX_VALUE : compactedMs + deleteRetentionMs);
            gone.removeAll(left.records);
        }
        for (StoredRecord record : gone) {
            boolean isReplaced = newest.getOrDefault(record.key(), 0L) > record.offset();
            boolean isOver = record.isTombstone() && entry.deleteHorizon() <= compactedMs;
            assertThat(isReplaced || isOver || record.offset() < start)
                    .as(
                            "whether %s, which is gone, has a later one of its key that was committed, or has waited for long"
                                    + " enough",
                            record)
                    .isTrue();
        }
    }

    /** A compaction came to its end: before an offset there is no more than the newest record of each key. */
    void checkCompactedTo(long offset) {
        Map<String, Long> newest = newestOffsets(offset);
        for (Entry entry : entries) {
            for (StoredRecord record : entry.records) {
                if (record.offset() >= start && record.offset() < offset) {
                    assertThat(record.offset())
                            .as("offset of %s, before offset %s to which was compacted", record, offset)
                            .isEqualTo(newest.get(record.key()));
                }
            }
        }
    }

    /** Retention is about to move the start: what goes must be old enough, or have enough behind it. */
    void checkMayGo(long newStart, Retention retention, long nowMs) {
        assertThat(newStart).as("start by retention, what was shown").isLessThanOrEqualTo(shown);
        long behind = 0;
        for (int i = entries.size() - 1; i >= 0; i--) {
            Entry entry = entries.get(i);
            if (entry.lastOffset < newStart && entry.lastOffset >= start) {
                boolean isOld = retention.retentionMs() >= 0 && nowMs - entry.maxTimestamp > retention.retentionMs();
                boolean isTooMuch = retention.retentionBytes() >= 0 && behind >= retention.retentionBytes();
                assertThat(isOld || isTooMuch)
                        .as("whether %s may go by %s at %s, with %s bytes behind it", entry, retention, nowMs, behind)
                        .isTrue();
            }
            behind += entry.bytes.length;
        }
    }

    private void checkBatches(PartitionLog log) {
        ByteBuf expected = Unpooled.buffer();
        entries.stream().filter(entry -> entry.lastOffset >= start).forEach(entry -> expected.writeBytes(entry.bytes));
        ByteBuf actual = Unpooled.buffer();
        try (LogReader reader = log.newReader()) {
            long next = log.snapshot().logStartOffset();
            LogSlice slice;
            while ((slice = reader.read(next, end(), 700, ALLOCATOR, 0)) != null) {
                actual.writeBytes(slice.buffer());
                next = slice.nextOffset();
                slice.buffer().release();
            }
            assertThat(next).as("where reading ended").isEqualTo(end());
        }
        assertThat(actual.equals(expected))
                .as("the bytes read are those appended")
                .isTrue();
    }

    private void checkFiles(PartitionLog log, Map<String, byte[]> files) {
        List<SegmentExtent> extents = log.extents();
        for (int i = 0; i < extents.size(); i++) {
            long from = extents.get(i).baseOffset();
            long to = i + 1 < extents.size() ? extents.get(i + 1).baseOffset() : Long.MAX_VALUE;
            List<Entry> in = entries.stream()
                    .filter(entry -> entry.baseOffset >= from && entry.baseOffset < to)
                    .toList();
            String name = fileName(log, from);
            int[] positions = new int[in.size()];
            ByteBuf content = Unpooled.buffer();
            for (int j = 0; j < positions.length; j++) {
                positions[j] = content.writerIndex();
                content.writeBytes(in.get(j).bytes);
            }
            assertThat(Unpooled.wrappedBuffer(bytes(files, name + ".log")).equals(content))
                    .as("%s.log has the batches and nothing else", name)
                    .isTrue();
            checkOffsetIndex(name, bytes(files, name + ".index"), from, in, positions);
            checkTimeIndex(name, bytes(files, name + ".timeindex"), from, in, to != Long.MAX_VALUE);
        }
    }

    /** When a log is opened, what was interrupted is brought to its end, and what waited for another segment is done. */
    static void checkLeftovers(PartitionLog log, Map<String, byte[]> files) {
        List<SegmentExtent> extents = log.extents();
        long start = log.snapshot().logStartOffset();
        assertThat(extents.size() == 1 || extents.get(1).baseOffset() > start)
                .as("whether %s has segments that are before offset %s as a whole", extents, start)
                .isTrue();
        assertThat(files.keySet())
                .as("the files on disk")
                .noneMatch(path -> path.startsWith(log.partition() + "/")
                        && (path.endsWith(LogSegment.CLEANED_SUFFIX)
                                || path.endsWith(LogSegment.SWAP_SUFFIX)
                                || path.endsWith(LogSegment.DELETED_SUFFIX)));
    }

    private static String fileName(PartitionLog log, long baseOffset) {
        return log.partition() + "/" + String.format("%020d", baseOffset);
    }

    private static byte[] bytes(Map<String, byte[]> files, String path) {
        assertThat(files).as("the files on disk").containsKey(path);
        return files.get(path);
    }

    private static void checkOffsetIndex(String name, byte[] index, long base, List<Entry> in, int[] positions) {
        assertThat(index.length % 8).as("size of %s.index", name).isZero();
        ByteBuffer entries = ByteBuffer.wrap(index);
        int before = -1;
        while (entries.hasRemaining()) {
            long offset = base + entries.getInt();
            int found = Arrays.binarySearch(positions, entries.getInt());
            assertThat(found)
                    .as("%s.index points at a batch, behind the last one", name)
                    .isGreaterThan(before);
            assertThat(in.get(found).lastOffset)
                    .as("last offset of the batch that %s.index points at", name)
                    .isEqualTo(offset);
            before = found;
        }
    }

    private static void checkTimeIndex(String name, byte[] index, long base, List<Entry> in, boolean isRolled) {
        assertThat(index.length % 12).as("size of %s.timeindex", name).isZero();
        ByteBuffer entries = ByteBuffer.wrap(index);
        long before = -1;
        while (entries.hasRemaining()) {
            long timestamp = entries.getLong();
            long offset = base + entries.getInt();
            assertThat(timestamp).as("timestamps of %s.timeindex ascend", name).isGreaterThan(before);
            before = timestamp;
            Entry pointedAt = in.stream()
                    .filter(entry -> entry.lastOffset == offset)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(name + ".timeindex points at no batch: " + offset));
            assertThat(pointedAt.maxTimestamp())
                    .as("greatest timestamp of the batch that %s.timeindex points at", name)
                    .isEqualTo(timestamp);
            assertThat(in.stream().filter(entry -> entry.lastOffset <= offset).mapToLong(Entry::maxTimestamp))
                    .as("timestamps up to offset %s in %s", offset, name)
                    .allMatch(other -> other <= timestamp);
        }
        if (isRolled) {
            assertThat(before)
                    .as("last timestamp of %s.timeindex", name)
                    .isEqualTo(in.stream().mapToLong(Entry::maxTimestamp).max().orElse(-1));
        }
    }

    private void checkLookups(PartitionLog log) {
        List<Entry> entries =
                this.entries.stream().filter(entry -> entry.baseOffset >= start).toList();
        for (int i = 0; i < entries.size(); i += 1 + entries.size() / 12) {
            Entry entry = entries.get(i);
            for (long offset = entry.baseOffset; offset <= entry.lastOffset; offset++) {
                assertThat(firstOffsetRead(log, offset))
                        .as("base offset of the batch that is read at offset %s", offset)
                        .isEqualTo(entry.baseOffset);
            }
        }
        List<StoredRecord> records =
                entries.stream().flatMap(entry -> entry.records.stream()).toList();
        for (int i = 0; i < records.size(); i += 1 + records.size() / 3) {
            long timestamp = records.get(i).timestamp();
            OffsetAndTimestamp found = log.lookupTimestamp(timestamp);
            assertThat(found).as("what is found at timestamp %s", timestamp).isNotNull();
            assertThat(found.offset()).as("offset of timestamp %s", timestamp).isEqualTo(firstOffsetAt(timestamp));
        }
    }

    private long firstOffsetRead(PartitionLog log, long offset) {
        try (LogReader reader = log.newReader()) {
            LogSlice slice = reader.read(offset, end(), 1, ALLOCATOR, 0);
            assertThat(slice).as("what is read at offset %s", offset).isNotNull();
            slice.buffer().release();
            return slice.firstOffset();
        }
    }

    private long firstOffsetAt(long timestamp) {
        for (Entry entry : entries) {
            for (StoredRecord record : entry.records) {
                if (record.offset() >= start && record.timestamp() >= timestamp) {
                    return record.offset();
                }
            }
        }
        throw new AssertionError("no record has " + timestamp);
    }

    private void checkEpochs(PartitionLog log) {
        for (int epoch : epochStarts.keySet()) {
            Map.Entry<Integer, Long> next = epochStarts.higherEntry(epoch);
            long epochEnd = next == null ? end() : next.getValue();
            if (epochEnd > start) {
                assertThat(log.endOffsetFor(epoch))
                        .as("end of epoch %s", epoch)
                        .isEqualTo(new EpochEndOffset(epoch, epochEnd));
            }
        }
    }
}
