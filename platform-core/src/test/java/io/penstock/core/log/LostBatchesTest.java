package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.core.log.file.DiskDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a closed log keeps, and what it reports, when batches or whole segments of it were lost. */
class LostBatchesTest {

    private static final int RECORDS = 150;

    @TempDir
    Path root;

    private LogFixture fixture;
    private List<String> written;
    private List<SegmentExtent> extents;
    private RecoveryPoint end;

    @BeforeEach
    void write() throws Exception {
        fixture = new LogFixture(DiskDirectory.open(root), LogFixture.SMALL.withSegmentBytes(4096));
        written = new ArrayList<>();
        for (int i = 0; i < RECORDS; i++) {
            written.add(String.format("value %03d", i));
            fixture.append(written.get(i));
        }
        extents = fixture.log.extents();
        fixture.log.close();
        end = fixture.log.recoveryPoint();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void keepsValidBatchesBetweenAndBehindDamagedOnes() throws Exception {
        flip(1, 3);
        damageLength(1, 7);

        restart(RecoveryPoint.UNKNOWN);

        long base = extents.get(1).baseOffset();
        assertThat(fixture.log.recovery().quarantined())
                .extracting(QuarantinedRange::fromOffset, QuarantinedRange::toOffset, QuarantinedRange::bytes)
                .containsExactly(tuple(base + 3, base + 4, batchBytes()), tuple(base + 7, base + 8, batchBytes()));
        assertServedWithout(base + 3, base + 7);
        assertThat(fixture.append("next").firstOffsets()).containsExactly(RECORDS);
        fixture.log.close();
        restart(fixture.log.recoveryPoint());
        assertThat(fixture.log.recovery().isUneventful()).isTrue();
    }

    @Test
    void keepsValidBatchesBehindDamageInTheLastSegment() throws Exception {
        int last = extents.size() - 1;
        long base = extents.get(last).baseOffset();
        flip(last, 2);

        repair(end);

        assertServedWithout(base + 2);
        assertThat(fixture.log.snapshot().logEndOffset()).isEqualTo(RECORDS);
    }

    @Test
    void losesNothingMoreByASecondDamageInWhatWasKept() throws Exception {
        long base = extents.get(1).baseOffset();
        flip(1, 3);
        restart(RecoveryPoint.UNKNOWN);
        fixture.log.close();
        Path kept = file(base + 4, ".log");
        byte[] bytes = Files.readAllBytes(kept);
        bytes[bytes.length / 2] ^= 1;
        Files.write(kept, bytes);

        restart(RecoveryPoint.UNKNOWN);

        assertThat(fixture.log.recovery().quarantined()).hasSize(1);
        assertThat(fixture.valuesFrom(0)).hasSize(RECORDS - 2);
    }

    @Test
    void takesNoBatchForASurvivorThatLiesInADamagedOnesRecords() throws Exception {
        byte[] batch = Arrays.copyOf(Files.readAllBytes(file(extents.get(1).baseOffset(), ".log")), batchBytes());
        // which could be one of this log by its offset
        batch[7] = (byte) (RECORDS + 20);
        restart(end);
        fixture.append(new String(batch, java.nio.charset.StandardCharsets.ISO_8859_1));
        fixture.append("next");
        fixture.log.close();
        SegmentExtent last = fixture.log.extents().get(fixture.log.extents().size() - 1);
        extents = fixture.log.extents();
        int index = (int) (RECORDS - last.baseOffset());
        flip(extents.size() - 1, index);

        repair(fixture.log.recoveryPoint());

        assertThat(fixture.valuesFrom(RECORDS)).containsExactly("next");
    }

    @Test
    void reportsALogOfWhichAllSegmentsAreGoneByItsRecoveryPoint() throws Exception {
        deleteAll(0, ".log", ".index", ".timeindex", ".snapshot");
        Files.delete(root.resolve("orders-3/leader-epochs"));
        Files.delete(root.resolve("orders-3/leader-epoch-checkpoint"));

        assertThat(lost(end)).containsExactly(tuple(0L, (long) RECORDS));
        restart(end);

        assertLostFrom(0, RECORDS);
    }

    @Test
    void reportsALogOfWhichAllSegmentsAreGoneByWhatIsLeft() throws Exception {
        deleteAll(0, ".log");

        assertThat(lost(RecoveryPoint.UNKNOWN)).containsExactly(tuple(0L, (long) RECORDS));
        restart(RecoveryPoint.UNKNOWN);

        assertLostFrom(0, RECORDS);
    }

    @Test
    void reportsALogOfWhichNothingButTheLeaderEpochsIsLeft() throws Exception {
        deleteAll(0, ".log", ".index", ".timeindex", ".snapshot");

        assertThat(LogAudit.of(fixture.partitionDirectory(), RecoveryPoint.UNKNOWN, 200)
                        .defects())
                .extracting(LogDefect::part)
                .containsExactly(LogDefect.Part.BATCHES);
        restart(RecoveryPoint.UNKNOWN);

        assertThat(fixture.log.recovery().quarantined()).hasSize(1);
        fixture.log.close();
        restart(RecoveryPoint.UNKNOWN);
        assertThat(fixture.log.recovery().isUneventful()).isTrue();
    }

    @Test
    void reportsNewestSegmentsThatAreGoneByTheirIndexes() throws Exception {
        int from = extents.size() - 2;
        long base = extents.get(from).baseOffset();
        long last = extents.get(from + 1).baseOffset();
        deleteAll(base, ".log", ".snapshot");

        assertThat(lost(RecoveryPoint.UNKNOWN)).containsExactly(tuple(base, last));
        restart(RecoveryPoint.UNKNOWN);

        assertLostFrom(base, last);
    }

    @Test
    void reportsNewestSegmentsThatAreGoneByASnapshot() throws Exception {
        int from = extents.size() - 2;
        long base = extents.get(from).baseOffset();
        deleteAll(base, ".log", ".index", ".timeindex");

        assertThat(lost(RecoveryPoint.UNKNOWN)).containsExactly(tuple(base, (long) RECORDS));
        restart(RecoveryPoint.UNKNOWN);

        assertLostFrom(base, RECORDS);
    }

    private void assertLostFrom(long from, long to) throws Exception {
        assertThat(fixture.log.recovery().quarantined())
                .extracting(QuarantinedRange::fromOffset, QuarantinedRange::toOffset)
                .containsExactly(tuple(from, to));
        assertThat(fixture.append("next").firstOffsets()).containsExactly(to);
        List<String> served = new ArrayList<>(written.subList(0, (int) from));
        served.add("next");
        assertThat(fixture.valuesFrom(0)).isEqualTo(served);
        fixture.log.close();
        assertThat(LogAudit.of(fixture.partitionDirectory(), RecoveryPoint.UNKNOWN, 200)
                        .defects())
                .isEmpty();
        restart(RecoveryPoint.UNKNOWN);
        assertThat(fixture.log.recovery().isUneventful()).isTrue();
    }

    private List<org.assertj.core.groups.Tuple> lost(RecoveryPoint point) throws Exception {
        return LogAudit.of(fixture.partitionDirectory(), point, 200).defects().stream()
                .filter(defect -> defect.part() == LogDefect.Part.BATCHES)
                .map(defect -> tuple(defect.fromOffset(), defect.toOffset()))
                .toList();
    }

    private void assertServedWithout(long... offsets) {
        List<String> served = new ArrayList<>(written);
        Arrays.stream(offsets).forEach(offset -> served.remove(written.get((int) offset)));
        assertThat(fixture.valuesFrom(0)).isEqualTo(served);
    }

    private void restart(RecoveryPoint point) {
        fixture.point = point;
        fixture.openAgain();
    }

    private void repair(RecoveryPoint point) throws Exception {
        List<LogDefect> defects =
                LogAudit.of(fixture.partitionDirectory(), point, 200).defects();
        fixture.log = PartitionLog.openRepairing(
                fixture.directory,
                fixture.log.partition(),
                fixture.log.topicId(),
                fixture.settings,
                point,
                defects,
                LogFixture.NOW);
        fixture.commitAll();
    }

    private void flip(int segment, int batch) throws Exception {
        change(segment, batch, 70);
    }

    private void damageLength(int segment, int batch) throws Exception {
        change(segment, batch, 9);
    }

    private void change(int segment, int batch, int at) throws Exception {
        Path log = file(extents.get(segment).baseOffset(), ".log");
        byte[] bytes = Files.readAllBytes(log);
        bytes[batch * batchBytes() + at] ^= 1;
        Files.write(log, bytes);
    }

    /** All batches but one are of one size. */
    private int batchBytes() {
        return extents.get(0).sizeInBytes()
                / (int) (extents.get(0).nextOffset() - extents.get(0).baseOffset());
    }

    private void deleteAll(long fromOffset, String... suffixes) throws Exception {
        for (Path file : files()) {
            String name = file.getFileName().toString();
            boolean isOne = Arrays.stream(suffixes).anyMatch(name::endsWith);
            if (isOne && Long.parseLong(name.substring(0, 20)) >= fromOffset && !isSnapshotAt(name, fromOffset)) {
                Files.delete(file);
            }
        }
    }

    /** The one where the first lost segment begins tells nothing of it. */
    private static boolean isSnapshotAt(String name, long offset) {
        return offset > 0 && name.equals(String.format("%020d.snapshot", offset));
    }

    private List<Path> files() throws Exception {
        try (var files = Files.list(root.resolve("orders-3"))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private Path file(long baseOffset, String suffix) {
        return root.resolve("orders-3").resolve(String.format("%020d", baseOffset) + suffix);
    }
}
