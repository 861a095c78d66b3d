package io.penstock.server;

import static io.penstock.server.BrokerFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.DeleteRecords;
import io.penstock.core.protocol.GroupCoordinator;
import io.penstock.core.protocol.GroupOffsets;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.Membership;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.protocol.Topics;
import io.penstock.core.protocol.Verb;
import io.penstock.core.record.TestBatches;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** What any RSocket client sees of groups, over TCP and inside the JVM. */
@ParameterizedClass
@ValueSource(strings = {"penstock://127.0.0.1:0", "local:groups-test"})
class GroupsTest {

    @Parameter
    String listener;

    @TempDir
    Path directory;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private BrokerFixture fixture;
    private StockClient client;
    private UUID orders;

    @BeforeEach
    void start() {
        fixture = BrokerFixture.on(directory, listener)
                .with(BrokerSettings.OFFSETS_TOPIC_NUM_PARTITIONS, 3)
                .with(BrokerSettings.GROUP_MAX_SIZE, 3)
                .metrics(meters)
                .start();
        client = fixture.connect();
        orders = client.createTopic("orders", 4, Map.of()).id();
    }

    @AfterEach
    void end() {
        fixture.close();
    }

    private StockMember member(String id) {
        return new StockMember("billing", id, "orders");
    }

    private GroupOffsets.CommitResponse commit(StockMember member, int epoch, int partition, long offset) {
        return commit(member.id(), epoch, partition, offset);
    }

    private GroupOffsets.CommitResponse commit(String memberId, int epoch, int partition, long offset) {
        return client.askNow(
                Verb.COMMIT_OFFSETS,
                new GroupOffsets.Commit(
                        1,
                        "billing",
                        memberId,
                        epoch,
                        null,
                        List.of(new GroupOffsets.Entry("orders", null, partition, offset, -1, "note", null))),
                GroupOffsets.CommitResponse.class);
    }

    private static ErrorCode errorOf(GroupOffsets.CommitResponse response) {
        return ErrorCode.ofNumber(response.answers().get(0).error());
    }

    private List<GroupOffsets.Committed> offsets() {
        return client.askNow(
                        Verb.FETCH_OFFSETS,
                        new GroupOffsets.Fetch(1, "billing", "", -1, null, false),
                        GroupOffsets.FetchResponse.class)
                .offsets();
    }

    private Groups.Description describe() {
        return client.askNow(
                        Verb.DESCRIBE_GROUPS,
                        new Groups.DescribeRequest(1, List.of("billing")),
                        Groups.DescribeResponse.class)
                .groups()
                .get(0);
    }

    private ErrorCode errorOf(Verb verb, Object body) {
        try {
            client.askNow(verb, body, Object.class);
            return ErrorCode.NONE;
        } catch (PenstockException e) {
            return e.code();
        }
    }

    @Test
    void saysWhoCoordinatesAndCreatesTheTopicForIt() {
        GroupCoordinator.Response place = client.askNow(
                Verb.GROUP_COORDINATOR, new GroupCoordinator.Request(1, "billing"), GroupCoordinator.Response.class);

        assertThat(place.brokerId()).isZero();
        assertThat(place.partition()).isEqualTo(("billing".hashCode() & Integer.MAX_VALUE) % 3);
        Topics.Description topic = client.askNow(
                Verb.DESCRIBE_TOPIC, new Topics.DescribeRequest(1, "__consumer_offsets"), Topics.Description.class);
        assertThat(topic.internal()).isTrue();
        assertThat(topic.partitions()).hasSize(3);
        assertThat(topic.settings())
                .filteredOn(setting -> setting.name().equals("cleanup.policy"))
                .extracting(Topics.SettingDescription::value)
                .containsExactly("compact");
    }

