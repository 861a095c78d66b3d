package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.core.log.producer.ProducerEntry;
import io.penstock.core.log.producer.ProducerStates;
import io.penstock.core.log.producer.SequencedBatch;
import io.penstock.core.record.RecordBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the log of a partition may have: the batches that were appended, of which a crash may take any from the end, but
 * none that was acknowledged or shown to a consumer. {@link #check} holds a log and its files to that.
 */
final class LogModel {

    /** A batch as it must lie in the file. */
    record Entry(byte[] bytes, long baseOffset, long lastOffset, int epoch, long[] timestamps) {

        long maxTimestamp() {
            return Arrays.stream(timestamps).max().orElse(-1);
        }
    }

    /** On the heap where it has the choice, and without the search for leaks, which would be most of the time. */
    static final ByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(false, true);

    final List<Entry> entries = new ArrayList<>();

    /** What was acknowledged as durable ends here. */
    long acknowledged;

    /** What a consumer was shown ends here. */
    long shown;

    /** At least from here on nothing is served any more. */
    long start;

    /** The start that was asked for last; a crash may have come before it was noted. */
    long wantedStart;

    /** Where a log begins that has no batches. */
    private long base;

    long end() {
        return entries.isEmpty() ? base : entries.get(entries.size() - 1).lastOffset + 1;
    }

    int latestEpoch() {
        return entries.isEmpty() ? 0 : entries.get(entries.size() - 1).epoch;
    }

    /** Takes a batch up as the next one. */
    void add(ByteBuf batch, int epoch, long... timestamps) {
        ByteBuf copy = Unpooled.copiedBuffer(batch);
        RecordBatch header = RecordBatch.at(copy, 0);
        header.setBaseOffset(end());
        header.setLeaderEpoch(epoch);
        entries.add(new Entry(
                copy.array().length == copy.readableBytes()
                        ? copy.array()
                        : Arrays.copyOf(copy.array(), copy.readableBytes()),
                header.baseOffset(),
                header.lastOffset(),
                epoch,
                timestamps));
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
        for (Entry entry : entries) {
            states.append(RecordBatch.at(Unpooled.wrappedBuffer(entry.bytes), 0), LogFixture.NOW);
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
        if (first == 0) {
            assertThat(found).as("what is known of producers").isEqualTo(expected);
            return;
        }
        // of what was deleted a snapshot may tell or not
        for (ProducerEntry producer : expected) {
            Optional<ProducerEntry> same = found.stream()
                    .filter(each -> each.producerId() == producer.producerId())
                    .findFirst();
            if (last(producer).baseOffset() >= first) {
                assertThat(same).as("what is known of %s", producer).isPresent();
            }
            same.ifPresent(each -> {
                int common = Math.min(each.batches().size(), producer.batches().size());
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
        checkBatches(log);
        checkFiles(log, files);
        checkLookups(log);
        checkEpochs(log);
        checkProducers(log);
    }

    /** Whole segments may be gone that lie before the start, and nothing else. */
    private void checkStart(PartitionLog log) {
        long found = log.snapshot().logStartOffset();
        assertThat(found).as("log start offset").isBetween(start, wantedStart);
        start = found;
        wantedStart = found;
        List<SegmentExtent> extents = log.extents();
        long first = extents.get(0).baseOffset();
        assertThat(first).as("base offset of the first segment").isLessThanOrEqualTo(found);
        assertThat(extents.size() == 1 || extents.get(1).baseOffset() > found)
                .as("whether %s has segments that are before offset %s as a whole", extents, found)
                .isTrue();
        entries.removeIf(entry -> entry.lastOffset < first);
        base = first;
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
            String name = log.partition() + "/" + String.format("%020d", from);
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
        for (int i = 0; i < entries.size(); i += 1 + entries.size() / 3) {
            long timestamp = entries.get(i).timestamps[0];
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
            for (int i = 0; i < entry.timestamps.length; i++) {
                if (entry.baseOffset + i >= start && entry.timestamps[i] >= timestamp) {
                    return entry.baseOffset + i;
                }
            }
        }
        throw new AssertionError("no record has " + timestamp);
    }

    private void checkEpochs(PartitionLog log) {
        for (int i = 0; i < entries.size(); i++) {
            int epoch = entries.get(i).epoch;
            boolean isLast = i + 1 == entries.size();
            if (isLast || entries.get(i + 1).epoch > epoch) {
                long epochEnd = isLast ? end() : entries.get(i + 1).baseOffset;
                if (epochEnd <= start) {
                    continue;
                }
                assertThat(log.endOffsetFor(epoch))
                        .as("end of epoch %s", epoch)
                        .isEqualTo(new EpochEndOffset(epoch, epochEnd));
            }
        }
    }
}
