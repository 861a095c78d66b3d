package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.segment.LogSegment;
import io.penstock.core.record.TestBatches;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process dies before each change that a compaction, or the deletion of old segments, makes to the disk. */
class CompactionCrashTest {

    private static final int KEYS = 5;
    private static final int BATCHES = 60;
    private static final LogSettings SETTINGS = new LogSettings(700, Long.MAX_VALUE, 100, 4096);

    @TempDir
    Path directory;

    private final List<StoredRecord> all = new ArrayList<>();

    private Path fill() throws IOException {
        Path template = directory.resolve("template");
        try (LogFixture fixture = new LogFixture(DiskDirectory.open(template), SETTINGS)) {
            for (int i = 0; i < BATCHES; i++) {
                String key = "key-" + i % KEYS;
                String value = i % 7 == 3 ? null : "value-" + i;
                ByteBuf batch = TestBatches.batch()
                        .allocator(fixture.allocator)
                        .record(LogFixture.NOW, key, value)
                        .build();
                all.add(new StoredRecord(i, LogFixture.NOW, key, value, "[]"));
                fixture.append(batch);
            }
            fixture.log.roll(LogFixture.NOW);
            assertThat(fixture.log.extents()).hasSizeGreaterThan(6);
        }
        return template;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.sorted(Comparator.naturalOrder()).toList()) {
                Files.copy(file, to.resolve(from.relativize(file)));
            }
        }
    }

    @Test
    void everyStepOfACompactionCanBeTheLast() throws Exception {
        Path template = fill();
        int deaths = 0;
        boolean survived = false;
        while (!survived) {
            Path copy = directory.resolve("run-" + deaths);
            copy(template, copy);
            survived = compactAndDie(copy, deaths++);
            recover(copy);
        }
        // three groups, each with files that are created, written, forced, renamed and deleted
        assertThat(deaths).isGreaterThan(60);
    }

    private boolean compactAndDie(Path path, int changes) throws IOException {
        DyingDirectory.Life life = new DyingDirectory.Life();
        try (LogFixture fixture = new LogFixture(new DyingDirectory(DiskDirectory.open(path), life), SETTINGS)) {
            fixture.commitAll();
            // so that neighbours become one
            fixture.log.configure(SETTINGS.withSegmentBytes(2048));
            life.endAfter(changes);
            try {
                new Compactor(fixture.allocator).compact(fixture.log, LogFixture.NOW);
                assertThat(fixture.log.extents()).hasSizeLessThan(6);
            } catch (PenstockException e) {
                assertThat(life.isOver()).as("%s", e.toString()).isTrue();
            }
            boolean survived = endLife(life, fixture.log);
            return survived;
        }
    }

    /** Gives the files of a dead process back, or lets one that survived go on. */
    private static boolean endLife(DyingDirectory.Life life, PartitionLog log) {
        if (!life.isOver()) {
            life.endAfter(Long.MAX_VALUE);
            return true;
        }
        try {
            log.close();
        } catch (PenstockException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.STORAGE_ERROR);
        }
        return false;
    }

    /** What was there is there, as far as it is the newest; nothing else came; and compacting again ends as it should. */
    private void recover(Path path) throws Exception {
        try (LogFixture fixture = new LogFixture(DiskDirectory.open(path), SETTINGS)) {
            fixture.commitAll();
            List<StoredRecord> found = StoredRecord.readAll(fixture.log, fixture.allocator, 300);
            assertThat(all).containsAll(found);
            assertThat(found).isSortedAccordingTo(Comparator.comparingLong(StoredRecord::offset));
            assertThat(found).containsAll(newest()).doesNotHaveDuplicates();
            assertThat(fixture.log.snapshot().logEndOffset()).isEqualTo(BATCHES);
            assertThat(fixture.log.recovery().damage()).isEmpty();
            fixture.reopen();
            assertThat(fixture.log.recovery().indexesRebuilt()).isZero();
            assertThat(StoredRecord.readAll(fixture.log, fixture.allocator, 300))
                    .isEqualTo(found);
            new Compactor(fixture.allocator).compact(fixture.log, LogFixture.NOW);
            assertThat(StoredRecord.readAll(fixture.log, fixture.allocator, 300))
                    .isEqualTo(newest());
            assertThat(fixture.partitionDirectory().list())
                    .noneMatch(
                            name -> name.endsWith(".swap") || name.endsWith(".cleaned") || name.endsWith(".deleted"));
        }
    }

    private List<StoredRecord> newest() {
        Map<String, StoredRecord> newest = new HashMap<>();
        all.forEach(record -> newest.put(record.key(), record));
        return newest.values().stream()
                .sorted(Comparator.comparingLong(StoredRecord::offset))
                .toList();
    }

    /** Or they may be left beside the new log file, if the power goes when only that has its name. */
    @Test
    void oldIndexesGoBeforeNewOnesGetTheirNamesAlsoWhereTheirLogFileIsGone() throws IOException {
        FaultyDirectory.Plan plan = new FaultyDirectory.Plan();
        LogDirectory faulty = new FaultyDirectory(DiskDirectory.open(directory), plan);
        for (String suffix : List.of(".log.swap", ".index.swap", ".timeindex.swap", ".index", ".timeindex")) {
            faulty.open(LogSegment.fileName(0, suffix)).close();
        }
        plan.fail(FaultyDirectory.Operation.RENAME, "", new IOException("the power went"));
        assertThatThrownBy(() -> SegmentSwap.complete(faulty)).hasMessage("the power went");
        assertThat(faulty.list())
                .noneMatch(name -> name.endsWith(".index") || name.endsWith(".timeindex"))
                .hasSize(3);
    }

    @Test
    void everyStepOfADeletionCanBeTheLast() throws IOException {
        Path template = fill();
        boolean survived = false;
        for (int deaths = 0; !survived; deaths++) {
            Path copy = directory.resolve("run-" + deaths);
            copy(template, copy);
            DyingDirectory.Life life = new DyingDirectory.Life();
            try (LogFixture fixture = new LogFixture(new DyingDirectory(DiskDirectory.open(copy), life), SETTINGS)) {
                fixture.commitAll();
                fixture.log.deleteBefore(42);
                life.endAfter(deaths);
                try {
                    fixture.log.deleteObsoleteSegments().release();
                } catch (PenstockException e) {
                    assertThat(life.isOver()).isTrue();
                }
                survived = endLife(life, fixture.log);
            }
            try (LogFixture fixture = new LogFixture(DiskDirectory.open(copy), SETTINGS)) {
                fixture.logStart = 42;
                fixture.reopen();
                assertThat(fixture.log.snapshot().logStartOffset()).isEqualTo(42);
                assertThat(StoredRecord.readAll(fixture.log, fixture.allocator, 300))
                        .isEqualTo(all.subList(42, BATCHES));
                assertThat(fixture.log.extents().get(0).nextOffset()).isGreaterThan(42);
            }
        }
    }
}
