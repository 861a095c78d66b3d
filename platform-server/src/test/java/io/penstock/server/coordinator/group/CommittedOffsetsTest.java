package io.penstock.server.coordinator.group;

import static io.penstock.server.coordinator.group.Coordinated.join;
import static io.penstock.server.coordinator.group.Coordinated.partitions;
import static io.penstock.server.coordinator.group.Coordinated.staticJoin;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.GroupOffsets;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.Membership;
import io.penstock.server.coordinator.group.assignor.TopicIdPartition;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CommittedOffsetsTest {

    private static final UUID ORDERS = new UUID(0, 1);
    private static final MemberKey A = new MemberKey("g", "a");
    private static final MemberKey B = new MemberKey("g", "b");

    private final Coordinated coordinated = new Coordinated();

    @BeforeEach
    void aTopicOfTwo() {
        coordinated.putTopic("orders", ORDERS, 2);
    }

    @Test
    void whatAMemberCommitsCanBeFetched() {
        int epoch = enter(join("g", "a", "orders"));
        byte[] finished = {1, 2};
        assertThat(coordinated.commit(new GroupOffsets.Commit(
                        1,
                        "g",
                        "a",
                        epoch,
                        null,
                        List.of(new GroupOffsets.Entry("orders", ORDERS, 1, 42, 5, "md", finished)))))
                .isEqualTo(ErrorCode.NONE);
        GroupOffsets.FetchResponse response = coordinated
                .state()
                .offsets(new GroupOffsets.Fetch(
                        1,
                        "g",
                        "a",
                        epoch,
                        List.of(new GroupOffsets.TopicPartitionNames("orders", List.of(0, 1))),
                        true));
        assertThat(response.offsets())
                .usingRecursiveFieldByFieldElementComparator()
                .containsExactly(
                        new GroupOffsets.Committed("orders", null, 0, -1, -1, "", null, -1, 0),
                        new GroupOffsets.Committed("orders", ORDERS, 1, 42, 5, "md", finished, coordinated.nowMs(), 0));
    }

    @Test
    void aMemberCommitsWhatItStillHasToGiveUp() {
        int epoch = enter(join("g", "a", "orders"));
        enter(join("g", "b", "orders"));
        int pending =
                partitions(coordinated.member(A).pending()).iterator().next().partition();
        assertThat(coordinated.commit("g", "a", epoch, "orders", pending, 7)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aCommitForAPartitionThatWasGivenUpIsRefused() {
        int epoch = enter(join("g", "a", "orders"));
        enter(join("g", "b", "orders"));
        int moved =
                partitions(coordinated.member(A).pending()).iterator().next().partition();
        answer(A);
        assertThat(coordinated.commit("g", "a", epoch, "orders", moved, 7)).isEqualTo(ErrorCode.STALE_MEMBER_EPOCH);
        assertThat(coordinated.commit("g", "a", epoch, "orders", 1 - moved, 7)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aCommitFromBeforeAPartitionWasAwayIsRefused() {
        int epoch = enter(join("g", "a", "orders"));
        enter(join("g", "b", "orders"));
        int moved =
                partitions(coordinated.member(A).pending()).iterator().next().partition();
        answer(A);
        coordinated.apply(coordinated.state().report(B, Membership.Report.leaving(1), coordinated.nowMs()));
        assertThat(partitions(coordinated.member(A).assigned())).contains(new TopicIdPartition(ORDERS, moved));
        assertThat(coordinated.commit("g", "a", epoch, "orders", moved, 7)).isEqualTo(ErrorCode.STALE_MEMBER_EPOCH);
        assertThat(coordinated.commit("g", "a", coordinated.member(A).epoch(), "orders", moved, 7))
                .isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aCommitByWhomIsOutOrFromTheFutureIsRefused() {
        int epoch = enter(join("g", "a", "orders"));
        assertThat(coordinated.commit("g", "x", epoch, "orders", 0, 7)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(coordinated.commit("none", "a", epoch, "orders", 0, 7)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(coordinated.commit("g", "a", epoch + 1, "orders", 0, 7)).isEqualTo(ErrorCode.FENCED_MEMBER_EPOCH);
        coordinated.passMs(Coordinated.SESSION_MS);
        coordinated.expire();
        assertThat(coordinated.commit("g", "a", epoch, "orders", 0, 7)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(coordinated.offsets("g")).isEmpty();
    }

    @Test
    void aCommitByTheOldProcessOfAStaticMemberIsRefused() {
        int epoch = enter(staticJoin("g", "a", "one", "orders"));
        enter(staticJoin("g", "b", "one", "orders"));
        GroupOffsets.Entry entry = new GroupOffsets.Entry("orders", null, 0, 7, -1, null, null);
        assertThat(coordinated.commit(new GroupOffsets.Commit(1, "g", "a", epoch, "one", List.of(entry))))
                .isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
        assertThat(coordinated.commit(new GroupOffsets.Commit(1, "g", "b", epoch, "one", List.of(entry))))
                .isEqualTo(ErrorCode.NONE);
    }

    @Test
    void whoIsNoMemberCommitsOnlyWhileThereAreNone() {
        assertThat(coordinated.commit("g", "", -1, "orders", 0, 7)).isEqualTo(ErrorCode.NONE);
        assertThat(coordinated.state().list()).containsExactly(new Groups.Listing("g", "classic", "Empty", 0));
        enter(join("g", "a", "orders"));
        assertThat(coordinated.commit("g", "", -1, "orders", 0, 8)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(coordinated.offsets("g")).containsEntry("orders-0", 7L);
    }

    @Test
    void refusesEntriesThatCanNotBe() {
        assertThat(coordinated.commit("g", "", -1, "none", 0, 7)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(coordinated.commit("g", "", -1, "orders", 2, 7)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(coordinated.commit("g", "", -1, "orders", 0, -1)).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(simple(new GroupOffsets.Entry("orders", new UUID(9, 9), 0, 7, -1, null, null)))
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
        assertThat(simple(new GroupOffsets.Entry("orders", ORDERS, 0, 7, -1, "x".repeat(4097), null)))
                .isEqualTo(ErrorCode.OFFSET_METADATA_TOO_LARGE);
        assertThat(simple(new GroupOffsets.Entry("orders", ORDERS, 0, 7, -1, null, new byte[65_537])))
                .isEqualTo(ErrorCode.OFFSET_METADATA_TOO_LARGE);
        assertThat(coordinated.log()).isEmpty();
    }

    @Test
    void whoIsNoMemberMayNotFetchAsOne() {
        assertThatExceptionOfType(PenstockException.class)
                .isThrownBy(() -> coordinated.state().offsets(new GroupOffsets.Fetch(1, "g", "a", 1, null, false)))
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID));
    }

    @Test
    void offsetsOfAGroupWithMembersStayHoweverOld() {
        int epoch = enter(join("g", "a", "orders"));
        coordinated.commit("g", "a", epoch, "orders", 0, 7);
        for (long passed = 0; passed < 2 * Coordinated.RETENTION_MS; passed += Coordinated.SESSION_MS - 1) {
            coordinated.passMs(Coordinated.SESSION_MS - 1);
            coordinated.state().beat(A, coordinated.nowMs());
            coordinated.expire();
        }
        assertThat(coordinated.offsets("g")).containsEntry("orders-0", 7L);
    }

    @Test
    void offsetsExpireSoLongAfterTheLastMemberWent() {
        int epoch = enter(join("g", "a", "orders"));
        coordinated.commit("g", "a", epoch, "orders", 0, 7);
        coordinated.passMs(Coordinated.SESSION_MS);
        coordinated.expire();
        coordinated.passMs(Coordinated.RETENTION_MS - 1);
        coordinated.expire();
        assertThat(coordinated.offsets("g")).containsEntry("orders-0", 7L);
        coordinated.passMs(1);
        coordinated.expire();
        assertThat(coordinated.state().list()).isEmpty();
        assertThat(coordinated.compacted(coordinated.log().size(), false)).isEmpty();
    }

    @Test
    void aCommitOfOnePartitionKeepsThoseOfTheGroup() {
        coordinated.commit("g", "", -1, "orders", 0, 7);
        coordinated.passMs(Coordinated.RETENTION_MS - 1);
        coordinated.commit("g", "", -1, "orders", 1, 8);
        coordinated.passMs(Coordinated.RETENTION_MS - 1);
        coordinated.expire();
        assertThat(coordinated.offsets("g")).hasSize(2);
        assertThat(coordinated.state().nextDeadline()).hasValue(coordinated.nowMs() + 1);
        coordinated.passMs(1);
        coordinated.expire();
        assertThat(coordinated.offsets("g")).isEmpty();
    }

    @Test
    void offsetsGoWithTheirTopic() {
        coordinated.commit("g", "", -1, "orders", 0, 7);
        coordinated.removeTopic("orders");
        assertThat(coordinated.offsets("g")).isEmpty();
    }

    @Test
    void offsetsDoNotOutliveTheirTopicUnderItsName() {
        coordinated.commit("g", "", -1, "orders", 0, 7);
        coordinated.topics().clear();
        coordinated.putTopic("orders", new UUID(0, 2), 2);
        assertThat(coordinated.offsets("g")).isEmpty();
    }

    @Test
    void offsetsOfATopicThatWentBeforeALoadGoWithTheLoad() {
        coordinated.commit("g", "", -1, "orders", 0, 7);
        coordinated.topics().clear();
        coordinated.reload(List.copyOf(coordinated.log()));
        assertThat(coordinated.offsets("g")).isEmpty();
    }

    @Test
    void aGroupIsDeletedWithAllThatIsItsOnceItIsEmpty() {
        int epoch = enter(join("g", "a", "orders"));
        coordinated.commit("g", "a", epoch, "orders", 0, 7);
        assertThat(delete("g")).isEqualTo(ErrorCode.NON_EMPTY_GROUP);
        assertThat(delete("none")).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
        assertThat(delete("")).isEqualTo(ErrorCode.INVALID_GROUP_ID);
        coordinated.apply(coordinated.state().report(A, Membership.Report.leaving(epoch), coordinated.nowMs()));
        assertThat(delete("g")).isEqualTo(ErrorCode.NONE);
        assertThat(coordinated.state().list()).isEmpty();
        assertThat(coordinated.state().groupCount()).isZero();
    }

    @Test
    void offsetsOfTopicsThatAMemberReadsAreNotDeleted() {
        coordinated.putTopic("bills", new UUID(0, 2), 1);
        coordinated.commit("g", "", -1, "orders", 0, 7);
        coordinated.commit("g", "", -1, "bills", 0, 8);
        enter(join("g", "a", "orders"));
        GroupOffsets.DeleteResponse response = coordinated.apply(coordinated
                .state()
                .deleteOffsets(
                        new GroupOffsets.Delete(
                                1,
                                "g",
                                List.of(
                                        new GroupOffsets.TopicPartitionNames("orders", List.of(0)),
                                        new GroupOffsets.TopicPartitionNames("bills", List.of(0)))),
                        coordinated.nowMs()));
        assertThat(response.answers())
                .containsExactly(
                        new GroupOffsets.CommitAnswer("orders", 0, ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC.number()),
                        new GroupOffsets.CommitAnswer("bills", 0, 0));
        assertThat(coordinated.offsets("g")).containsOnlyKeys("orders-0");
    }

    private int enter(Membership.Join join) {
        coordinated.apply(coordinated.state().join(join, "host", coordinated.nowMs()));
        return coordinated.member(new MemberKey(join.group(), join.memberId())).epoch();
    }

    private void answer(MemberKey member) {
        Membership.Assignment assignment = coordinated.state().assignment(member);
        coordinated.apply(coordinated
                .state()
                .report(member, Membership.Report.owning(assignment, assignment.assigned()), coordinated.nowMs()));
    }

    private ErrorCode simple(GroupOffsets.Entry entry) {
        return coordinated.commit(new GroupOffsets.Commit(1, "g", "", -1, null, List.of(entry)));
    }

    private ErrorCode delete(String group) {
        return coordinated.apply(coordinated.state().delete(group, coordinated.nowMs()));
    }
}
