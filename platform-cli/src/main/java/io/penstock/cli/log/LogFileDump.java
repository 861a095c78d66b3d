package io.penstock.cli.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TimestampType;
import io.penstock.core.record.BatchLimits;
import io.penstock.core.record.RecordBatch;
import io.penstock.core.record.RecordCursor;
import io.penstock.core.record.RecordHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;

/**
 * Prints a {@code .log} file: a line a batch, and if asked for a line a record. With verification the checksum and
 * every record's fields are looked at; a batch that fails is reported, and the next one is read by the failed one's
 * length, as long as that leads to a batch.
 */
final class LogFileDump {

    private static final BatchLimits LIMITS = BatchLimits.DEFAULTS.withMaxBatchBytes(1 << 30);

    private final Findings findings;
    private final boolean verify;
    private final boolean records;

    LogFileDump(Findings findings, boolean verify, boolean records) {
        this.findings = findings;
        this.verify = verify;
        this.records = records;
    }

    void dump(Path file) throws IOException {
        long batches = 0;
        long recordCount = 0;
        long nextOffset = SegmentNames.baseOffset(file);
        try (SegmentFile segment = new SegmentFile(file)) {
            findings.line("%s  %,d bytes", file, segment.size());
            while (segment.next()) {
                RecordBatch batch = segment.batch();
                batches++;
                recordCount += batch.recordCount();
                printBatch(segment);
                if (batch.baseOffset() < nextOffset) {
                    findings.damage(
                            file,
                            segment.position(),
                            "base offset " + batch.baseOffset() + " where at least " + nextOffset + " is due");
                }
                nextOffset = batch.nextOffset();
                if (verify || records) {
                    readRecords(file, segment);
                }
            }
            if (!segment.damage().isEmpty()) {
                long unread = segment.size() - segment.position();
                findings.damage(file, segment.position(), segment.damage() + "; " + unread + " bytes are not read");
            }
        }
        findings.line("  %,d batches, %,d records, next offset %d", batches, recordCount, nextOffset);
    }

    private void printBatch(SegmentFile segment) {
        RecordBatch batch = segment.batch();
        findings.line(
                "  offsets %d..%d  records %d  position %d  size %d  %s %s  %s  epoch %d%s%s%s  crc %08x",
                batch.baseOffset(),
                batch.lastOffset(),
                batch.recordCount(),
                segment.position(),
                batch.sizeInBytes(),
                batch.timestampType() == TimestampType.CREATE_TIME ? "created" : "appended",
                time(batch.maxTimestamp()),
                compression(batch),
                batch.leaderEpoch(),
                producer(batch),
                batch.isTransactional() ? "  transactional" : "",
                batch.isControl() ? "  control" : "",
                batch.crc());
    }

    private void readRecords(Path file, SegmentFile segment) throws IOException {
        ByteBuf whole = segment.whole();
        try (RecordCursor cursor = new RecordCursor(UnpooledByteBufAllocator.DEFAULT, LIMITS)) {
            RecordBatch.at(whole, 0).ensureValid(LIMITS);
            cursor.open(whole, 0);
            while (cursor.next()) {
                if (records) {
                    printRecord(cursor);
                }
            }
        } catch (PenstockException e) {
            findings.damage(file, segment.position(), String.valueOf(e.getMessage()));
        }
    }

    private void printRecord(RecordCursor cursor) {
        StringBuilder headers = new StringBuilder();
        for (RecordHeader header : cursor.headers()) {
            byte[] value = header.value();
            headers.append("  header ").append(header.key()).append('=');
            headers.append(value == null ? "null" : Preview.of(value));
        }
        findings.line(
                "    %d  %s  key %s  value %s%s",
                cursor.offset(),
                time(cursor.timestamp()),
                field(cursor, cursor.keyIndex(), cursor.keyLength()),
                field(cursor, cursor.valueIndex(), cursor.valueLength()),
                headers);
    }

    private static String field(RecordCursor cursor, int index, int length) {
        return length < 0 ? "null" : Preview.of(ByteBufUtil.getBytes(cursor.buffer(), index, length));
    }

    private static String time(long timestampMs) {
        return timestampMs < 0 ? "no time" : Instant.ofEpochMilli(timestampMs).toString();
    }

    private static String compression(RecordBatch batch) {
        try {
            return batch.compression().configValue();
        } catch (PenstockException e) {
            return "compression unknown";
        }
    }

    private static String producer(RecordBatch batch) {
        return batch.producerId() == RecordBatch.NO_PRODUCER_ID
                ? ""
                : "  producer " + batch.producerId() + "/" + batch.producerEpoch() + " sequence "
                        + batch.baseSequence();
    }
}
