package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.cli.HistoryEvent.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The checker finds what is planted, and nothing in a history that is in order. */
class GroupHistoryTest {

    private final Map<String, List<HistoryEvent>> members = new HashMap<>();

    private GroupHistoryTest at(long nanos, String member, Kind kind, long number, Integer... partitions) {
        members.computeIfAbsent(member, name -> new ArrayList<>())
                .add(new HistoryEvent(nanos, kind, number, Arrays.asList(partitions)));
        return this;
    }

    private GroupHistory history() {
        GroupHistory history = new GroupHistory();
        members.forEach(history::add);
        return history;
    }

    private List<String> violations(long records) {
        return history().violations(Map.of(0, records));
    }

    private GroupHistoryTest firstHandlesTwo() {
        return at(10, "a", Kind.ASSIGNED, 1, 0)
                .at(11, "a", Kind.STARTED, 0, 0)
                .at(11, "a", Kind.OPENED, 0, 0)
                .at(12, "a", Kind.HANDLED, 0, 0)
                .at(13, "a", Kind.HANDLED, 1, 0);
    }

    private GroupHistoryTest firstGivesUp() {
        return at(14, "a", Kind.REVOKING, 0, 0).at(16, "a", Kind.REVOKED, 0, 0);
    }

    /** Another partition, in its process that is warm since then. */
    private GroupHistoryTest secondHasReadBefore() {
        return at(1, "b", Kind.ASSIGNED, 1, 1).at(2, "b", Kind.STARTED, 0, 1);
    }

    private GroupHistoryTest secondTakesOver() {
        return at(20, "b", Kind.ASSIGNED, 2, 0).at(25, "b", Kind.STARTED, 0, 0);
    }

    @Test
    void findsNothingInADrainedMoveAndMeasuresIt() {
        firstHandlesTwo()
                .at(14, "a", Kind.REVOKING, 0, 0)
                .at(15, "a", Kind.HANDLED, 2, 0)
                .at(16, "a", Kind.REVOKED, 0, 0)
                .secondHasReadBefore()
                .secondTakesOver()
                .at(26, "b", Kind.HANDLED, 3, 0);
        assertThat(violations(4)).isEmpty();
        assertThat(history().moves()).containsExactly(new GroupHistory.Move(5, 10));
    }

    @Test
    void measuresNoMoveToOneWhoWasStoppedMeanwhileOrIsNew() {
        firstHandlesTwo()
                .firstGivesUp()
                .secondTakesOver()
                .at(30, "b", Kind.REVOKING, 0, 0)
                .at(31, "b", Kind.REVOKED, 0, 0)
                .at(32, "a", Kind.STOPPED, 0)
                .at(40, "a", Kind.WOKEN, 0)
                .at(41, "a", Kind.ASSIGNED, 3, 0)
                .at(42, "a", Kind.STARTED, 0, 0);
        assertThat(violations(2)).isEmpty();
        assertThat(history().moves()).isEmpty();
    }

    @Test
    void asksNoRefusalOfOneThatWasKilledBeforeItCouldHearOfIt() {
        firstHandlesTwo()
                .at(14, "a", Kind.HELD, 1, 0)
                .at(20, "a", Kind.LOST, 0, 0)
                .at(21, "a", Kind.KILLED, 0);
        assertThat(violations(2)).isEmpty();
    }

    @Test
    void measuresNoMoveWhileOneIsDeadAndNotPutOutYet() {
        firstHandlesTwo()
                .firstGivesUp()
                .at(3, "c", Kind.KILLED, 0)
                .secondHasReadBefore()
                .secondTakesOver();
        assertThat(violations(2)).isEmpty();
        assertThat(history().moves()).isEmpty();
    }

    @Test
    void findsNothingWhenOneThatWasKilledOrPutOutIsRepeated() {
        firstHandlesTwo()
                .at(14, "a", Kind.KILLED, 0)
                .at(20, "b", Kind.ASSIGNED, 2, 0)
                .at(21, "b", Kind.HANDLED, 1, 0)
                .at(30, "c", Kind.ASSIGNED, 3, 0)
                .at(31, "c", Kind.HANDLED, 1, 0)
                .at(40, "b", Kind.LOST, 0, 0);
        assertThat(violations(2)).isEmpty();
    }

    @Test
    void findsNothingWhenOneThatWasPutOutHearsLateOfWhatItHad() {
        firstHandlesTwo()
                .at(14, "a", Kind.REVOKED, 0, 0)
                .at(20, "b", Kind.ASSIGNED, 3, 0)
                .at(30, "c", Kind.ASSIGNED, 2, 0)
                .at(31, "c", Kind.LOST, 0, 0);
        assertThat(violations(2)).isEmpty();
    }