    @Test
    void letsNoClientWriteToTheTopicOrDeleteItsRecords() {
        member("a").join(client).awaitAssigned(4);
        Topics.Description topic = client.askNow(
                Verb.DESCRIBE_TOPIC, new Topics.DescribeRequest(1, "__consumer_offsets"), Topics.Description.class);

        assertThat(client.produceNow(topic.id(), 0, TestBatches.of("x")))
                .extracting(ProduceAck::error)
                .containsExactly(ErrorCode.INVALID_TOPIC);
        assertThat(client.askNow(
                                Verb.DELETE_RECORDS,
                                new DeleteRecords.Request(
                                        1, List.of(new DeleteRecords.Target("__consumer_offsets", 0, -1, -1))),
                                DeleteRecords.Response.class)
                        .answers()
                        .get(0)
                        .error())
                .isEqualTo(ErrorCode.INVALID_TOPIC.number());
        assertThat(errorOf(Verb.DELETE_TOPIC, new Topics.DeleteRequest(1, "__consumer_offsets", null)))
                .isEqualTo(ErrorCode.INVALID_TOPIC);
    }

    @Test
    void givesALoneMemberEverything() {
        StockMember member = member("a").join(client).awaitAssigned(4);

        assertThat(member.last().memberId()).isEqualTo("a");
        assertThat(member.last().heartbeatIntervalMs()).isZero();
        Groups.Description group = describe();
        assertThat(group.state()).isEqualTo("Stable");
        assertThat(group.coordinator()).isZero();
        assertThat(group.members()).singleElement().satisfies(described -> {
            assertThat(described.memberId()).isEqualTo("a");
            assertThat(described.clientId()).isEqualTo("test");
            assertThat(described.assigned()).hasSize(1);
        });
    }

    @Test
    void sharesWithASecondMemberOnceTheFirstHasGivenUp() {
        StockMember first = member("a").join(client).awaitAssigned(4).slow(true);
        StockMember second = member("b").join(client);

        first.awaitAssigned(2);
        second.awaitAssignment(assignment -> assignment.memberEpoch() > 0);
        assertThat(second.assigned()).isEmpty();
        first.confirm();

        second.awaitAssigned(2);
        assertThat(StockMember.union(List.of(first, second))).hasSize(4);
    }

    @Test
    void givesWhatALeavingMemberHadToTheOthersAndCompletesItsChannel() {
        StockMember first = member("a").join(client).awaitAssigned(4);
        StockMember second = member("b").join(client).awaitAssigned(2);
        first.awaitAssigned(2);

        first.leave();

        first.awaitCompletion();
        second.awaitAssigned(4);
    }

    @Test
    void movesNothingWhenAMemberComesBackInItsSession() {
        StockMember first = member("a").join(client).awaitAssigned(4);
        StockMember second = member("b").join(client).awaitAssigned(2);
        first.awaitAssigned(2);
        int epoch = describe().epoch();
        int seen = second.assignments().size();
        StockClient lost = fixture.connect();

        first.cut();
        first.rejoin(lost);

        first.awaitAssignment(assignment -> first.assignments().size() > 2);
        first.awaitAssigned(2);
        assertThat(describe().epoch()).isEqualTo(epoch);
        assertThat(second.assignments()).hasSize(seen);
    }

    @Test
    void endsTheOldChannelOfAMemberThatJoinsOverANewOne() {
        StockMember first = member("a").join(client).awaitAssigned(4);
        StockMember again = member("a")
                .with(join -> new Membership.Join(
                        1,
                        "billing",
                        "a",
                        null,
                        "test",
                        null,
                        List.of("orders"),
                        null,
                        null,
                        45_000,
                        60_000,
                        first.epoch(),
                        first.last().assigned()));

        again.join(fixture.connect()).awaitAssigned(4);

        assertThat(first.awaitError()).isEqualTo(ErrorCode.FENCED_MEMBER_EPOCH);
    }

