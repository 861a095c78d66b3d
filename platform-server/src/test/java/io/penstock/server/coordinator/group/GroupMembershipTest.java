package io.penstock.server.coordinator.group;

import static io.penstock.server.coordinator.group.Coordinated.join;
import static io.penstock.server.coordinator.group.Coordinated.partitions;
import static io.penstock.server.coordinator.group.Coordinated.staticJoin;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.Membership;
import io.penstock.core.protocol.TopicPartitions;
import io.penstock.server.coordinator.group.assignor.GroupAssignor;
import io.penstock.server.coordinator.group.assignor.GroupSpec;
import io.penstock.server.coordinator.group.assignor.TopicIdPartition;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GroupMembershipTest {

    private static final UUID ORDERS = new UUID(0, 1);
    private static final MemberKey A = new MemberKey("g", "a");
    private static final MemberKey B = new MemberKey("g", "b");
    private static final MemberKey C = new MemberKey("g", "c");

    private final Coordinated coordinated = new Coordinated(3, List.of(new FailingAssignor()));

    @BeforeEach
    void aTopicOfFour() {
        coordinated.putTopic("orders", ORDERS, 4);
    }

    @Test
    void theFirstMemberGetsEverything() {
        assertThat(enter(join("g", "a", "orders")).assigned())
                .containsExactly(new TopicPartitions(ORDERS, "orders", List.of(0, 1, 2, 3)));
        assertThat(describe().state()).isEqualTo("Stable");
    }

    @Test
    void aJoinerGetsAPartitionOnlyWhenItsOwnerHasGivenItUp() {
        enter(join("g", "a", "orders"));
        assertThat(enter(join("g", "b", "orders")).assigned()).isEmpty();
        Membership.Assignment revoking = coordinated.takeSent(A);
        Set<TopicIdPartition> kept = partitions(revoking.assigned());
        assertThat(kept).hasSize(2);
        assertThat(describe().state()).isEqualTo("Reconciling");
        assertThat(coordinated.takeSent(B)).isNull();

        answer(A, revoking);
        assertThat(partitions(coordinated.takeSent(B).assigned())).hasSize(2).doesNotContainAnyElementsOf(kept);
        assertThat(partitions(coordinated.takeSent(A).assigned())).isEqualTo(kept);
        assertThat(describe().state()).isEqualTo("Stable");
    }

    @Test
    void whatIsGivenUpEarlyIsGivenOnEarly() {
        enter(join("g", "a", "orders"));
        enter(join("g", "b", "orders"));
        Membership.Assignment revoking = coordinated.takeSent(A);
        Set<TopicIdPartition> owned = partitions(revoking.assigned());
        TopicIdPartition slow =
                partitions(coordinated.member(A).pending()).iterator().next();
        owned.add(slow);
        report(A, Membership.Report.owning(revoking, Coordinated.byTopic(owned)));
        assertThat(partitions(coordinated.member(A).pending())).containsExactly(slow);
        assertThat(partitions(coordinated.takeSent(B).assigned())).hasSize(1).doesNotContain(slow);
        assertThat(coordinated.takeSent(A)).as("news for the one who gives up").isNull();

        owned.remove(slow);
        report(A, Membership.Report.owning(revoking, Coordinated.byTopic(owned)));
        assertThat(partitions(coordinated.takeSent(B).assigned())).hasSize(2).contains(slow);
        assertThat(describe().state()).isEqualTo("Stable");
    }

    @Test
    void whatIsFreeIsReadAtOnceByOneWhoStillGivesOthersUp() {
        UUID bills = new UUID(0, 2);
        coordinated.putTopic("bills", bills, 2);
        Membership.Assignment leaving = enter(join("g", "c", "bills"));
        enter(join("g", "a", "orders", "bills"));
        enter(join("g", "b", "orders"));
        coordinated.takeSent(A);
        assertThat(coordinated.member(A).pending()).isNotEmpty();

        report(C, Membership.Report.leaving(leaving.memberEpoch()));
        assertThat(coordinated.member(A).pending())
                .as("what a has yet to give up")
                .isNotEmpty();
        Membership.Assignment more = coordinated.takeSent(A);
        assertThat(partitions(more.assigned()))
                .contains(new TopicIdPartition(bills, 0), new TopicIdPartition(bills, 1));

        for (Membership.Assignment next = more; next != null; next = coordinated.takeSent(A)) {
            answer(A, next);
        }
        assertThat(describe().state()).isEqualTo("Stable");
        Set<TopicIdPartition> all = partitions(coordinated.member(A).assigned());
        all.addAll(partitions(coordinated.member(B).assigned()));
        assertThat(all).hasSize(6);
    }

    @Test
    void aReconnectInsideTheSessionMovesNothing() {
        Membership.Assignment before = enter(join("g", "a", "orders"));
        coordinated.passMs(Coordinated.SESSION_MS - 1);
        int records = coordinated.log().size();
        Membership.Assignment after = enter(again("a", before));
        assertThat(after.assigned()).isEqualTo(before.assigned());
        assertThat(after.memberEpoch()).isEqualTo(before.memberEpoch());
        assertThat(coordinated.log()).hasSize(records);
    }

    @Test
    void aMemberMayComeBackAtAnEpochThatItNeverHeardTheEndOf() {
        Membership.Assignment first = enter(join("g", "a", "orders"));
        enter(join("g", "b", "bills"));
        assertThat(coordinated.member(A).epoch()).isGreaterThan(first.memberEpoch());
        assertThat(enter(again("a", first)).assigned()).isEqualTo(first.assigned());
    }

    @Test
    void aMemberThatIsSilentForItsSessionIsPutOut() {
        enter(join("g", "a", "orders"));
        enter(join("g", "b", "orders"));
        coordinated.passMs(Coordinated.REBALANCE_MS - 1);
        answer(A, coordinated.takeSent(A));
        coordinated.takeSent(B);
        coordinated.passMs(Coordinated.SESSION_MS - 1);
        coordinated.state().beat(B, coordinated.nowMs());
        assertThat(coordinated.expire()).isEmpty();
        coordinated.passMs(1);
        assertThat(coordinated.state().silentMembers(coordinated.nowMs())).containsExactly(A);
        List<FencedMember> fenced = coordinated.expire();
        assertThat(fenced).extracting(FencedMember::member).containsExactly(A);
        assertThat(fenced.get(0).reason().code()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(partitions(coordinated.takeSent(B).assigned())).hasSize(4);
        refuses(ErrorCode.UNKNOWN_MEMBER_ID, () -> report(A, Membership.Report.heartbeat(1)));
    }

    @Test
    void beatsReportsAndCommitsAllKeepASession() {
        enter(join("g", "a", "orders"));
        int epoch = coordinated.member(A).epoch();
        for (Runnable life : List.<Runnable>of(
                () -> coordinated.state().beat(A, coordinated.nowMs()),
                () -> report(A, Membership.Report.heartbeat(epoch)),
                () -> coordinated.commit("g", "a", epoch, "orders", 0, 1))) {
            coordinated.passMs(Coordinated.SESSION_MS - 1);
            life.run();
            assertThat(coordinated.expire()).isEmpty();
        }
    }

    @Test
    void theNextDeadlineIsThatOfTheFirstSession() {
        assertThat(coordinated.state().nextDeadline()).isEmpty();
        enter(join("g", "a", "orders"));
        assertThat(coordinated.state().nextDeadline()).hasValue(coordinated.nowMs() + Coordinated.SESSION_MS);
        report(A, Membership.Report.leaving(1));
        assertThat(coordinated.state().nextDeadline()).hasValue(coordinated.nowMs() + Coordinated.RETENTION_MS);
    }

    @Test
    void aMemberThatDoesNotGiveUpInTimeIsFencedThoughItLives() {
        enter(join("g", "a", "orders"));
        enter(join("g", "b", "orders"));
        coordinated.passMs(Coordinated.REBALANCE_MS - 1);
        assertThat(coordinated.expire()).isEmpty();
        coordinated.passMs(1);
        coordinated.state().beat(A, coordinated.nowMs());
        List<FencedMember> fenced = coordinated.expire();
        assertThat(fenced).extracting(FencedMember::member).containsExactly(A);
        assertThat(fenced.get(0).reason().code()).isEqualTo(ErrorCode.FENCED_MEMBER_EPOCH);
        assertThat(partitions(coordinated.takeSent(B).assigned())).hasSize(4);
    }

    @Test
    void aReportThatWasOnItsWayWhenAPartitionWasGivenFreesNothing() {
        enter(join("g", "a", "orders"));
        Membership.Assignment waiting = enter(join("g", "b", "orders"));
        answer(A, coordinated.takeSent(A));
        enter(join("g", "c", "orders"));
        Groups.Member revoking =
                coordinated.member(B).pending().isEmpty() ? coordinated.member(A) : coordinated.member(B);
        MemberKey key = new MemberKey("g", revoking.memberId());
        report(key, Membership.Report.owning(waiting, List.of()));
        assertThat(coordinated.member(key).pending())
                .isEqualTo(revoking.pending())
                .isNotEmpty();
    }

    @Test
    void aLeaverFreesWhatItHasAtOnce() {
        enter(join("g", "a", "orders"));
        enter(join("g", "b", "orders"));
        report(A, Membership.Report.leaving(1));
        assertThat(partitions(coordinated.takeSent(B).assigned())).hasSize(4);
        assertThat(describe().members()).extracting(Groups.Member::memberId).containsExactly("b");
    }

    @Test
    void aMemberThatIsAboutToLeaveGivesUpOneByOneAndItsLeaveChangesNothingMore() {
        enter(join("g", "a", "orders"));
        enter(join("g", "b", "orders"));
        answer(A, coordinated.takeSent(A));
        Membership.Assignment before = coordinated.takeSent(A);
        Set<TopicIdPartition> owned = partitions(before.assigned());
        coordinated.takeSent(B);

        report(A, Membership.Report.retiring(before, before.assigned()));
        Membership.Assignment nothing = coordinated.takeSent(A);
        assertThat(nothing.assigned()).isEmpty();
        TopicIdPartition first = owned.iterator().next();
        owned.remove(first);
        report(A, Membership.Report.retiring(nothing, Coordinated.byTopic(owned)));
        assertThat(partitions(coordinated.takeSent(B).assigned())).hasSize(3).contains(first);
        report(A, Membership.Report.retiring(nothing, List.of()));
        assertThat(partitions(coordinated.takeSent(B).assigned())).hasSize(4);

        int epoch = describe().epoch();
        report(A, Membership.Report.leaving(before.memberEpoch()));
        assertThat(describe().epoch()).isEqualTo(epoch);
        assertThat(coordinated.takeSent(B)).isNull();
        assertThat(describe().state()).isEqualTo("Stable");
    }

    @Test
    void theLastLeaverLeavesAnEmptyGroup() {
        enter(join("g", "a", "orders"));
        report(A, Membership.Report.leaving(1));
        assertThat(coordinated.state().list()).containsExactly(new Groups.Listing("g", "consumer", "Empty", 0));
    }

    @Test
    void aStaticMemberThatIsRestartedTakesItsPlaceAndNothingMoves() {
        Membership.Assignment before = enter(staticJoin("g", "a", "one", "orders"));
        enter(staticJoin("g", "b", "two", "orders"));
        answer(A, coordinated.takeSent(A));
        coordinated.takeSent(B);
        Groups.Member old = coordinated.member(A);
        int epoch = describe().epoch();
        Membership.Assignment after = enter(staticJoin("g", "c", "one", "orders"));
        assertThat(after.assigned()).isEqualTo(old.assigned());
        assertThat(describe().epoch()).isEqualTo(epoch);
        assertThat(coordinated.takeSent(B)).isNull();
        assertThat(coordinated.takeEnd(A)).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
        refuses(
                ErrorCode.FENCED_INSTANCE_ID,
                () -> enter(new Membership.Join(
                        1,
                        "g",
                        "a",
                        "one",
                        "",
                        null,
                        List.of("orders"),
                        null,
                        null,
                        10_000,
                        1,
                        before.memberEpoch(),
                        null)));
    }

    @Test
    void aStaticMemberThatLeavesIsWaitedForUntilItsSessionEnds() {
        enter(staticJoin("g", "a", "one", "orders"));
        enter(staticJoin("g", "b", "two", "orders"));
        answer(A, coordinated.takeSent(A));
        coordinated.takeSent(B);
        report(B, Membership.Report.leaving(2));
        assertThat(coordinated.member(B).epoch()).isEqualTo(CurrentAssignment.AWAY);
        coordinated.passMs(Coordinated.SESSION_MS - 1);
        coordinated.state().beat(A, coordinated.nowMs());
        coordinated.state().beat(B, coordinated.nowMs());
        assertThat(coordinated.expire()).isEmpty();
        assertThat(partitions(coordinated.member(A).assigned())).hasSize(2);
        coordinated.passMs(1);
        coordinated.expire();
        assertThat(partitions(coordinated.member(A).assigned())).hasSize(4);
    }

    @Test
    void aStaticMemberThatComesBackInTimeFindsItsAssignment() {
        enter(staticJoin("g", "a", "one", "orders"));
        report(A, Membership.Report.leaving(1));
        refuses(ErrorCode.UNKNOWN_MEMBER_ID, () -> report(A, Membership.Report.heartbeat(1)));
        coordinated.passMs(Coordinated.SESSION_MS - 1);
        assertThat(partitions(enter(staticJoin("g", "b", "one", "orders")).assigned()))
                .hasSize(4);
        coordinated.passMs(Coordinated.SESSION_MS - 1);
        assertThat(coordinated.expire()).isEmpty();
    }

    @Test
    void whoComesBackAfterItsSessionOrWithWhatIsNotItsOwnIsRefused() {
        Membership.Assignment mine = enter(join("g", "a", "orders"));
        report(A, Membership.Report.leaving(1));
        refuses(ErrorCode.UNKNOWN_MEMBER_ID, () -> enter(again("a", mine)));
        enter(join("g", "a", "orders"));
        enter(join("g", "b", "orders"));
        answer(A, coordinated.takeSent(A));
        refuses(ErrorCode.FENCED_MEMBER_EPOCH, () -> enter(again("a", mine)));
        refuses(
                ErrorCode.FENCED_MEMBER_EPOCH,
                () -> enter(again("b", new Membership.Assignment("b", 99, 1, List.of(), 0))));
    }

    @Test
    void aLoadGivesEverybodyAFullSession() {
        enter(join("g", "a", "orders"));
        coordinated.passMs(Coordinated.SESSION_MS - 1);
        coordinated.reload(List.copyOf(coordinated.log()));
        coordinated.passMs(Coordinated.SESSION_MS - 1);
        assertThat(coordinated.expire()).isEmpty();
        coordinated.passMs(1);
        assertThat(coordinated.expire()).hasSize(1);
    }

    @Test
    void aPatternFollowsTopicsThatComeAndGoButNeverInternalOnes() {
        enter(new Membership.Join(
                1, "g", "a", null, "", null, null, List.of("or.*", "b[a-z]+s"), null, 10_000, 4_000, 0, null));
        UUID bills = new UUID(0, 2);
        coordinated.putTopic("bills", bills, 2);
        coordinated.putTopic("stock", new UUID(0, 3), 2);
        coordinated.putTopic("__bills", new UUID(0, 4), 2);
        assertThat(coordinated.takeSent(A).assigned())
                .containsExactly(
                        new TopicPartitions(ORDERS, "orders", List.of(0, 1, 2, 3)),
                        new TopicPartitions(bills, "bills", List.of(0, 1)));
        coordinated.removeTopic("orders");
        assertThat(partitions(coordinated.takeSent(A).assigned()))
                .containsExactly(new TopicIdPartition(bills, 0), new TopicIdPartition(bills, 1));
    }

    @Test
    void newPartitionsAreAssigned() {
        enter(join("g", "a", "orders"));
        coordinated.putTopic("orders", ORDERS, 6);
        assertThat(partitions(coordinated.takeSent(A).assigned())).hasSize(6);
    }

    @Test
    void topicsThatNobodyReadsChangeNothing() {
        enter(join("g", "a", "orders"));
        int records = coordinated.log().size();
        coordinated.putTopic("bills", new UUID(0, 2), 2);
        assertThat(coordinated.log()).hasSize(records);
    }

    @Test
    void aMemberCanReadSomethingElse() {
        enter(join("g", "a", "orders"));
        UUID bills = new UUID(0, 2);
        coordinated.putTopic("bills", bills, 1);
        report(A, new Membership.Report(1, 0, null, List.of("bills"), null, false));
        Membership.Assignment other = coordinated.takeSent(A);
        assertThat(other.assigned()).containsExactly(new TopicPartitions(bills, "bills", List.of(0)));
        assertThat(partitions(coordinated.member(A).pending())).hasSize(4);
        answer(A, other);
        assertThat(coordinated.member(A).pending()).isEmpty();
        assertThat(describe().state()).isEqualTo("Stable");
    }

    @Test
    void whatMostMembersWantIsTheAssignor() {
        enter(new Membership.Join(1, "g", "a", null, "", null, List.of("orders"), null, "range", 10_000, 1, 0, null));
        assertThat(describe().assignor()).isEqualTo("range");
        enter(join("g", "b", "orders"));
        enter(join("g", "c", "orders"));
        assertThat(describe().assignor()).isEqualTo("cooperative-sticky");
    }

    @Test
    void anAssignorThatFailsRefusesTheJoinerAndKeepsTheRest() {
        refuses(
                ErrorCode.UNKNOWN_SERVER_ERROR,
                () -> enter(new Membership.Join(
                        1, "g", "a", null, "", null, List.of("orders"), null, "failing", 10_000, 1, 0, null)));
        assertThat(coordinated.state().list()).isEmpty();
    }

    @Test
    void anAssignorThatFailsLaterLeavesTheOldAssignment() {
        enter(join("g", "b", "orders"));
        enter(join("g", "c", "orders"));
        answer(B, coordinated.takeSent(B));
        enter(new Membership.Join(1, "g", "a", null, "", null, List.of("orders"), null, "failing", 10_000, 1, 0, null));
        report(B, Membership.Report.leaving(1));
        report(C, Membership.Report.leaving(1));
        assertThat(describe().state()).isEqualTo("Assigning");
        assertThat(describe().members()).extracting(Groups.Member::memberId).containsExactly("a");
    }

    @Test
    void aMemberCanReportAndComeBackWhileTheAssignorFails() {
        enter(join("g", "b", "orders"));
        enter(join("g", "c", "orders"));
        Membership.Join failing = new Membership.Join(
                1, "g", "a", null, "", null, List.of("orders"), null, "failing", 10_000, 4_000, 0, null);
        enter(failing);
        report(B, Membership.Report.leaving(1));
        report(C, Membership.Report.leaving(1));
        answer(A, coordinated.state().assignment(A));
        assertThat(enter(failing).memberEpoch()).isEqualTo(coordinated.member(A).epoch());
        assertThat(describe().state()).isEqualTo("Assigning");
    }

    @Test
    void refusesWhatIsNotAllowed() {
        refuses(ErrorCode.INVALID_GROUP_ID, () -> enter(join("", "a", "orders")));
        refuses(ErrorCode.INVALID_GROUP_ID, () -> enter(join("g".repeat(250), "a", "orders")));
        refuses(ErrorCode.INVALID_REQUEST, () -> enter(join("g", "", "orders")));
        refuses(ErrorCode.INVALID_REQUEST, () -> enter(join("g", "a")));
        refuses(ErrorCode.INVALID_TOPIC, () -> enter(join("g", "a", "no/topic")));
        refuses(
                ErrorCode.INVALID_SESSION_TIMEOUT,
                () -> enter(new Membership.Join(
                        1, "g", "a", null, "", null, List.of("orders"), null, null, 5_999, 1, 0, null)));
        refuses(
                ErrorCode.UNSUPPORTED_ASSIGNOR,
                () -> enter(new Membership.Join(
                        1, "g", "a", null, "", null, List.of("orders"), null, "mine", 6_000, 1, 0, null)));
        refuses(ErrorCode.INVALID_REGULAR_EXPRESSION, () -> enter(withPattern("a(b")));
        assertThat(coordinated.log()).isEmpty();
    }

    @Test
    void refusesAPatternThatWouldHoldEverythingUp() {
        coordinated.putTopic("a".repeat(200), new UUID(0, 9), 1);
        refuses(ErrorCode.INVALID_REGULAR_EXPRESSION, () -> enter(withPattern(".*.*.*.*.*.*b")));
    }

    @Test
    void aGroupHasNoMoreMembersThanItMay() {
        enter(join("g", "a", "orders"));
        enter(join("g", "b", "orders"));
        enter(join("g", "c", "orders"));
        refuses(ErrorCode.GROUP_MAX_SIZE_REACHED, () -> enter(join("g", "d", "orders")));
    }

    @Test
    void onlyShortSessionsNeedHeartbeats() {
        assertThat(enter(join("g", "a", "orders")).heartbeatIntervalMs()).isEqualTo(Coordinated.SESSION_MS / 3);
        assertThat(enter(new Membership.Join(
                                1, "g", "b", null, "", null, List.of("orders"), null, null, 45_000, 1, 0, null))
                        .heartbeatIntervalMs())
                .isZero();
    }

    @Test
    void aMemberThatNamesNoTimeoutsHasTheDefaults() {
        enter(new Membership.Join(1, "g", "a", null, null, null, List.of("orders"), null, null, 0, 0, 0, null));
        assertThat(coordinated.state().nextDeadline())
                .hasValue(coordinated.nowMs() + Membership.DEFAULT_SESSION_TIMEOUT_MS);
    }

    @Test
    void aHeartbeatIsNoRecord() {
        enter(join("g", "a", "orders"));
        int records = coordinated.log().size();
        report(A, Membership.Report.heartbeat(1));
        assertThat(coordinated.log()).hasSize(records);
    }

    @Test
    void aGroupThatIsNotThereIsDead() {
        Groups.Description description = coordinated.state().describe("none");
        assertThat(description.state()).isEqualTo("Dead");
        assertThat(ErrorCode.ofNumber(description.error())).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
    }

    private Membership.Assignment enter(Membership.Join join) {
        coordinated.end(coordinated.apply(coordinated.state().join(join, "host", coordinated.nowMs())));
        MemberKey key = new MemberKey(join.group(), join.memberId());
        coordinated.takeSent(key);
        return coordinated.state().assignment(key);
    }

    private static Membership.Join again(String memberId, Membership.Assignment had) {
        return new Membership.Join(
                1,
                "g",
                memberId,
                null,
                "client",
                null,
                List.of("orders"),
                null,
                null,
                Coordinated.SESSION_MS,
                Coordinated.REBALANCE_MS,
                had.memberEpoch(),
                had.assigned());
    }

    private static Membership.Join withPattern(String pattern) {
        return new Membership.Join(1, "g", "a", null, "", null, null, List.of(pattern), null, 10_000, 4_000, 0, null);
    }

    private void report(MemberKey member, Membership.Report report) {
        coordinated.apply(coordinated.state().report(member, report, coordinated.nowMs()));
    }

    private void answer(MemberKey member, Membership.Assignment assignment) {
        report(member, Membership.Report.owning(assignment, assignment.assigned()));
    }

    private Groups.Description describe() {
        return coordinated.state().describe("g");
    }

    private static void refuses(ErrorCode code, ThrowingCallable request) {
        assertThatExceptionOfType(PenstockException.class)
                .isThrownBy(request)
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(code));
    }

    /** Gives what nobody reads. */
    private static final class FailingAssignor implements GroupAssignor {

        @Override
        public String name() {
            return "failing";
        }

        @Override
        public Map<String, Set<TopicIdPartition>> assign(GroupSpec group) {
            return Map.of(group.members().get(0).memberId(), Set.of(new TopicIdPartition(new UUID(7, 7), 0)));
        }
    }
}