    @Test
    void findsNothingWhenOneThatWasPutOutIsKilledBeforeItHearsOfIt() {
        firstHandlesTwo()
                .at(14, "a", Kind.PUT_OUT, 0)
                .at(20, "b", Kind.ASSIGNED, 2, 0)
                .at(21, "b", Kind.HANDLED, 1, 0)
                .at(30, "a", Kind.KILLED, 0);
        assertThat(violations(2)).isEmpty();
    }

    @Test
    void findsTwoOwnersWhenOneThatHeardThatItWasPutOutIsKilled() {
        firstHandlesTwo()
                .at(14, "a", Kind.PUT_OUT, 0)
                .at(15, "a", Kind.LOST, 0, 0)
                .at(16, "a", Kind.ASSIGNED, 2, 0)
                .at(20, "b", Kind.ASSIGNED, 3, 0)
                .at(30, "a", Kind.KILLED, 0);
        assertThat(violations(2)).singleElement().asString().contains("owned at the same time");
    }

    @Test
    void findsALateClaimOfOneThatWasNotPutOut() {
        firstHandlesTwo()
                .at(14, "a", Kind.REVOKED, 0, 0)
                .at(20, "b", Kind.ASSIGNED, 3, 0)
                .at(30, "c", Kind.ASSIGNED, 2, 0)
                .at(31, "c", Kind.REVOKED, 0, 0);
        assertThat(violations(2)).singleElement().asString().contains("owned at the same time");
    }

    @Test
    void findsARecordThatNobodyHandled() {
        firstHandlesTwo();
        assertThat(violations(3)).containsExactly("partition 0@2 was never handled");
    }

    @Test
    void findsTwoOwnersAtOnce() {
        firstHandlesTwo()
                .at(15, "b", Kind.ASSIGNED, 2, 0)
                .at(16, "a", Kind.REVOKING, 0, 0)
                .at(17, "a", Kind.REVOKED, 0, 0);
        assertThat(violations(2)).singleElement().asString().contains("owned at the same time");
    }

    @Test
    void findsTwoOwnersOfOneEpoch() {
        firstHandlesTwo().at(14, "a", Kind.KILLED, 0).at(20, "b", Kind.ASSIGNED, 1, 0);
        assertThat(violations(2)).singleElement().asString().contains("are of one epoch");
    }

    @Test
    void findsARecordThatCameAgainAfterADrain() {
        firstHandlesTwo()
                .at(14, "a", Kind.REVOKED, 0, 0)
                .at(20, "b", Kind.ASSIGNED, 2, 0)
                .at(21, "b", Kind.HANDLED, 1, 0);
        assertThat(violations(2)).singleElement().asString().contains("had its offset 1 again");
    }

    @Test
    void findsARecordThatCameTwiceOrTooLate() {
        firstHandlesTwo().at(14, "a", Kind.HANDLED, 1, 0);
        assertThat(violations(2)).singleElement().asString().contains("gave offset 1 after 1");
    }

    @Test
    void findsRecordsOfOneWhoDoesNotOwnThem() {
        firstHandlesTwo().at(14, "a", Kind.REVOKED, 0, 0).at(15, "a", Kind.HANDLED, 2, 0);
        assertThat(violations(2)).singleElement().asString().contains("without owning it");
    }

    @Test
    void findsAPartitionThatWasOpenedAgainThoughItStayed() {
        firstHandlesTwo().at(14, "a", Kind.OPENED, 0, 0);
        assertThat(violations(2)).singleElement().asString().contains("was opened 2 times");
        at(15, "a", Kind.INTERRUPTED, 0, 0);
        assertThat(violations(2)).isEmpty();
    }

    @Test
    void findsALateCommitThatWasTaken() {
        firstHandlesTwo().at(14, "a", Kind.HELD, 2, 0).at(40, "a", Kind.LOST, 0, 0);
        assertThat(violations(2))
                .containsExactly(
                        "a's commit of partition 0 up to 2 was sent when it had been put out, and was not refused");
        at(41, "a", Kind.REFUSED, 0, 1);
        assertThat(violations(2)).as("that is another one").hasSize(1);
        at(42, "a", Kind.REFUSED, 0, 0);
        assertThat(violations(2)).isEmpty();
        assertThat(history().lateCommits()).isOne();
    }

    @Test
    void callsNoCommitLateWhoseMemberStayed() {
        firstHandlesTwo().at(14, "a", Kind.HELD, 2, 0);
        assertThat(violations(2)).isEmpty();
        assertThat(history().lateCommits()).isZero();
    }

    @Test
    void readsWhatAMemberWrites() {
        HistoryEvent event = new HistoryEvent(7, Kind.ASSIGNED, 3, List.of(1, 2));
        assertThat(HistoryEvent.parse(event.line())).isEqualTo(event);
        HistoryEvent none = new HistoryEvent(7, Kind.KILLED, 0, List.of());
        assertThat(HistoryEvent.parse(none.line())).isEqualTo(none);
    }
}
