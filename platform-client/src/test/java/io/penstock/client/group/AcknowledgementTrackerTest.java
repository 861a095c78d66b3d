package io.penstock.client.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.model.OffsetRanges;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class AcknowledgementTrackerTest {

    private final Heard heard = new Heard();

    private static final class Heard implements PartitionProgress.Listener {
        long acknowledged;
        int full;
        int room;
        int drained;

        @Override
        public void onAcknowledged(long records) {
            acknowledged += records;
        }

        @Override
        public void onFull() {
            full++;
        }

        @Override
        public void onRoom() {
            room++;
        }

        @Override
        public void onDrained() {
            drained++;
        }
    }

    /** One that has room for so many ranges that lie close together. */
    private AcknowledgementTracker tracker(int maxRanges) {
        return new AcknowledgementTracker(0, new OffsetRanges(), true, 2 * maxRanges, heard);
    }

    /**
     * A log with holes, records acknowledged in any order, crashes in between: what is committed is what is finished,
     * and no record that was acknowledged before a commit is handed out after it.
     */
    @Property(tries = 300)
    void commitsWhatIsFinishedAndHandsOutTheRest(@ForAll long seed) {
        Random random = new Random(seed);
        TreeSet<Long> log = new TreeSet<>();
        for (long offset = 0; offset < 120; offset++) {
            if (random.nextInt(4) != 0) {
                log.add(offset);
            }
        }
        TreeSet<Long> finished = new TreeSet<>();
        long committed = 0;
        OffsetRanges beyond = new OffsetRanges();
        for (int life = 0; life < 5; life++) {
            AcknowledgementTracker tracker = new AcknowledgementTracker(committed, beyond.copy(), true, heard);
            TreeSet<Long> left = new TreeSet<>(log.tailSet(committed));
            left.removeAll(finished);
            List<Long> unacknowledged = new ArrayList<>();
            TreeSet<Long> acknowledged = new TreeSet<>(finished);
            long position = committed;
            for (int step = random.nextInt(150); step > 0; step--) {
                if (random.nextBoolean() && !unacknowledged.isEmpty()) {
                    long offset = unacknowledged.remove(random.nextInt(unacknowledged.size()));
                    tracker.acknowledge(offset, offset + 1);
                    tracker.acknowledge(offset, offset + 1);
                    acknowledged.add(offset);
                } else {
                    Long next = log.ceiling(position);
                    while (next != null && tracker.nextUnfinished(next) != next) {
                        next = log.ceiling(tracker.nextUnfinished(next));
                    }
                    Long expected = left.ceiling(position);
                    assertThat(next).isEqualTo(expected);
                    if (next == null) {
                        tracker.passTo(120);
                        position = 120;
                    } else {
                        tracker.handOut(next, next + 1);
                        unacknowledged.add(next);
                        position = next + 1;
                    }
                }
                assertThat(tracker.unacknowledged()).isEqualTo(unacknowledged.size());
            }
            Progress progress = tracker.uncommitted();
            if (progress != null && random.nextInt(4) != 0) {
                check(progress, log, acknowledged);
                committed = progress.offset();
                beyond = progress.finished();
                finished = acknowledged;
                tracker.onCommitted(progress);
                assertThat(tracker.uncommitted()).isNull();
            }
        }
    }

    private static void check(Progress progress, TreeSet<Long> log, TreeSet<Long> acknowledged) {
        for (long offset : log) {
            boolean isFinished =
                    offset < progress.offset() || progress.finished().contains(offset);
            assertThat(isFinished).as("offset %d of %s", offset, progress).isEqualTo(acknowledged.contains(offset));
        }
    }

    @Test
    void countsWhatTheLogHasNoRecordForAsFinished() {
        AcknowledgementTracker tracker = tracker(10);
        tracker.handOut(3, 4);
        tracker.passTo(10);
        tracker.acknowledge(3, 4);
        assertThat(tracker.uncommitted().offset()).isEqualTo(10);
        assertThat(heard.acknowledged).isEqualTo(1);
    }

    @Test
    void tellsOfAGapThatNoAcknowledgementFollows() {
        AcknowledgementTracker tracker = tracker(10);
        tracker.handOut(0, 1);
        tracker.acknowledge(0, 1);
        tracker.passTo(10);
        assertThat(tracker.uncommitted().offset()).isEqualTo(10);
        assertThat(heard.acknowledged).isEqualTo(2);
    }

    @Test
    void knowsTheLeaderEpochOfTheBatchBeforeItsOffset() {
        AcknowledgementTracker tracker = tracker(10);
        assertThat(tracker.uncommitted()).isNull();
        tracker.enter(0, 3);
        tracker.handOut(0, 2);
        tracker.enter(2, 5);
        tracker.handOut(2, 4);
        tracker.acknowledge(0, 2);
        assertThat(tracker.uncommitted().leaderEpoch()).isEqualTo(3);
        tracker.acknowledge(2, 3);
        assertThat(tracker.uncommitted().leaderEpoch()).isEqualTo(5);
    }

    @Test
    void passesOverWhatWasNotHandedOut() {
        AcknowledgementTracker tracker = tracker(10);
        tracker.handOut(0, 2);
        tracker.acknowledge(5, 9);
        tracker.acknowledge(1, 7);
        assertThat(tracker.uncommitted().offset()).isZero();
        assertThat(tracker.uncommitted().finished()).hasToString("{1..1}");
        assertThat(tracker.unacknowledged()).isEqualTo(1);
    }

    @Test
    void keepsFewerRangesThatLieFarApart() {
        AcknowledgementTracker tracker = tracker(2);
        tracker.handOut(0, 1_000);
        tracker.acknowledge(500, 501);
        assertThat(tracker.admits(1_001)).isTrue();
        tracker.acknowledge(900, 901);
        assertThat(tracker.admits(1_001))
                .as("three bytes each, and there are four")
                .isFalse();
        tracker.acknowledge(501, 900);
        assertThat(heard.room).as("one of four bytes").isZero();
        tracker.acknowledge(0, 500);
        assertThat(heard.room).isEqualTo(1);
    }

    /** Or nobody would ever close a gap. */
    @Test
    void admitsWhatIsNextThoughThereWereAsManyRangesBeforeAsItKeeps() {
        OffsetRanges finished = new OffsetRanges();
        finished.add(1, 2);
        finished.add(3, 4);
        AcknowledgementTracker tracker = new AcknowledgementTracker(0, finished, true, 4, heard);
        assertThat(tracker.admits(2)).isTrue();
        tracker.handOut(0, 1);
        assertThat(tracker.admits(3)).isFalse();
        tracker.acknowledge(0, 1);
        assertThat(heard.room).isEqualTo(1);
        assertThat(tracker.admits(3)).isTrue();
        assertThat(heard.full).isEqualTo(1);
    }

    @Test
    void admitsNothingWhileThereAreAsManyRangesAsItKeeps() {
        AcknowledgementTracker tracker = tracker(2);
        tracker.handOut(0, 5);
        tracker.acknowledge(1, 2);
        assertThat(tracker.admits(9)).isTrue();
        tracker.acknowledge(3, 4);
        assertThat(heard.full).isZero();
        assertThat(tracker.admits(9)).isFalse();
        assertThat(tracker.admits(9)).isFalse();
        assertThat(heard.full).isEqualTo(1);
        assertThat(heard.room).isZero();
        tracker.acknowledge(2, 3);
        assertThat(heard.room).isEqualTo(1);
        assertThat(tracker.admits(9)).isTrue();
    }

    @Test
    void saysWhenTheLastRecordIsAcknowledgedWhileItDrains() {
        AcknowledgementTracker tracker = tracker(10);
        tracker.handOut(0, 2);
        assertThat(tracker.drain()).isFalse();
        tracker.acknowledge(1, 2);
        assertThat(heard.drained).isZero();
        tracker.acknowledge(0, 1);
        assertThat(heard.drained).isEqualTo(1);
        assertThat(tracker.drain()).isTrue();
    }

    @Test
    void hasSomethingToCommitAtTheStartIfThatIsNotCommitted() {
        assertThat(tracker(10).uncommitted()).isNull();
        AcknowledgementTracker begun = new AcknowledgementTracker(7, new OffsetRanges(), false, heard);
        assertThat(begun.uncommitted().offset()).isEqualTo(7);
    }

    @Test
    void commitsABatchBeforeItIsHandedOutAndWhatWasNotBack() {
        CommitAhead ahead = new CommitAhead(5, new OffsetRanges(), true, heard);
        assertThat(ahead.uncommitted()).isNull();
        assertThat(ahead.admits(8)).isFalse();
        Progress progress = ahead.uncommitted();
        assertThat(progress.offset()).isEqualTo(8);
        ahead.onCommitted(progress);
        assertThat(heard.room).isEqualTo(1);
        assertThat(ahead.admits(8)).isTrue();
        ahead.handOut(5, 6);
        assertThat(ahead.drain()).isTrue();
        assertThat(ahead.uncommitted().offset()).isEqualTo(6);
    }

    @Test
    void commitsWhereItBeginsIfThatIsNotCommittedBeforeAnythingIsHandedOut() {
        CommitAhead ahead = new CommitAhead(5, new OffsetRanges(), false, heard);
        Progress start = ahead.uncommitted();
        assertThat(start.offset()).isEqualTo(5);
        ahead.onCommitted(start);
        assertThat(ahead.uncommitted()).isNull();
        assertThat(ahead.admits(6)).isFalse();
    }

    @Test
    void handsNothingOutAgainThatWasFinishedBeforeItCommittedAhead() {
        OffsetRanges finished = new OffsetRanges();
        finished.add(7, 9);
        finished.add(12, 13);
        CommitAhead ahead = new CommitAhead(5, finished, true, heard);
        assertThat(ahead.nextUnfinished(7)).isEqualTo(9);
        assertThat(ahead.finished(6, 10)).hasToString("{7..8}");
        assertThat(ahead.admits(8)).isFalse();
        Progress progress = ahead.uncommitted();
        assertThat(progress.offset()).as("behind what is finished").isEqualTo(9);
        assertThat(progress.finished()).hasToString("{12..12}");
        ahead.onCommitted(progress);
        assertThat(ahead.admits(8)).isTrue();
        assertThat(ahead.uncommitted()).isNull();
    }
}
