package io.penstock.core.log;

import static io.penstock.core.log.PartitionLogTest.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.penstock.core.compression.Compression;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.FaultyDirectory.Operation;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.NoSpaceException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LogFailureTest {

    @TempDir
    Path root;

    private final FaultyDirectory.Plan plan = new FaultyDirectory.Plan();
    private LogFixture fixture;

    @BeforeEach
    void open() throws Exception {
        fixture = new LogFixture(new FaultyDirectory(DiskDirectory.open(root), plan), LogFixture.SMALL);
    }

    @AfterEach
    void close() {
        plan.heal();
        fixture.close();
    }

    @ParameterizedTest
    @CsvSource({
        "APPEND, .log",
        "TORN_APPEND, .log",
        "APPEND, .index",
        "TORN_APPEND, .index",
        "APPEND, .timeindex",
        "TORN_APPEND, .timeindex",
        "OPEN, .log",
        "OPEN, .timeindex"
    })
    void undoesAnAppendThatFailsAnywhereAndGoesOn(Operation operation, String suffix) {
        List<String> written = fill(20);
        LogSnapshot before = fixture.log.snapshot();
        List<SegmentExtent> extents = fixture.log.extents();
        plan.fail(operation, suffix, new IOException("input/output error"));

        assertRefused(() -> fixture.append(manyBatches()), ErrorCode.STORAGE_ERROR);

        assertThat(fixture.log.snapshot()).isEqualTo(before);
        assertThat(fixture.log.extents().get(0)).isEqualTo(extents.get(0));
        assertThat(fixture.log.sizeInBytes())
                .isEqualTo(
                        extents.stream().mapToLong(SegmentExtent::sizeInBytes).sum());
        assertThat(fixture.valuesFrom(0)).isEqualTo(written);
        plan.heal();
        assertThat(fixture.append("next").firstOffsets()).containsExactly(20);
        written.add("next");
        assertThat(fixture.valuesFrom(0)).isEqualTo(written);
        fixture.reopen();
        assertThat(fixture.log.snapshot().logEndOffset())
                .as("nothing is left of a segment that was not created")
                .isEqualTo(21);
        assertThat(fixture.log.recovery().isUneventful()).isTrue();
        assertThat(fixture.valuesFrom(0)).isEqualTo(written);
    }

    @Test
    void saysThatThereIsNoSpaceAndCanGoOnWhenThereIs() {
        fixture.append("a");
        plan.fail(Operation.TORN_APPEND, ".log", new NoSpaceException("full"));

        assertRefused(() -> fixture.append("b"), ErrorCode.STORAGE_FULL);

        assertThat(fixture.log.outOfUse()).isNull();
        plan.heal();
        fixture.append("c");
        assertThat(fixture.valuesFrom(0)).containsExactly("a", "c");
    }

    @Test
    void saysThatThereIsNoSpaceForANewLeaderEpoch() {
        fixture.append("a");
        plan.fail(Operation.APPEND, ".tmp", new NoSpaceException("full"));

        assertRefused(() -> fixture.append(1, fixture.batch("b")), ErrorCode.STORAGE_FULL);
        assertThat(fixture.log.endOffsetFor(1)).isEqualTo(EpochEndOffset.UNKNOWN);

        plan.heal();
        fixture.append(1, fixture.batch("c"));
        assertThat(fixture.valuesFrom(0)).containsExactly("a", "c");
        assertThat(fixture.log.endOffsetFor(0)).isEqualTo(new EpochEndOffset(0, 1));
    }

    @Test
    void failsForGoodWhenAnAppendCannotBeUndone() {
        fixture.append("a");
        AtomicInteger wakes = new AtomicInteger();
        fixture.log.signal().whenBeyond(1, wakes::incrementAndGet);
        plan.fail(Operation.TORN_APPEND, ".log", new NoSpaceException("full"));
        plan.fail(Operation.TRUNCATE, ".log", new IOException("input/output error"));

        assertRefused(() -> fixture.append("b"), ErrorCode.STORAGE_ERROR);

        plan.heal();
        assertOutOfUse();
        assertThat(wakes).hasValue(1);
        assertThat(fixture.log.snapshot().logEndOffset()).isEqualTo(1);
        fixture.reopen();
        assertThat(fixture.log.recovery().bytesCut()).isPositive();
        assertThat(fixture.valuesFrom(0)).containsExactly("a");
    }

    @Test
    void neverBelievesAForceAfterOneThatFailed() {
        // guards 22 of the findings: a second fsync succeeds, because the kernel has marked the lost pages clean
        fixture.append("a");
        fixture.log.flush();
        fixture.append("b");
        AtomicInteger wakes = new AtomicInteger();
        fixture.log.signal().whenBeyond(2, wakes::incrementAndGet);
        plan.fail(Operation.FORCE, ".log", new IOException("input/output error"));

        assertRefused(() -> fixture.log.flush(), ErrorCode.STORAGE_ERROR);

        plan.heal();
        assertOutOfUse();
        assertThat(fixture.log.flushedOffset()).isEqualTo(1);
        assertThat(wakes).hasValue(1);
    }

    @ParameterizedTest
    @CsvSource({"FORCE, .log", "FORCE, .index", "FORCE_DIRECTORY, orders-3"})
    void failsForGoodWhenARolledSegmentCannotBeForced(Operation operation, String suffix) {
        plan.fail(operation, suffix, new IOException("input/output error"));

        assertRefused(() -> fill(100), ErrorCode.STORAGE_ERROR);

        plan.heal();
        assertOutOfUse();
    }

    @Test
    void forcesARolledSegmentBeforeAnythingIsInTheNext() {
        plan.forced.clear();

        fixture.append(manyBatches());

        int segments = fixture.log.extents().size();
        assertThat(segments).isGreaterThan(1);
        for (SegmentExtent extent : fixture.log.extents().subList(0, segments - 1)) {
            String name = String.format("%020d", extent.baseOffset());
            assertThat(plan.forced).contains(name + ".log", name + ".index", name + ".timeindex");
        }
    }

    @Test
    void forcesOnlyWhatWasNotForcedBefore() {
        fixture.append(manyBatches());
        SegmentExtent active = lastExtent();
        assertThat(fixture.log.flushedOffset()).isEqualTo(active.baseOffset());
        fixture.reopen();
        assertThat(fixture.log.flushedOffset()).isEqualTo(active.baseOffset());
        plan.forced.clear();

        assertThat(fixture.log.flush()).isEqualTo(active.nextOffset());

        assertThat(plan.forced)
                .as("the last segment's indexes are built again when the log is opened")
                .containsExactly(String.format("%020d.log", active.baseOffset()));
        assertThat(fixture.log.flush()).isEqualTo(active.nextOffset());
        assertThat(plan.forced).as("there was nothing to force").hasSize(1);
    }

    @Test
    void doesNotCallDurableWhatWasCutAndWrittenAgainDuringTheFlush() {
        fill(10);
        plan.interruptForce(() -> {
            fixture.log.truncateTo(4);
            fixture.append("again", "and again", "and once more");
        });

        assertThat(fixture.log.flush()).as("it promises nothing").isZero();

        assertThat(fixture.log.flush()).isEqualTo(7);
        assertThat(fixture.log.flushedOffset()).isEqualTo(7);
    }

    @Test
    void doesNotCallDurableWhatWasDeletedDuringTheFlush() {
        fill(100);
        plan.interruptForce(() -> fixture.log.delete());

        assertRefused(() -> fixture.log.flush(), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void reportsAReadThatFailsAndGoesOn() {
        fixture.append("a");
        plan.fail(Operation.READ, ".log", new IOException("input/output error"));

        assertRefused(() -> fixture.valuesFrom(0), ErrorCode.STORAGE_ERROR);
        assertRefused(() -> fixture.log.lookupTimestamp(0), ErrorCode.STORAGE_ERROR);

        plan.heal();
        assertThat(fixture.valuesFrom(0)).containsExactly("a");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 40, 100, 200, 300})
    void aReadThatACutAndANewAppendOvertakeIsDoneAgain(int bytesRead) {
        // guards the reader's look at the count of truncations after its read: without it, it gives bytes of both
        fill(5);
        plan.interrupt(".log", bytesRead, () -> {
            fixture.log.truncateTo(1);
            fixture.append("something longer than what was there");
            fixture.append("and more of it, so that no batch lies where another lay", "in a batch of two");
            fixture.append("last");
        });

        assertThat(LogFixture.values(fixture.read(0, 5, LogFixture.ALL)))
                .startsWith("value 0", "something longer than what was there")
                .endsWith("last")
                .hasSize(5);
    }

    @Test
    void aReadThatADeletionOfItsSegmentOvertakesIsDoneAgain() {
        List<String> written = fill(60);
        long second = fixture.log.extents().get(1).baseOffset();
        plan.interrupt(".log", 30, () -> {
            fixture.log.truncateTo(second - 1);
            fixture.append("again");
        });

        LogSlice slice = fixture.read(second - 1, 60, LogFixture.ALL);

        assertThat(LogFixture.values(slice)).containsExactly("again");
        assertThat(fixture.valuesFrom(0)).hasSize((int) second).startsWith(written.get(0));
    }

    @Test
    void aLookupThatACutOvertakesIsDoneAgain() {
        fixture.append(fixture.batch(Compression.NONE, 100, 200), fixture.batch(Compression.NONE, 300, 400));
        plan.interrupt(".log", 50, () -> {
            fixture.log.truncateTo(2);
            fixture.append(fixture.batch(Compression.GZIP, 350));
        });

        assertThat(fixture.log.lookupTimestamp(300)).isEqualTo(new OffsetAndTimestamp(2, 350, 0));
    }

    @Test
    void leavesTheOldCheckpointWhenANewOneCannotTakeItsPlace() {
        fixture.append("a");
        plan.fail(Operation.RENAME, ".tmp", new IOException("input/output error"));

        assertRefused(() -> fixture.append(1, fixture.batch("b")), ErrorCode.STORAGE_ERROR);

        plan.heal();
        fixture.reopen();
        assertThat(fixture.log.endOffsetFor(0)).isEqualTo(new EpochEndOffset(0, 1));
        assertThat(fixture.log.endOffsetFor(1)).isEqualTo(EpochEndOffset.UNKNOWN);
        assertThat(fixture.valuesFrom(0)).containsExactly("a");
    }

    @Test
    void refusesToOpenWhatCannotBeRead() {
        fixture.append("a");
        fixture.log.close();
        plan.fail(Operation.READ, ".log", new IOException("input/output error"));

        assertRefused(fixture::openAgain, ErrorCode.STORAGE_ERROR);

        plan.heal();
        fixture.openAgain();
        assertThat(fixture.valuesFrom(0)).containsExactly("a");
    }

    private void assertOutOfUse() {
        PenstockException reason = fixture.log.outOfUse();
        assertThat(reason).isNotNull();
        assertThat(reason.code()).isEqualTo(ErrorCode.STORAGE_ERROR);
        assertRefused(() -> fixture.append("later"), ErrorCode.STORAGE_ERROR);
        assertRefused(() -> fixture.log.flush(), ErrorCode.STORAGE_ERROR);
        assertRefused(() -> fixture.read(0, 1, 1), ErrorCode.STORAGE_ERROR);
        assertRefused(() -> fixture.log.truncateTo(0), ErrorCode.STORAGE_ERROR);
        AtomicInteger wakes = new AtomicInteger();
        fixture.log.signal().whenBeyond(99, wakes::incrementAndGet);
        assertThat(wakes).as("a wait on a failed log is over at once").hasValue(1);
    }

    private SegmentExtent lastExtent() {
        List<SegmentExtent> extents = fixture.log.extents();
        return extents.get(extents.size() - 1);
    }

    /** More than a segment, so that the append rolls. */
    private ByteBuf[] manyBatches() {
        ByteBuf[] batches = new ByteBuf[50];
        for (int i = 0; i < batches.length; i++) {
            batches[i] = fixture.batch("many " + i);
        }
        return batches;
    }

    private List<String> fill(int count) {
        List<String> written = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            fixture.append("value " + i);
            written.add("value " + i);
        }
        return written;
    }
}