    @Test
    void refusesAMemberThatComesBackWithoutEverHavingBeenThere() {
        StockMember stranger = member("a")
                .with(join -> new Membership.Join(
                        1, "billing", "a", null, "test", null, List.of("orders"), null, null, 45_000, 60_000, 7, null));

        stranger.join(client);

        assertThat(stranger.awaitError()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    }

    @Test
    void refusesWhatIsOutsideOfTheLimits() {
        assertThat(member("a").sessionTimeout(5_999).join(client).awaitError())
                .isEqualTo(ErrorCode.INVALID_SESSION_TIMEOUT);
        assertThat(new StockMember("", "a", "orders").join(client).awaitError()).isEqualTo(ErrorCode.INVALID_GROUP_ID);
        for (String id : List.of("a", "b", "c")) {
            member(id).join(client).awaitAssignment(assignment -> true);
        }
        assertThat(member("d").join(client).awaitError()).isEqualTo(ErrorCode.GROUP_MAX_SIZE_REACHED);
    }

    @Test
    void sendsOnlyTheNewestAssignmentToAMemberThatDidNotAsk() {
        StockMember idle = new StockMember("billing", "a")
                .pattern("orders.*")
                .join(client, 1)
                .awaitAssigned(4);
        client.createTopic("orders-eu", 2, Map.of());
        await("six are its own", () -> assignedByNow() == 6);
        client.createTopic("orders-us", 2, Map.of());
        await("eight are its own", () -> assignedByNow() == 8);

        idle.request(1);

        idle.awaitAssigned(8);
        assertThat(idle.assignments()).hasSize(2);
    }

    private int assignedByNow() {
        return describe().members().get(0).assigned().stream()
                .mapToInt(topic -> topic.partitions().size())
                .sum();
    }

    @Test
    void commitsForAMemberAndRefusesThoseWhoseTimeIsOver() {
        StockMember first = member("a").join(client).awaitAssigned(4);
        int before = first.epoch();

        assertThat(errorOf(commit(first, before, 0, 10))).isEqualTo(ErrorCode.NONE);
        StockMember second = member("b").join(client).awaitAssigned(2);
        int moved = Integer.parseInt(second.assigned().iterator().next().substring("orders-".length()));

        assertThat(errorOf(commit(first, before, moved, 11))).isNotEqualTo(ErrorCode.NONE);
        assertThat(errorOf(commit("nobody", 1, 0, 11))).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(errorOf(commit("", -1, 0, 11))).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(offsets())
                .filteredOn(committed -> committed.offset() >= 0)
                .singleElement()
                .satisfies(committed -> {
                    assertThat(committed.offset()).isEqualTo(10);
                    assertThat(committed.metadata()).isEqualTo("note");
                });
    }

    @Test
    void letsAnybodyCommitWhileThereAreNoMembers() {
        assertThat(errorOf(commit("", -1, 1, 42))).isEqualTo(ErrorCode.NONE);

        assertThat(offsets()).extracting(GroupOffsets.Committed::offset).containsExactly(42L);
    }

    @Test
    void knowsEverythingAgainAfterARestart() {
        StockMember member = member("a").join(client).awaitAssigned(4);
        commit(member, member.epoch(), 2, 99);
        Groups.Description before = describe();

        fixture.restart();
        member.awaitCompletion();
        client = fixture.connect();

        await(
                "the groups are loaded",
                () -> errorOf(Verb.LIST_GROUPS, new Groups.ListRequest(1, null)) == ErrorCode.NONE);
        assertThat(describe()).isEqualTo(before);
        assertThat(offsets()).extracting(GroupOffsets.Committed::offset).contains(99L);
        int assignments = member.assignments().size();
        member.rejoin(client).awaitAssignment(assignment -> member.assignments().size() > assignments);
        assertThat(member.assigned()).hasSize(4);
        assertThat(describe().epoch()).isEqualTo(before.epoch());
    }

    @Test
    void followsTopicsThatComeUnderAPattern() {
        StockMember member =
                new StockMember("billing", "a").pattern("orders.*").join(client).awaitAssigned(4);

        client.createTopic("orders-eu", 2, Map.of());

        member.awaitAssigned(6);
    }

    @Test
    void takesATopicThatIsDeletedFromItsMembers() {
        StockMember member = member("a").join(client).awaitAssigned(4);

        client.askNow(Verb.DELETE_TOPIC, new Topics.DeleteRequest(1, null, orders), Topics.DeleteResponse.class);

        member.awaitAssigned(0);
    }

    @Test
    void letsAStaticMemberTakeItsOwnPlace() {
        StockMember first = member("a").instance("left").join(client).awaitAssigned(4);
        int epoch = describe().epoch();

        StockMember heir = member("b").instance("left").join(fixture.connect()).awaitAssigned(4);

        assertThat(first.awaitError()).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
        assertThat(describe().epoch()).isEqualTo(epoch);
        assertThat(heir.isOpen()).isTrue();
    }

    @Test
    void listsGroupsByState() {
        member("a").join(client).awaitAssigned(4);
        client.askNow(
                Verb.COMMIT_OFFSETS,
                new GroupOffsets.Commit(
                        1,
                        "archive",
                        "",
                        -1,
                        null,
                        List.of(new GroupOffsets.Entry("orders", null, 0, 1, -1, null, null))),
                GroupOffsets.CommitResponse.class);

        assertThat(list(null)).extracting(Groups.Listing::group).containsExactly("archive", "billing");
        assertThat(list(List.of("STABLE"))).extracting(Groups.Listing::group).containsExactly("billing");
        assertThat(list(List.of("empty"))).extracting(Groups.Listing::group).containsExactly("archive");
    }

    private List<Groups.Listing> list(List<String> states) {
        return client.askNow(Verb.LIST_GROUPS, new Groups.ListRequest(1, states), Groups.ListResponse.class)
                .groups();
    }

    @Test
    void listsNothingAndCreatesNothingWhileThereAreNoGroups() {
        assertThat(list(null)).isEmpty();
        assertThat(client.askNow(Verb.LIST_TOPICS, new Topics.ListRequest(1, true), Topics.ListResponse.class)
                        .topics())
                .extracting(Topics.Listing::name)
                .containsExactly("orders");
    }

    @Test
    void deletesGroupsWithoutMembersOnly() {
        StockMember member = member("a").join(client).awaitAssigned(4);
        assertThat(delete("billing")).isEqualTo(ErrorCode.NON_EMPTY_GROUP);
        member.leave();
        member.awaitCompletion();

        assertThat(delete("billing")).isEqualTo(ErrorCode.NONE);
        assertThat(delete("billing")).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
        assertThat(describe().state()).isEqualTo("Dead");
    }

    private ErrorCode delete(String group) {
        return ErrorCode.ofNumber(client.askNow(
                        Verb.DELETE_GROUPS, new Groups.DeleteRequest(1, List.of(group)), Groups.DeleteResponse.class)
                .answers()
                .get(0)
                .error());
    }

    @Test
    void deletesOffsetsOfTopicsThatNobodyReads() {
        commit("", -1, 1, 42);

        GroupOffsets.DeleteResponse deleted = client.askNow(
                Verb.DELETE_OFFSETS,
                new GroupOffsets.Delete(
                        1, "billing", List.of(new GroupOffsets.TopicPartitionNames("orders", List.of(1)))),
                GroupOffsets.DeleteResponse.class);

        assertThat(deleted.answers())
                .extracting(GroupOffsets.CommitAnswer::error)
                .containsExactly(0);
        assertThat(offsets()).isEmpty();
    }

    @Test
    void refusesBodiesThatSayNothing() {
        assertThat(Stream.of(
                        errorOf(Verb.GROUP_COORDINATOR, Map.of()),
                        errorOf(Verb.COMMIT_OFFSETS, Map.of()),
                        errorOf(Verb.FETCH_OFFSETS, Map.of()),
                        errorOf(Verb.DELETE_OFFSETS, Map.of())))
                .containsOnly(ErrorCode.INVALID_GROUP_ID);
        assertThat(Stream.of(
                        errorOf(Verb.COMMIT_OFFSETS, Map.of("group", "billing")),
                        errorOf(Verb.DESCRIBE_GROUPS, Map.of()),
                        errorOf(Verb.DELETE_GROUPS, Map.of())))
                .containsOnly(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void endsAChannelWithABrokenReport() {
        StockMember member = member("a").join(client).awaitAssigned(4);

        member.report(new Membership.Report(member.epoch(), 0, List.of(), null, List.of("["), false));

        assertThat(member.awaitError()).isEqualTo(ErrorCode.INVALID_REGULAR_EXPRESSION);
        assertThat(describe().members()).hasSize(1);
    }

    @Test
    void countsGroupsMembersAndRebalances() {
        member("a").join(client).awaitAssigned(4);
        member("b").join(client).awaitAssigned(2);

        assertThat(meters.get("penstock.groups").gauge().value()).isOne();
        assertThat(meters.get("penstock.group.members").gauge().value()).isEqualTo(2);
        assertThat(meters.get("penstock.group.rebalances").counter().count()).isEqualTo(2);
    }
}
