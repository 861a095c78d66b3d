package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.compression.Compression;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.record.TestBatches;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TimestampLookupTest {

    @TempDir
    Path root;

    private LogFixture fixture;

    @BeforeEach
    void open() throws Exception {
        fixture = new LogFixture(DiskDirectory.open(root), LogFixture.SMALL);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void hasNothingInAnEmptyLog() {
        assertThat(fixture.log.lookupTimestamp(0)).isNull();
        assertThat(fixture.log.lookupMaxTimestamp()).isNull();
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void findsTheRecordInsideOfABatch(Compression compression) {
        fixture.append(3, fixture.batch(compression, 100, 200, 300), fixture.batch(compression, 250, 400, 400));

        assertThat(fixture.log.lookupTimestamp(0)).isEqualTo(new OffsetAndTimestamp(0, 100, 3));
        assertThat(fixture.log.lookupTimestamp(101)).isEqualTo(new OffsetAndTimestamp(1, 200, 3));
        assertThat(fixture.log.lookupTimestamp(300)).isEqualTo(new OffsetAndTimestamp(2, 300, 3));
        assertThat(fixture.log.lookupTimestamp(301)).isEqualTo(new OffsetAndTimestamp(4, 400, 3));
        assertThat(fixture.log.lookupTimestamp(401)).isNull();
        assertThat(fixture.log.lookupMaxTimestamp()).isEqualTo(new OffsetAndTimestamp(4, 400, 3));
    }

    @Test
    void agreesWithAScanOfAllRecordsWhateverTheOrderOfTimestamps() {
        Random random = new Random(11);
        fixture.settings = LogFixture.SMALL.withSegmentMs(Long.MAX_VALUE);
        fixture.reopen();
        List<Long> timestamps = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            TestBatches batch =
                    TestBatches.batch().allocator(fixture.allocator).compression(Compression.ofId(random.nextInt(5)));
            for (int j = random.nextInt(4); j >= 0; j--) {
                // a trend with steps back, repetitions, and now and then a record far ahead
                long timestamp = i * 10L + random.nextInt(60) + (random.nextInt(40) == 0 ? 700 : 0);
                timestamps.add(timestamp);
                batch.record(timestamp, null, "v");
            }
            fixture.append(batch.build());
        }
        assertThat(fixture.log.extents()).hasSizeGreaterThan(4);

        for (int round = 0; round < 3; round++) {
            for (long wanted = 0; wanted < 2300; wanted += 3) {
                assertThat(fixture.log.lookupTimestamp(wanted))
                        .as("timestamp %s in round %s", wanted, round)
                        .isEqualTo(expected(timestamps, wanted));
            }
            long max = timestamps.stream().mapToLong(Long::longValue).max().orElseThrow();
            assertThat(fixture.log.lookupMaxTimestamp()).isEqualTo(expected(timestamps, max));
            if (round == 0) {
                fixture.reopen();
            } else {
                fixture.log.truncateTo(timestamps.size() / 2);
                long end = fixture.log.snapshot().logEndOffset();
                timestamps.subList((int) end, timestamps.size()).clear();
            }
        }
    }

    @Test
    void refusesABatchWhoseChecksumIsWrong() throws Exception {
        fixture.append(fixture.batch(Compression.NONE, 100, 200, 300));
        Path file = root.resolve("orders-3/00000000000000000000.log");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);

        PartitionLogTest.assertRefused(() -> fixture.log.lookupTimestamp(200), ErrorCode.CORRUPT_MESSAGE);
    }

    private static @Nullable OffsetAndTimestamp expected(List<Long> timestamps, long wanted) {
        for (int offset = 0; offset < timestamps.size(); offset++) {
            if (timestamps.get(offset) >= wanted) {
                return new OffsetAndTimestamp(offset, timestamps.get(offset), 0);
            }
        }
        return null;
    }
}
