package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.penstock.core.compression.Compression;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.model.TimestampType;
import io.penstock.core.record.TestBatches;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** Kafka's own DumpLogSegments is the judge of our directories. */
@ResourceLock(Resources.SYSTEM_OUT)
class KafkaToolsTest {

    @TempDir
    Path root;

    private LogFixture fixture;

    @BeforeEach
    void open() throws Exception {
        fixture = new LogFixture(DiskDirectory.open(root), LogFixture.SMALL.withSegmentBytes(8192));
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void acceptsOurSegmentsAndIndexesWhileTheyAreWritten() throws Exception {
        fill(300, new Random(1));

        String dump = acceptedDump();

        assertThat(fixture.log.extents()).hasSizeGreaterThan(2);
        assertThat(dump).contains("baseOffset: 0 ", "compresscodec: zstd", "compresscodec: none", "offset: 299 ");
    }

    @Test
    void acceptsThemAfterAReopenAndMoreAppends() throws Exception {
        fill(120, new Random(2));
        fixture.reopen();
        acceptedDump();
        fill(120, new Random(3));
        fixture.reopen();

        assertThat(acceptedDump()).contains("offset: 239 ");
    }

    @Test
    void acceptsThemAfterATruncation() throws Exception {
        Random random = new Random(4);
        fill(200, random);
        for (long offset : new long[] {150, 149, 77}) {
            fixture.log.truncateTo(offset);
            acceptedDump();
            fill(40, random);
            acceptedDump();
        }
    }

    @Test
    void acceptsRebuiltIndexes() throws Exception {
        fill(200, new Random(5));
        fixture.log.close();
        fixture.point = fixture.log.recoveryPoint();
        for (Path file : files()) {
            if (file.toString().endsWith("index")) {
                Files.delete(file);
            }
        }
        fixture.openAgain();

        assertThat(fixture.log.recovery().indexesRebuilt()).isPositive();
        acceptedDump();
    }

    @Test
    void acceptsAppendTimes() throws Exception {
        for (int i = 0; i < 100; i++) {
            ByteBuf batch = fixture.batch("value " + i);
            fixture.log.append(List.of(batch), 0, LogFixture.NOW + i, TimestampType.LOG_APPEND_TIME);
            batch.release();
        }

        assertThat(acceptedDump()).contains("LogAppendTime: " + (LogFixture.NOW + 99));
    }

    @Test
    void complainsOfWhatIsReallyWrong() throws Exception {
        // the judge must not be deaf: a wrong position in an index, and a flipped bit in a batch
        fill(100, new Random(6));
        fixture.log.close();
        Path index = root.resolve("orders-3/00000000000000000000.index");
        byte[] entries = Files.readAllBytes(index);
        Files.write(index, ByteBuffer.wrap(entries.clone()).putInt(4, 0).array());
        assertThat(KafkaDump.complaints(dump())).isNotEmpty();

        Files.write(index, entries);
        assertThat(KafkaDump.complaints(dump())).isEmpty();
        Path log = root.resolve("orders-3/00000000000000000000.log");
        byte[] batches = Files.readAllBytes(log);
        batches[50] ^= 1;
        Files.write(log, batches);
        assertThat(KafkaDump.complaints(KafkaDump.of(log))).isNotEmpty();
    }

    /** Batches of all codecs and sizes, with timestamps that mostly rise and sometimes fall or repeat. */
    private void fill(int count, Random random) {
        long timestamp = LogFixture.NOW;
        int written = 0;
        while (written < count) {
            TestBatches batch =
                    TestBatches.batch().allocator(fixture.allocator).compression(Compression.ofId(random.nextInt(5)));
            int records = Math.min(count - written, 1 + random.nextInt(6));
            for (int i = 0; i < records; i++) {
                timestamp += random.nextInt(20) - 5;
                batch.record(timestamp, "key " + i, "value ".repeat(random.nextInt(30)));
            }
            fixture.append(batch.build());
            written += records;
        }
    }

    private String acceptedDump() throws Exception {
        String dump = dump();
        assertThat(KafkaDump.complaints(dump)).isEmpty();
        return dump;
    }

    private String dump() throws Exception {
        return KafkaDump.of(files().toArray(Path[]::new));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(root.resolve("orders-3"))) {
            return files.filter(file -> file.toString().matches(".*\\.(log|index|timeindex)"))
                    .sorted()
                    .toList();
        }
    }
}
