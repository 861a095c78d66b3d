package io.penstock.cli.log;

import io.penstock.core.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/**
 * Prints an {@code .index} or {@code .timeindex} file. With verification, entries must ascend; an offset entry must
 * name the last offset of the batch at its position, and a time entry an offset of the segment.
 */
final class IndexFileDump {

    private static final int OFFSET_ENTRY_BYTES = 8;
    private static final int TIME_ENTRY_BYTES = 12;

    private final Findings findings;
    private final boolean verify;

    IndexFileDump(Findings findings, boolean verify) {
        this.findings = findings;
        this.verify = verify;
    }

    void dumpOffsets(Path file) throws IOException {
        long baseOffset = SegmentNames.baseOffset(file);
        ByteBuffer entries = open(file, OFFSET_ENTRY_BYTES);
        Path log = SegmentNames.logBeside(file);
        try (SegmentFile segment = verify && Files.exists(log) ? new SegmentFile(log) : null) {
            long lastOffset = -1;
            long lastPosition = -1;
            while (entries.remaining() >= OFFSET_ENTRY_BYTES) {
                int at = entries.position();
                long offset = baseOffset + entries.getInt();
                long position = entries.getInt();
                findings.line("  offset %d  position %d", offset, position);
                if (verify && (offset <= lastOffset || position <= lastPosition)) {
                    findings.damage(file, at, "the entry does not ascend");
                } else if (segment != null) {
                    check(file, at, segment, offset, position);
                }
                lastOffset = offset;
                lastPosition = position;
            }
        }
        finish(file, entries);
    }

    void dumpTimes(Path file) throws IOException {
        long baseOffset = SegmentNames.baseOffset(file);
        ByteBuffer entries = open(file, TIME_ENTRY_BYTES);
        long lastTimestamp = -1;
        long lastOffset = -1;
        while (entries.remaining() >= TIME_ENTRY_BYTES) {
            int at = entries.position();
            long timestamp = entries.getLong();
            long offset = baseOffset + entries.getInt();
            findings.line("  timestamp %d (%s)  offset %d", timestamp, Instant.ofEpochMilli(timestamp), offset);
            if (verify && (timestamp < lastTimestamp || offset < lastOffset || offset < baseOffset)) {
                findings.damage(file, at, "the entry does not ascend");
            }
            lastTimestamp = timestamp;
            lastOffset = offset;
        }
        finish(file, entries);
    }

    private void check(Path file, int at, SegmentFile segment, long offset, long position) throws IOException {
        if (position < 0 || position >= segment.size() || !segment.seek(position)) {
            findings.damage(file, at, "no batch begins at position " + position + " of the log");
            return;
        }
        RecordBatch batch = segment.batch();
        if (batch.lastOffset() != offset) {
            findings.damage(
                    file,
                    at,
                    "the batch at position " + position + " ends with offset " + batch.lastOffset() + ", not "
                            + offset);
        }
    }

    private ByteBuffer open(Path file, int entryBytes) throws IOException {
        ByteBuffer entries = ByteBuffer.wrap(Files.readAllBytes(file));
        findings.line("%s  %,d entries", file, entries.remaining() / entryBytes);
        return entries;
    }

    private void finish(Path file, ByteBuffer entries) {
        if (entries.hasRemaining()) {
            findings.damage(file, entries.position(), entries.remaining() + " bytes are no whole entry");
        }
    }
}
