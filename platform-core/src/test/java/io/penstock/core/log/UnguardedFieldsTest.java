package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.UnforcedDirectory;
import io.penstock.core.record.Batches;
import io.penstock.core.record.TestBatches;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Flips in the fields of a batch that its checksum does not cover: the base offset and the leader epoch. */
class UnguardedFieldsTest {

    private static final int EPOCH_AT = 12;
    private static final int RECORDS = 120;

    @TempDir
    Path root;

    private LogFixture fixture;
    private final List<String> written = new ArrayList<>();
    private List<SegmentExtent> extents;
    private RecoveryPoint end;
    private Map<Path, byte[]> good;
    private final Map<Long, Place> found = new HashMap<>();

    private record Place(Path file, int position) {}

    @BeforeEach
    void write() throws Exception {
        fixture = new LogFixture(
                new UnforcedDirectory(DiskDirectory.open(root)), LogFixture.SMALL.withSegmentBytes(4096));
        for (int i = 0; i < RECORDS; i++) {
            written.add(String.format("value %03d", i));
            fixture.append(i < 60 ? 2 : 3, fixture.batch(written.get(i)));
        }
        extents = fixture.log.extents();
        assertThat(extents).hasSizeGreaterThan(2);
        fixture.log.close();
        end = fixture.log.recoveryPoint();
        good = image();
        restart(end);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 30, 59, 60, RECORDS - 1})
    void readersGetTheRightEpochWhateverIsInTheFile(long offset) throws Exception {
        for (int bit = 0; bit < 32; bit++) {
            flip(offset, 8 * EPOCH_AT + bit);

            assertThat(epochsRead()).as("after a flip of bit %s", bit).isEqualTo(epochsWritten());
            restart(end);
            assertThat(epochsRead()).as("after a flip of bit %s", bit).isEqualTo(epochsWritten());
            assertThat(fixture.log.snapshot().leaderEpoch()).isEqualTo(3);
            flip(offset, 8 * EPOCH_AT + bit);
        }
    }

    @Test
    void anEpochBehindTheRecoveryPointDoesNotBeginByAFlip() throws Exception {
        flip(RECORDS - 2, 8 * EPOCH_AT + 9);

        restart(RecoveryPoint.UNKNOWN);

        assertThat(fixture.log.snapshot().leaderEpoch()).isEqualTo(3);
        assertThat(fixture.append(3, fixture.batch("next")).firstOffsets()).containsExactly(RECORDS);
    }

    @ParameterizedTest
    @ValueSource(longs = {30, RECORDS - 1})
    void aWrongEpochIsFoundAndRepairedWithoutLosingTheBatch(long offset) throws Exception {
        Path file = file(segmentOf(offset));
        byte[] asWritten = Files.readAllBytes(file);
        flip(offset, 8 * EPOCH_AT + 25);
        fixture.log.close();

        List<LogDefect> defects = audit(end);

        assertThat(defects)
                .extracting(LogDefect::part, LogDefect::file, LogDefect::isLoss)
                .containsExactly(
                        tuple(LogDefect.Part.LEADER_EPOCHS, file.getFileName().toString(), false));
        repair(defects, end);
        assertThat(file).hasBinaryContent(asWritten);
        assertThat(fixture.valuesFrom(0)).isEqualTo(written);
        fixture.append(3, fixture.batch("next"));
        assertThat(fixture.valuesFrom(RECORDS)).containsExactly("next");
        fixture.log.close();
        assertThat(audit(fixture.log.recoveryPoint())).isEmpty();
    }

    /** In the first batch of a segment, inside, in the last one, and in the last one of the log. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void noReaderGetsABatchAtAnotherOffset(int place) throws Exception {
        long offset = places().get(place);
        for (int bit = 0; bit < 64; bit++) {
            flip(offset, bit);

            assertNothingWrongIsRead(offset);
            restart(end);
            assertNothingWrongIsRead(offset);
            restore();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void aRepairSetsAsideTheOneBatchWithAWrongOffset(int place) throws Exception {
        long offset = places().get(place);
        for (int bit = 0; bit < 64; bit += 3) {
            flip(offset, bit);
            fixture.log.close();

            List<LogDefect> defects = audit(end);

            assertThat(defects)
                    .as("after a flip of bit %s", bit)
                    .filteredOn(defect -> defect.part() == LogDefect.Part.BATCHES)
                    .extracting(LogDefect::fromOffset, LogDefect::toOffset)
                    .containsExactly(tuple(offset, offset + 1));
            repair(defects, end);
            List<String> left = new ArrayList<>(written);
            left.remove((int) offset);
            assertThat(fixture.valuesFrom(0)).isEqualTo(left);
            assertThat(fixture.log.snapshot().logEndOffset()).isEqualTo(RECORDS);
            restore();
        }
    }

    @Test
    void aBatchBehindAGapAtTheEndIsCutWhereNoPointKnowsOfIt() throws Exception {
        fixture.log.close();
        deleteSnapshots();
        flip(RECORDS - 1, 55);

        restart(RecoveryPoint.UNKNOWN);

        assertThat(fixture.log.recovery().bytesCut()).isPositive();
        assertThat(fixture.valuesFrom(0)).isEqualTo(written.subList(0, RECORDS - 1));
    }

    /** Where a compaction removed the neighbours, an offset that stays in the gap could have been the batch's own. */
    @Test
    void anOffsetThatStaysInsideOfAGapOfACompactionIsBelieved() throws Exception {
        for (int i = 0; i < 64; i++) {
            String key = i == 20 ? "kept" : "same";
            fixture.append(
                    3,
                    TestBatches.batch()
                            .allocator(fixture.allocator)
                            .record(LogFixture.NOW, key, "value of " + key)
                            .build());
        }
        fixture.log.roll(LogFixture.NOW);
        long kept = RECORDS + 20;
        assertThat(new Compactor(fixture.allocator)
                        .compact(fixture.log, LogFixture.NOW)
                        .segmentsReplaced())
                .isPositive();

        flip(kept, 58);
        LogSlice moved = fixture.read(kept - 8, RECORDS + 64, 1);
        assertThat(moved).isNotNull();
        assertThat(moved.firstOffset()).as("4 less or more, and nobody sees it").isIn(kept - 4, kept + 4);
        moved.buffer().release();

        flip(kept, 58);
        flip(kept, 48);
        assertThatThrownBy(() -> fixture.valuesFrom(RECORDS))
                .as("out of the gap")
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_MESSAGE));
        flip(kept, 48);
    }

    private List<Long> places() {
        SegmentExtent second = extents.get(1);
        return List.of(0L, second.baseOffset(), second.baseOffset() + 5, second.nextOffset() - 1, (long) RECORDS - 1);
    }

    /** From the beginning, and from the offsets about the damaged one. */
    private void assertNothingWrongIsRead(long damaged) {
        long logEnd = fixture.log.snapshot().logEndOffset();
        assertThat(logEnd).isLessThanOrEqualTo(RECORDS);
        boolean isSetAside = !fixture.log.recovery().quarantined().isEmpty();
        int refusals = 0;
        long[] starts = LongStream.concat(LongStream.of(0), LongStream.rangeClosed(damaged - 3, damaged + 3))
                .filter(start -> start >= 0 && start < logEnd)
                .distinct()
                .toArray();
        for (long from : starts) {
            long next = from;
            try (LogReader reader = fixture.log.newReader()) {
                while (next < logEnd) {
                    LogSlice slice = reader.read(next, logEnd, 400, fixture.allocator, 0);
                    if (slice == null) {
                        // the end of the log was set aside
                        assertThat(isSetAside).as("at %s", next).isTrue();
                        break;
                    }
                    if (!isSetAside || next != damaged) {
                        assertThat(slice.firstOffset()).isEqualTo(next);
                    }
                    List<String> values = LogFixture.values(slice);
                    long first = slice.firstOffset();
                    assertThat(values).isEqualTo(valuesOf(first, slice.nextOffset(), isSetAside ? damaged : -1));
                    next = slice.nextOffset();
                }
            } catch (PenstockException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_MESSAGE);
                assertThat(next).as("where a reader is refused").isGreaterThanOrEqualTo(damaged);
                refusals++;
            }
        }
        assertThat(isSetAside || refusals > 0).as("whether it was noticed").isTrue();
    }

    private List<String> valuesOf(long from, long to, long without) {
        List<String> values = new ArrayList<>();
        for (long offset = from; offset < to; offset++) {
            if (offset != without) {
                values.add(written.get((int) offset));
            }
        }
        return values;
    }

    private List<Integer> epochsRead() {
        List<Integer> epochs = new ArrayList<>();
        try (LogReader reader = fixture.log.newReader()) {
            long next = 0;
            LogSlice slice;
            while ((slice = reader.read(next, RECORDS, 700, fixture.allocator, 0)) != null) {
                Batches batches = new Batches(slice.buffer());
                while (batches.next()) {
                    epochs.add(batches.batch().leaderEpoch());
                }
                next = slice.nextOffset();
                slice.buffer().release();
            }
        }
        return epochs;
    }

    private static List<Integer> epochsWritten() {
        List<Integer> epochs = new ArrayList<>();
        for (int i = 0; i < RECORDS; i++) {
            epochs.add(i < 60 ? 2 : 3);
        }
        return epochs;
    }

    private List<LogDefect> audit(RecoveryPoint point) throws Exception {
        return LogAudit.of(fixture.partitionDirectory(), point, 200).defects();
    }

    private void repair(List<LogDefect> defects, RecoveryPoint point) {
        fixture.log = PartitionLog.openRepairing(
                fixture.directory,
                LogFixture.PARTITION,
                LogFixture.TOPIC_ID,
                fixture.settings,
                point,
                defects,
                LogFixture.NOW);
        fixture.commitAll();
    }

    private void flip(long offset, int bit) throws Exception {
        Place place = found.computeIfAbsent(offset, this::find);
        byte[] bytes = Files.readAllBytes(place.file);
        bytes[place.position + bit / 8] ^= (byte) (1 << bit % 8);
        Files.write(place.file, bytes);
    }

    /** Before it is damaged. */
    private Place find(long offset) {
        try {
            Path file = file(segmentOf(offset));
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
            int position = 0;
            while (bytes.getLong(position) != offset) {
                position += 12 + bytes.getInt(position + 8);
            }
            return new Place(file, position);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long segmentOf(long offset) {
        return fixture.log.extents().stream()
                .mapToLong(SegmentExtent::baseOffset)
                .filter(base -> base <= offset)
                .max()
                .orElseThrow();
    }

    private Path file(long baseOffset) {
        return root.resolve("orders-3").resolve(String.format("%020d.log", baseOffset));
    }

    private void deleteSnapshots() throws IOException {
        for (Path file : files()) {
            if (file.toString().endsWith(".snapshot")) {
                Files.delete(file);
            }
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private Map<Path, byte[]> image() throws IOException {
        Map<Path, byte[]> image = new HashMap<>();
        for (Path file : files()) {
            image.put(file, Files.readAllBytes(file));
        }
        return image;
    }

    /** As it was before the damage, and open. */
    private void restore() throws IOException {
        fixture.log.close();
        for (Path file : files()) {
            Files.delete(file);
        }
        for (Map.Entry<Path, byte[]> file : good.entrySet()) {
            Files.write(file.getKey(), file.getValue());
        }
        restart(end);
    }

    private void restart(RecoveryPoint point) {
        fixture.log.close();
        fixture.point = point;
        fixture.openAgain();
    }
}
