package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.penstock.core.compression.Compression;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.record.TestBatches;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Random appends, reads, truncations, flushes and reopens of a log with small segments, against a list of values. */
class PartitionLogPropertyTest {

    @Property(tries = 25)
    void behavesAsAListOfBatches(
            @ForAll long seed,
            @ForAll @IntRange(min = 600, max = 4000) int segmentBytes,
            @ForAll @IntRange(min = 0, max = 800) int indexIntervalBytes,
            @ForAll @IntRange(min = 24, max = 400) int segmentIndexBytes)
            throws IOException {
        Path root = Files.createTempDirectory("penstock-log");
        LogSettings settings = new LogSettings(segmentBytes, 5_000, indexIntervalBytes, segmentIndexBytes);
        try (LogFixture fixture = new LogFixture(DiskDirectory.open(root), settings)) {
            new Run(fixture, new Random(seed)).steps(60);
        } finally {
            DiskDirectory.open(root.getParent()).deleteChild(root.getFileName().toString());
        }
    }

    private static final class Run {

        private final LogFixture fixture;
        private final Random random;
        private final List<String> values = new ArrayList<>();
        private final List<Integer> batchStarts = new ArrayList<>();
        private int epoch;
        private long timestamp = LogFixture.NOW;

        Run(LogFixture fixture, Random random) {
            this.fixture = fixture;
            this.random = random;
        }

        void steps(int count) {
            for (int i = 0; i < count; i++) {
                switch (random.nextInt(10)) {
                    case 0 -> truncate();
                    case 1 -> reopen();
                    case 2 -> fixture.log.flush();
                    case 3, 4 -> read();
                    default -> append();
                }
                assertThat(fixture.log.snapshot().logEndOffset()).isEqualTo(values.size());
            }
            assertThat(fixture.valuesFrom(0, 1 + random.nextInt(3000))).isEqualTo(values);
            fixture.reopen();
            assertThat(fixture.valuesFrom(0)).isEqualTo(values);
        }

        private void append() {
            ByteBuf[] batches = new ByteBuf[1 + random.nextInt(6)];
            for (int i = 0; i < batches.length; i++) {
                batchStarts.add(values.size());
                batches[i] = batch();
            }
            epoch += random.nextInt(8) == 0 ? 1 : 0;
            fixture.append(epoch, batches);
        }

        private ByteBuf batch() {
            TestBatches batch =
                    TestBatches.batch().allocator(fixture.allocator).compression(Compression.ofId(random.nextInt(5)));
            for (int i = random.nextInt(4); i >= 0; i--) {
                timestamp += random.nextInt(600) - 100;
                String value = values.size() + "x".repeat(random.nextInt(80));
                values.add(value);
                batch.record(timestamp, null, value);
            }
            return batch.build();
        }

        private void truncate() {
            int offset = random.nextInt(values.size() + 3);
            int end = values.size();
            if (offset < values.size()) {
                batchStarts.removeIf(start -> start > offset);
                end = batchStarts.isEmpty() ? 0 : batchStarts.remove(batchStarts.size() - 1);
            }
            fixture.log.truncateTo(offset);
            values.subList(end, values.size()).clear();
            assertThat(fixture.log.snapshot().highWatermark()).isEqualTo(end);
        }

        private void reopen() {
            fixture.reopen();
            assertThat(fixture.log.recovery().isUneventful()).isTrue();
        }

        private void read() {
            if (values.isEmpty()) {
                assertThat(fixture.valuesFrom(0)).isEmpty();
                return;
            }
            int offset = random.nextInt(values.size());
            LogSlice slice = fixture.read(offset, values.size(), 1 + random.nextInt(3000));
            int first = (int) slice.firstOffset();
            assertThat(first).isLessThanOrEqualTo(offset);
            assertThat(batchStarts).contains(first);
            assertThat(batchStarts.stream().filter(start -> start > first && start <= offset))
                    .as("the slice begins with the batch that contains the offset")
                    .isEmpty();
            assertThat(LogFixture.values(slice)).isEqualTo(values.subList(first, (int) slice.nextOffset()));
        }
    }
}
