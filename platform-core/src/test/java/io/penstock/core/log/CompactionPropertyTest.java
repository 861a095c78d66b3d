package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.penstock.core.compression.Compression;
import io.penstock.core.log.compaction.CompactionRules;
import io.penstock.core.log.compaction.OffsetMap;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.record.RecordHeader;
import io.penstock.core.record.RecordHeaders;
import io.penstock.core.record.TestBatches;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Random appends, compactions, deletions and reopens of a log with small segments, against a model. */
class CompactionPropertyTest {

    private static final long DAY_MS = 86_400_000L;

    @Property(tries = 25)
    void keepsTheNewestOfEachKeyAtItsOffset(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 40) int keys,
            @ForAll @IntRange(min = 4, max = 60) int mapSlots,
            @ForAll @IntRange(min = 600, max = 6000) int segmentBytes)
            throws IOException {
        Path root = Files.createTempDirectory("penstock-compaction");
        LogSettings settings = new LogSettings(segmentBytes, Long.MAX_VALUE, 200, 4096);
        try (LogFixture fixture = new LogFixture(DiskDirectory.open(root), settings)) {
            Run run = new Run(fixture, new Random(seed), keys);
            run.compactor.mapBytes = (long) mapSlots * OffsetMap.SLOT_BYTES;
            run.steps(40);
        } finally {
            LogDirectory parent = DiskDirectory.open(root.getParent());
            parent.deleteChild(root.getFileName().toString());
        }
    }

    private static final class Run {

        private final LogFixture fixture;
        private final Random random;
        private final int keys;
        private final Compactor compactor;
        private final List<StoredRecord> records = new ArrayList<>();
        /** When each tombstone may go, for those that a compaction has seen. */
        private final Map<Long, Long> horizons = new HashMap<>();

        private long end;
        private long nowMs = LogFixture.NOW;

        Run(LogFixture fixture, Random random, int keys) {
            this.fixture = fixture;
            this.random = random;
            this.keys = keys;
            this.compactor = new Compactor(fixture.allocator);
            compactor.stepBytes = 1 + random.nextInt(3000);
            compactor.rules = new CompactionRules(2 * DAY_MS, 0, DAY_MS);
        }

        void steps(int count) {
            for (int i = 0; i < count; i++) {
                nowMs += random.nextInt((int) DAY_MS / 2);
                switch (random.nextInt(12)) {
                    case 0, 1 -> compact();
                    case 2 -> fixture.reopen();
                    case 3 -> deleteSome();
                    case 4 -> fixture.log.roll(nowMs);
                    default -> append();
                }
                check();
            }
            fixture.log.roll(nowMs);
            compact();
            check();
            fixture.reopen();
            check();
        }

        private void append() {
            ByteBuf[] batches = new ByteBuf[1 + random.nextInt(5)];
            for (int i = 0; i < batches.length; i++) {
                batches[i] = batch();
            }
            fixture.append(batches);
        }

        private ByteBuf batch() {
            TestBatches batch =
                    TestBatches.batch().allocator(fixture.allocator).compression(Compression.ofId(random.nextInt(5)));
            for (int i = random.nextInt(6); i >= 0; i--) {
                long timestamp = nowMs + random.nextInt(1000) - 500;
                String key = "key-" + random.nextInt(keys);
                String value = random.nextInt(5) == 0 ? null : end + "x".repeat(random.nextInt(60));
                RecordHeaders headers = random.nextInt(4) == 0
                        ? RecordHeaders.of(new RecordHeader("h" + end, null))
                        : RecordHeaders.EMPTY;
                batch.record(timestamp, key, value, headers);
                records.add(new StoredRecord(end++, timestamp, key, value, headers.toString()));
            }
            return batch.build();
        }

        private void deleteSome() {
            LogSnapshot offsets = fixture.log.snapshot();
            long span = offsets.highWatermark() - offsets.logStartOffset();
            long start = offsets.logStartOffset() + (long) (random.nextDouble() * span / 4);
            fixture.log.deleteBefore(start);
            fixture.log.deleteObsoleteSegments().release();
            fixture.logStart = start;
            records.removeIf(record -> record.offset() < start);
        }

        private void compact() {
            long before = compactor.dirtyStart;
            CompactionResult result = compactor.compact(fixture.log, nowMs);
            if (result.passes() == 0) {
                assertThat(compactor.dirtyStart).isEqualTo(before);
                return;
            }
            long to = result.cleanedTo();
            assertThat(to)
                    .isEqualTo(fixture.log.extents().stream()
                            .mapToLong(SegmentExtent::baseOffset)
                            .max()
                            .orElseThrow());
            Map<String, Long> newest = new HashMap<>();
            records.stream()
                    .filter(record -> record.offset() < to)
                    .forEach(record -> newest.put(record.key(), record.offset()));
            records.removeIf(record -> record.offset() < to && newest.get(record.key()) != record.offset());
            records.removeIf(record -> horizons.getOrDefault(record.offset(), Long.MAX_VALUE) <= nowMs);
            records.stream()
                    .filter(record -> record.isTombstone() && record.offset() < to)
                    .forEach(record -> horizons.putIfAbsent(record.offset(), nowMs + 2 * DAY_MS));
        }

        private void check() {
            assertThat(fixture.log.snapshot().logEndOffset()).isEqualTo(end);
            assertThat(StoredRecord.readAll(fixture.log, fixture.allocator, 1 + random.nextInt(4000)))
                    .isEqualTo(records);
        }
    }
}
