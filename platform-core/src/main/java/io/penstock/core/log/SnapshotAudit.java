package io.penstock.core.log;

import io.penstock.core.log.LogDefect.Part;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.producer.ProducerEntry;
import io.penstock.core.log.producer.ProducerSnapshot;
import io.penstock.core.log.producer.ProducerStates;
import io.penstock.core.log.producer.SequencedBatch;
import io.penstock.core.record.RecordBatch;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/**
 * Compares the snapshots of producers with the batches before them. A producer that a snapshot lacks may have expired, and one
 * that only a snapshot has may have had its batches deleted; but none of its batches may be newer than the snapshot says.
 */
final class SnapshotAudit {

    private static final long NO_TIME = 0;

    private final LogDirectory directory;
    private final Queue<Long> offsets;
    private final ProducerStates states = new ProducerStates(0);
    private final List<LogDefect> defects = new ArrayList<>();

    SnapshotAudit(LogDirectory directory) throws IOException {
        this.directory = directory;
        this.offsets = new ArrayDeque<>(SnapshotFiles.offsets(directory));
    }

    /** The next batch of the log. */
    void batch(RecordBatch batch) {
        while (!offsets.isEmpty() && offsets.peek() <= batch.baseOffset()) {
            compare(offsets.remove());
        }
        states.append(batch, NO_TIME);
    }

    /** What is wrong, after the last batch. */
    List<LogDefect> end(long endOffset) {
        for (long offset : offsets) {
            if (offset > endOffset) {
                defect(offset, "it is of offset " + offset + ", and the log ends at " + endOffset);
            } else {
                compare(offset);
            }
        }
        return defects;
    }

    private void compare(long offset) {
        try {
            ProducerSnapshot snapshot = SnapshotFiles.read(directory, offset);
            Map<Long, ProducerEntry> inLog = new HashMap<>();
            states.entries().forEach(entry -> inLog.put(entry.producerId(), entry));
            for (ProducerEntry entry : snapshot.producers()) {
                ProducerEntry real = inLog.get(entry.producerId());
                if (real != null && !isPossible(entry, real)) {
                    defect(
                            offset,
                            "producer " + entry.producerId() + " is " + describe(entry) + " here, and " + describe(real)
                                    + " in the log");
                }
            }
        } catch (IllegalArgumentException | IOException e) {
            defect(offset, String.valueOf(e.getMessage()));
        }
    }

    private static boolean isPossible(ProducerEntry entry, ProducerEntry real) {
        if (real.batches().isEmpty()) {
            return true;
        }
        SequencedBatch last = last(real);
        if (entry.batches().isEmpty()) {
            return entry.epoch() > real.epoch();
        }
        SequencedBatch said = last(entry);
        return said.lastOffset() > last.lastOffset()
                || said.lastOffset() == last.lastOffset()
                        && said.lastSequence() == last.lastSequence()
                        && entry.epoch() == real.epoch();
    }

    private static SequencedBatch last(ProducerEntry entry) {
        return entry.batches().get(entry.batches().size() - 1);
    }

    private static String describe(ProducerEntry entry) {
        return "at epoch " + entry.epoch()
                + (entry.batches().isEmpty()
                        ? ""
                        : ", sequence " + last(entry).lastSequence() + ", offset "
                                + last(entry).lastOffset());
    }

    private void defect(long offset, String what) {
        defects.add(LogDefect.of(Part.PRODUCERS, SnapshotFiles.name(offset), 0, what));
    }
}
