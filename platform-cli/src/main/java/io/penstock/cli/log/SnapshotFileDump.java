package io.penstock.cli.log;

import io.penstock.core.log.producer.ProducerEntry;
import io.penstock.core.log.producer.ProducerSnapshot;
import io.penstock.core.log.producer.SequencedBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** Prints a snapshot of a partition's idempotent producers. */
final class SnapshotFileDump {

    private final Findings findings;

    SnapshotFileDump(Findings findings) {
        this.findings = findings;
    }

    void dump(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        findings.line("%s  %,d bytes", file, bytes.length);
        try {
            ProducerSnapshot.decode(SegmentNames.baseOffset(file), ByteBuffer.wrap(bytes))
                    .producers()
                    .forEach(this::dump);
        } catch (IllegalArgumentException e) {
            findings.damage(file, 0, String.valueOf(e.getMessage()));
        }
    }

    private void dump(ProducerEntry producer) {
        findings.line(
                "  producer %d  epoch %d  time %d%s",
                producer.producerId(),
                producer.epoch(),
                producer.lastTimeMs(),
                producer.transactionStart() < 0 ? "" : "  transaction from offset " + producer.transactionStart());
        for (SequencedBatch batch : producer.batches()) {
            findings.line(
                    "    sequences %d..%d  offsets %d..%d",
                    batch.firstSequence(), batch.lastSequence(), batch.baseOffset(), batch.lastOffset());
        }
    }
}
