package io.penstock.client.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.penstock.client.Await;
import io.penstock.client.ClientOptions;
import io.penstock.client.PenstockClient;
import io.penstock.client.ScriptedBroker;
import io.penstock.client.ScriptedCoordinator;
import io.penstock.client.connection.Backoff;
import io.penstock.client.group.CommitPolicy;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.OffsetRanges;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.GroupOffsets;
import io.penstock.core.protocol.Membership;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.codec.FinishedRanges;
import io.penstock.core.record.RecordBatch;
import io.penstock.core.record.TestBatches;
import io.penstock.core.transport.LeakProbe;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** A consumer in a group against a coordinator whose every word the test says. */
class GroupFlowTest {

    private static final TopicPartition T0 = new TopicPartition("t", 0);

    private final LeakProbe leaks = new LeakProbe();
    private final ScriptedBroker broker = ScriptedBroker.start().topic("t", 4);
    private final ScriptedCoordinator coordinator = broker.coordinator();
    private final PenstockClient client = PenstockClient.connect(ClientOptions.builder(broker.endpoint())
            .clientName("tester")
            .backoff(new Backoff(Duration.ofMillis(1), Duration.ofMillis(5), 0.5))
            .build());
    private final List<ConsumerRecord<String, String>> received = new CopyOnWriteArrayList<>();
    private final List<ConsumerEvent> events = new CopyOnWriteArrayList<>();
    private final List<Throwable> errors = new CopyOnWriteArrayList<>();
    private Consumer<String, String> consumer;
    private Disposable receiving;

    @AfterEach
    void stop() {
        client.closeNow();
        broker.close();
        leaks.assertNone();
    }

    private void receive(UnaryOperator<GroupOptions.Builder> group) {
        receive(group, options -> options);
    }

    private void receive(
            UnaryOperator<GroupOptions.Builder> group, UnaryOperator<ConsumerOptions.Builder<String, String>> change) {
        consume(group, change);
        receiving = consumer.receive().subscribe(received::add, errors::add);
    }

    /** A consumer that nobody has subscribed to. */
    private void consume(
            UnaryOperator<GroupOptions.Builder> group, UnaryOperator<ConsumerOptions.Builder<String, String>> change) {
        ConsumerOptions.Builder<String, String> options = ConsumerOptions.<String, String>builder(
                        Serdes.string(), Serdes.string())
                .topics("t")
                .group(group.apply(GroupOptions.builder("g")).build());
        consumer = client.consumer(change.apply(options).build());
        consumer.events().subscribe(events::add);
    }

    private void consume(UnaryOperator<GroupOptions.Builder> group) {
        consume(group, options -> options);
    }

    private static GroupOptions.Builder manual(GroupOptions.Builder options) {
        return options.commits(CommitPolicy.manual());
    }

    private static GroupOptions.Builder atOnce(GroupOptions.Builder options) {
        return options.commits(CommitPolicy.automatic(Duration.ofHours(1), 1));
    }

    private static GroupOptions.Builder never(GroupOptions.Builder options) {
        return options.commits(CommitPolicy.automatic(Duration.ofHours(1), 1_000_000));
    }

    private void append(int partition, String... values) {
        broker.append("t", partition, TestBatches.of(values));
    }

    private void awaitReceived(int count) {
        Await.until(count + " records", () -> received.size() >= count);
    }

    private List<String> values() {
        return received.stream().map(ConsumerRecord::value).toList();
    }

    private <E> E awaitEvent(Class<E> type) {
        Await.until(type.getSimpleName(), () -> events.stream().anyMatch(type::isInstance));
        return type.cast(events.stream().filter(type::isInstance).findFirst().orElseThrow());
    }

    // joining

    @Test
    void joinsAndReadsWhatItIsAssigned() {
        append(1, "a", "b");
        receive(options -> options.sessionTimeout(Duration.ofSeconds(7))
                .drainTimeout(Duration.ofSeconds(3))
                .assignor("range")
                .rackId("r1"));
        ScriptedCoordinator.Member member = coordinator.member(0);
        Membership.Join join = member.join();
        assertThat(join.group()).isEqualTo("g");
        assertThat(join.clientId()).isEqualTo("tester");
        assertThat(join.topics()).containsExactly("t");
        assertThat(join.patterns()).isEmpty();
        assertThat(join.memberEpoch()).isEqualTo(Membership.NEW);
        assertThat(join.sessionTimeoutMs()).isEqualTo(7_000);
        assertThat(join.rebalanceTimeoutMs()).isEqualTo(33_000);
        assertThat(join.assignor()).isEqualTo("range");
        assertThat(join.rackId()).isEqualTo("r1");
        assertThat(join.owned()).isEmpty();
        member.assign(1, "t", 1);
        awaitReceived(2);
        assertThat(values()).containsExactly("a", "b");
        assertThat(member.report(0).owned()).isEqualTo(coordinator.owned("t", 1));
        assertThat(awaitEvent(ConsumerEvent.Assigned.class).partitions()).containsExactly(new TopicPartition("t", 1));
        assertThat(broker.fetches()).hasSize(1);
    }

    @Test
    void asksForNothingBeforeItIsAsked() {
        consume(options -> options);
        StepVerifier.create(consumer.receive(), 0).thenCancel().verify(Await.TIMEOUT);
        consumer.commit().block(Await.TIMEOUT);
        consumer.close().block(Await.TIMEOUT);
        assertThat(broker.connectionCount()).isZero();
    }

    @ParameterizedTest
    @EnumSource(
            value = Verb.class,
            names = {"GROUP_COORDINATOR", "JOIN_GROUP", "FETCH_OFFSETS"})
    void triesAgainAndSaysSoWhileTheCoordinatorLoads(Verb verb) {
        append(0, "a");
        broker.failNext(verb, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
        receive(GroupFlowTest::never);
        coordinator.member(0).assign(1, "t", 0);
        awaitReceived(1);
        assertThat(awaitEvent(ConsumerEvent.Waiting.class).reason()).contains("COORDINATOR_LOAD_IN_PROGRESS");
    }

    @Test
    void looksForTheCoordinatorAgainWhenItCannotBeReached() {
        append(0, "a");
        broker.place(7, "local:nobody-7");
        coordinator.at(7);
        receive(options -> never(options).sessionTimeout(Duration.ofSeconds(6)));
        assertThat(awaitEvent(ConsumerEvent.Waiting.class).reason()).contains("group g can't be reached");
        coordinator.at(null);
        coordinator.member(0).assign(1, "t", 0);
        awaitReceived(1);
    }

    @Test
    void sendsHeartbeatsIfItIsAskedTo() {
        receive(GroupFlowTest::never);
        ScriptedCoordinator.Member member = coordinator.member(0).heartbeats(1).assign(3, "t");
        Await.until("a heartbeat", () -> member.reports().contains(Membership.Report.heartbeat(3)));
    }

    @Test
    void endsWhenTheCoordinatorDoesNotTakeIt() {
        receive(GroupFlowTest::never);
        coordinator.member(0).assign(1, "t", 0).fail(ErrorCode.FENCED_INSTANCE_ID);
        Await.until("the error", () -> !errors.isEmpty());
        assertThat(((PenstockException) errors.get(0)).code()).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
        awaitEvent(ConsumerEvent.Left.class);
    }

    @Test
    void hasOneSubscriberAtATime() {
        receive(GroupFlowTest::never);
        coordinator.member(0);
        StepVerifier.create(consumer.receive())
                .expectError(IllegalStateException.class)
                .verify(Await.TIMEOUT);
        receiving.dispose();
        awaitEvent(ConsumerEvent.Left.class);
        StepVerifier.create(consumer.receive(), 0).thenCancel().verify(Await.TIMEOUT);
    }

    // where it begins

    @Test
    void goesOnWhereTheGroupHasComeAndSkipsWhatIsFinished() {
        append(0, "0", "1", "2", "3", "4", "5");
        OffsetRanges finished = new OffsetRanges();
        finished.add(2, 4);
        finished.add(5, 6);
        coordinator.commit("t", 0, 1, FinishedRanges.encode(finished, 1, 100));
        receive(GroupFlowTest::manual);
        coordinator.member(0).assign(1, "t", 0);
        awaitReceived(2);
        append(0, "6");
        awaitReceived(3);
        assertThat(values()).containsExactly("1", "4", "6");
        received.forEach(ConsumerRecord::acknowledge);
        consumer.commit().block(Await.TIMEOUT);
        GroupOffsets.Entry committed = coordinator.committed("t", 0, 7);
        assertThat(committed.finished()).isNull();
        assertThat(committed.topicId()).isEqualTo(broker.topicId("t"));
    }

    @Test
    void skipsWhatIsFinishedInBatchesToo() {
        append(0, "0", "1", "2", "3");
        append(0, "4");
        OffsetRanges finished = new OffsetRanges();
        finished.add(2, 3);
        coordinator.commit("t", 0, 1, FinishedRanges.encode(finished, 1, 100));
        consume(GroupFlowTest::manual);
        List<ReceivedBatch<String, String>> batches = new CopyOnWriteArrayList<>();
        receiving = consumer.receiveBatches().subscribe(batches::add);
        coordinator.member(0).assign(1, "t", 0);
        Await.until("both batches", () -> batches.size() == 2);
        assertThat(batches.get(0)).map(ConsumerRecord::value).containsExactly("1", "3");
        assertThat(batches.get(0)).map(ConsumerRecord::value).as("again").containsExactly("1", "3");
        batches.get(0).forEach(ConsumerRecord::acknowledge);
        batches.get(1).acknowledge();
        batches.forEach(ReceivedBatch::close);
        consumer.commit().block(Await.TIMEOUT);
        assertThat(coordinator.committed("t", 0, 5).finished()).isNull();
    }

    @Test
    void commitsWhereItBeginsSoThatTheNextOneBeginsThereToo() {
        append(0, "before");
        receive(GroupFlowTest::atOnce, options -> options.startAt(StartPosition.latest()));
        coordinator.member(0).assign(1, "t", 0);
        assertThat(coordinator.committed("t", 0, 1).offset()).isEqualTo(1);
        broker.fetch(0);
        append(0, "after");
        awaitReceived(1);
        assertThat(values()).containsExactly("after");
    }

    @Test
    void commitsWhereItBeginsThoughNothingFollowsAndEachRecordIsToBeThereAtMostOnce() {
        append(0, "before");
        receive(
                options -> options.commits(CommitPolicy.atMostOnce()),
                options -> options.startAt(StartPosition.latest()));
        coordinator.member(0).assign(1, "t", 0);
        assertThat(coordinator.committed("t", 0, 1).offset()).isEqualTo(1);
    }

    @Test
    void endsWhereItMustHaveAnOffsetAndHasNone() {
        receive(GroupFlowTest::never, options -> options.startAt(StartPosition.none()));
        coordinator.member(0).assign(1, "t", 0);
        Await.until("the error", () -> !errors.isEmpty());
        assertThat(errors.get(0)).hasMessageContaining("t-0").hasMessageContaining("group g");
        assertThat(((PenstockException) errors.get(0)).code()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
    }

    // commits

    @Test
    void commitsTheContiguousPrefixAndWhatIsFinishedBeyond() {
        append(0, "0", "1", "2", "3");
        receive(GroupFlowTest::manual);
        coordinator.member(0).assign(1, "t", 0);
        awaitReceived(4);
        received.get(0).acknowledge();
        received.get(2).acknowledge();
        consumer.commit().block(Await.TIMEOUT);
        GroupOffsets.Entry committed = coordinator.committed("t", 0, 1);
        assertThat(committed.offset()).isEqualTo(1);
        assertThat(FinishedRanges.decode(committed.finished(), 1)).hasToString("{2..2}");
        received.get(1).acknowledge();
        consumer.commit().block(Await.TIMEOUT);
        assertThat(coordinator.committed("t", 0, 3).finished()).isNull();
        assertThat(coordinator.commits()).hasSize(2);
    }

    /** Where it begins counts as one, too: with 3 the last one might come behind the commit, and wait for an hour. */
    @Test
    void commitsByItselfAfterSoManyRecords() {
        append(0, "0", "1", "2");
        receive(options -> options.commits(CommitPolicy.automatic(Duration.ofHours(1), 4)));
        coordinator.member(0).assign(1, "t", 0);
        awaitReceived(3);
        received.forEach(ConsumerRecord::acknowledge);
        coordinator.committed("t", 0, 3);
    }

    @Test
    void commitsByItselfAfterSomeTime() {
        append(0, "0");
        receive(options -> options.commits(CommitPolicy.automatic(Duration.ofMillis(20), 1_000)));
        coordinator.member(0).assign(1, "t", 0);
        awaitReceived(1);
        received.get(0).acknowledge();
        coordinator.committed("t", 0, 1);
    }

    @Test
    void commitsByItselfWhatIsAcknowledgedWhileACommitIsOnItsWay() {
        append(0, "0", "1", "2");
        receive(options -> options.commits(CommitPolicy.automatic(Duration.ofHours(1), 2)));
        coordinator.member(0).assign(1, "t", 0);
        awaitReceived(3);
        Runnable answer = coordinator.holdAnswersOfCommits();
        received.get(0).acknowledge();
        coordinator.committed("t", 0, 1);
        received.get(1).acknowledge();
        received.get(2).acknowledge();
        answer.run();
        assertThat(coordinator.committed("t", 0, 3).offset()).isEqualTo(3);
    }

    @Test
    void commitsAgainWhenACommitDidNotArrive() {
        append(0, "0");
        receive(GroupFlowTest::manual);
        coordinator.member(0).assign(1, "t", 0);
        awaitReceived(1);
        received.get(0).acknowledge();
        broker.failNext(Verb.COMMIT_OFFSETS, ErrorCode.NOT_COORDINATOR);
        consumer.commit().block(Await.TIMEOUT);
        assertThat(coordinator.committed("t", 0, 1).offset()).isEqualTo(1);
        assertThat(awaitEvent(ConsumerEvent.Waiting.class).reason()).contains("NOT_COORDINATOR");
    }

    @Test
    void saysWhenACommitIsRefused() {
        append(0, "0");
        receive(GroupFlowTest::manual);
        coordinator.member(0).assign(1, "t", 0);
        awaitReceived(1);
        received.get(0).acknowledge();
        coordinator.refuse(T0, ErrorCode.STALE_MEMBER_EPOCH);
        StepVerifier.create(consumer.commit())
                .expectErrorSatisfies(error -> {
                    assertThat(((PenstockException) error).code()).isEqualTo(ErrorCode.STALE_MEMBER_EPOCH);
                    assertThat(error).hasMessageContaining("t-0").hasMessageContaining("group g");
                })
                .verify(Await.TIMEOUT);
        assertThat(awaitEvent(ConsumerEvent.CommitRefused.class).topicPartition())
                .isEqualTo(T0);
    }

    @Test
    void saysWhenNoCommitIsTakenAtAll() {
        append(0, "0");
        receive(GroupFlowTest::atOnce);
        broker.failNext(Verb.COMMIT_OFFSETS, ErrorCode.INVALID_REQUEST);
        coordinator.member(0).assign(1, "t", 0);
        awaitReceived(1);
        received.get(0).acknowledge();
        ConsumerEvent.CommitRefused refused = awaitEvent(ConsumerEvent.CommitRefused.class);
        assertThat(refused.topicPartition()).isEqualTo(T0);
        assertThat(refused.reason()).contains("INVALID_REQUEST");
    }

    @Test
    void commitsABatchBeforeItIsGivenOutIfEachIsToBeThereAtMostOnce() {
        append(0, "0", "1");
        append(0, "2");
        consume(options -> options.commits(CommitPolicy.atMostOnce()));
        StepVerifier.create(consumer.receive(), 1)
                .then(() -> coordinator.member(0).assign(1, "t", 0))
                .assertNext(record ->
                        assertThat(coordinator.committed("t", 0, 2).offset()).isEqualTo(2))
                .thenRequest(2)
                .expectNextCount(1)
                .assertNext(record ->
                        assertThat(coordinator.committed("t", 0, 3).offset()).isEqualTo(3))
                .thenCancel()
                .verify(Await.TIMEOUT);
    }

    @Test
    void commitsTheLeaderEpochOfTheLastRecordBeforeTheOffset() {
        broker.append("t", 0, ofEpoch(3, "0", "1"));
        broker.append("t", 0, ofEpoch(5, "2", "3"));
        receive(GroupFlowTest::manual);
        coordinator.member(0).assign(1, "t", 0);
        awaitReceived(4);
        received.get(0).acknowledge();
        received.get(1).acknowledge();
        consumer.commit().block(Await.TIMEOUT);
        assertThat(coordinator.committed("t", 0, 2).leaderEpoch()).isEqualTo(3);
        received.get(2).acknowledge();
        consumer.commit().block(Await.TIMEOUT);
        assertThat(coordinator.committed("t", 0, 3).leaderEpoch()).isEqualTo(5);
    }

    private static ByteBuf ofEpoch(int leaderEpoch, String... values) {
        ByteBuf batch = TestBatches.of(values);
        RecordBatch.at(batch, 0).setLeaderEpoch(leaderEpoch);
        return batch;
    }

    @Test
    void saysHowFarTheGroupHasCommitted() {
        append(0, "0", "1", "2");
        coordinator.commit("t", 0, 1, null);
        receive(GroupFlowTest::manual);
        coordinator.member(0).assign(1, "t", 0, 1);
        awaitReceived(2);
        Position before = consumer.positions().get(T0);
        assertThat(before.committedOffset()).isEqualTo(1);
        assertThat(before.committedLag()).isEqualTo(2);
        assertThat(consumer.positions().get(new TopicPartition("t", 1)).committedOffset())
                .isEqualTo(-1);
        received.forEach(ConsumerRecord::acknowledge);
        consumer.commit().block(Await.TIMEOUT);
        Position after = consumer.positions().get(T0);
        assertThat(after.committedOffset()).isEqualTo(3);
        assertThat(after.committedLag()).isZero();
    }

    @Test
    void commitsBeyondWhatHasNothingToGiveOut() {
        append(0, "0");
        receive(options -> options.commits(CommitPolicy.automatic(Duration.ofMillis(20), 1_000)));
        coordinator.member(0).assign(1, "t", 0);
        awaitReceived(1);
        received.get(0).acknowledge();
        coordinator.committed("t", 0, 1);
        broker.fetch(0).passTo(7);
        coordinator.committed("t", 0, 7);
        assertThat(awaitEvent(ConsumerEvent.Passed.class)).isEqualTo(new ConsumerEvent.Passed(T0, 7));
    }

    // revocation

    @Test
    void drainsAndCommitsWhatItGivesUpWhileTheRestGoesOn() {
        append(0, "a0", "a1");
        append(1, "b0");
        receive(GroupFlowTest::never);
        ScriptedCoordinator.Member member = coordinator.member(0).assign(1, "t", 0, 1);
        member.report(0);
        awaitReceived(3);
        ConsumerRecord<String, String> first = record("a0");
        ConsumerRecord<String, String> second = record("a1");
        second.acknowledge();
        member.assign(2, "t", 1);
        ConsumerEvent.Revoking revoking = awaitEvent(ConsumerEvent.Revoking.class);
        assertThat(revoking.partitions()).containsExactly(T0);
        assertThat(revoking.unacknowledged()).isEqualTo(1);
        append(0, "for the next owner");
        append(1, "b1");
        awaitReceived(4);
        assertThat(values()).contains("b1").doesNotContain("for the next owner");
        assertThat(member.reports()).hasSize(1);
        first.acknowledge();
        Membership.Report answer = member.report(1);
        assertThat(answer.owned()).isEqualTo(coordinator.owned("t", 1));
        assertThat(answer.revision()).isEqualTo(2);
        assertThat(coordinator.committed("t", 0, 2).offset()).isEqualTo(2);
        assertThat(awaitEvent(ConsumerEvent.Revoked.class).unacknowledged()).isZero();
        assertThat(broker.fetches())
                .as("the partition that stays is not opened again")
                .hasSize(2);
    }

    @Test
    void givesUpAPartitionThatIsDrainedWhileAnotherStillIs() {
        append(0, "a0");
        append(1, "b0");
        receive(GroupFlowTest::never);
        ScriptedCoordinator.Member member = coordinator.member(0).assign(1, "t", 0, 1, 2);
        member.report(0);
        awaitReceived(2);
        member.assign(2, "t", 2);
        awaitEvent(ConsumerEvent.Revoking.class);
        record("b0").acknowledge();
        Membership.Report early = member.report(1);
        assertThat(early.revision()).isEqualTo(2);
        assertThat(early.owned()).isEqualTo(coordinator.owned("t", 0, 2));
        assertThat(coordinator.committed("t", 1, 1).offset()).isEqualTo(1);
        record("a0").acknowledge();
        assertThat(member.report(2).owned()).isEqualTo(coordinator.owned("t", 2));
    }

    private ConsumerRecord<String, String> record(String value) {
        return received.stream()
                .filter(record -> value.equals(record.value()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void givesUpAtTheDeadlineWhatIsNotAcknowledged() {
        append(0, "0", "1");
        receive(options -> never(options).drainTimeout(Duration.ofMillis(1)));
        ScriptedCoordinator.Member member = coordinator.member(0).assign(1, "t", 0);
        member.report(0);
        awaitReceived(2);
        received.get(0).acknowledge();
        member.assign(2, "t");
        assertThat(member.report(1).owned()).isEmpty();
        assertThat(coordinator.committed("t", 0, 1).offset()).isEqualTo(1);
        assertThat(awaitEvent(ConsumerEvent.Revoked.class).unacknowledged()).isEqualTo(1);
    }

    @Test
    void waitsForTheUsersCommitIfThatIsHisToMake() {
        append(0, "0");
        receive(GroupFlowTest::manual);
        ScriptedCoordinator.Member member = coordinator.member(0).assign(1, "t", 0);
        member.report(0);
        awaitReceived(1);
        member.assign(2, "t");
        awaitEvent(ConsumerEvent.Revoking.class);
        received.get(0).acknowledge();
        consumer.commit().block(Await.TIMEOUT);
        member.report(1);
        assertThat(coordinator.commits()).hasSize(1);
    }

    @Test
    void readsAPartitionThatComesBackFromWhereItWasCommitted() {
        append(0, "0", "1");
        receive(GroupFlowTest::never);
        ScriptedCoordinator.Member member = coordinator.member(0).assign(1, "t", 0);
        awaitReceived(2);
        received.get(0).acknowledge();
        received.get(1).acknowledge();
        member.assign(2, "t");
        member.report(1);
        append(0, "2");
        member.assign(3, "t", 0);
        awaitReceived(3);
        assertThat(values()).containsExactly("0", "1", "2");
    }

    @Test
    void outlivesATopicThatIsDeleted() {
        broker.topic("u", 1);
        append(0, "0");
        receive(GroupFlowTest::never, options -> options.topics("u"));
        ScriptedCoordinator.Member member = coordinator.member(0);
        member.assign(
                1,
                List.of(
                        coordinator.owned("t", 0).get(0),
                        coordinator.owned("u", 0).get(0)));
        awaitReceived(1);
        broker.fetch(1);
        broker.deleteTopic("u");
        assertThat(awaitEvent(ConsumerEvent.Revoked.class).partition()).isEqualTo(new TopicPartition("u", 0));
        append(0, "1");
        awaitReceived(2);
        assertThat(errors).isEmpty();
    }

    // losing the coordinator

    @Test
    void comesBackUnderItsEpochWithWhatItOwns() {
        append(0, "0");
        receive(GroupFlowTest::never);
        ScriptedCoordinator.Member member = coordinator.member(0).assign(7, "t", 0);
        awaitReceived(1);
        member.complete();
        ScriptedCoordinator.Member again = coordinator.member(1);
        assertThat(again.join().memberId()).isEqualTo(member.join().memberId());
        assertThat(again.join().memberEpoch()).isEqualTo(7);
        assertThat(again.join().owned()).isEqualTo(coordinator.owned("t", 0));
        again.assign(7, "t", 0);
        append(0, "1");
        awaitReceived(2);
        assertThat(broker.fetches()).as("nothing moves").hasSize(1);
        Await.until(
                "it is back",
                () -> events.stream()
                                .filter(ConsumerEvent.Joined.class::isInstance)
                                .count()
                        == 2);
    }

    @Test
    void goesOnAfterALostConnection() {
        append(0, "0");
        receive(GroupFlowTest::manual);
        coordinator.member(0).assign(7, "t", 0);
        awaitReceived(1);
        broker.dropConnections();
        coordinator.member(1).assign(7, "t", 0);
        append(0, "1");
        awaitReceived(2);
        assertThat(values()).containsExactly("0", "1");
        received.forEach(ConsumerRecord::acknowledge);
        consumer.commit().block(Await.TIMEOUT);
        assertThat(coordinator.committed("t", 0, 2).offset()).isEqualTo(2);
    }

    @Test
    void losesItsPartitionsAndBeginsAnewWhenTheGroupForgotIt() {
        append(0, "0", "1");
        receive(GroupFlowTest::manual);
        ScriptedCoordinator.Member member = coordinator.member(0).assign(7, "t", 0);
        awaitReceived(2);
        received.get(0).acknowledge();
        consumer.commit().block(Await.TIMEOUT);
        received.get(1).acknowledge();
        member.fail(ErrorCode.UNKNOWN_MEMBER_ID);
        ScriptedCoordinator.Member again = coordinator.member(1);
        assertThat(awaitEvent(ConsumerEvent.Lost.class).partitions()).containsExactly(T0);
        assertThat(again.join().memberEpoch()).isEqualTo(Membership.NEW);
        assertThat(again.join().owned()).isEmpty();
        again.assign(9, "t", 0);
        awaitReceived(3);
        assertThat(values()).containsExactly("0", "1", "1");
        received.get(1).acknowledge();
        consumer.commit().block(Await.TIMEOUT);
        assertThat(coordinator.commits()).as("what was lost is not committed").hasSize(1);
    }

    // the end

    @Test
    void closesWhenWhatWasGivenOutIsAcknowledgedAndCommitted() {
        append(0, "0");
        receive(GroupFlowTest::never);
        ScriptedCoordinator.Member member = coordinator.member(0).assign(1, "t", 0);
        awaitReceived(1);
        StepVerifier.create(consumer.close())
                .then(() -> awaitEvent(ConsumerEvent.Revoking.class))
                .then(() -> Await.until("the stream is complete", receiving::isDisposed))
                .then(() -> received.get(0).acknowledge())
                .expectComplete()
                .verify(Await.TIMEOUT);
        assertThat(coordinator.committed("t", 0, 1).offset()).isEqualTo(1);
        assertThat(member.reports().get(member.reports().size() - 1).leave()).isTrue();
        assertThat(errors).isEmpty();
    }

    @Test
    void commitsWhatTheUserCommitsWhileItCloses() {
        append(0, "0");
        receive(GroupFlowTest::manual);
        coordinator.member(0).assign(1, "t", 0);
        awaitReceived(1);
        StepVerifier.create(consumer.close())
                .then(() -> Await.until("the stream is complete", receiving::isDisposed))
                .then(() -> received.get(0).acknowledge())
                .then(() -> consumer.commit().block(Await.TIMEOUT))
                .then(() -> assertThat(coordinator.commits()).hasSize(1))
                .expectComplete()
                .verify(Await.TIMEOUT);
        assertThat(coordinator.committed("t", 0, 1).offset()).isEqualTo(1);
    }

    @Test
    void givesUpWhatIsDrainedBeforeItLeaves() {
        append(0, "a0");
        append(1, "b0");
        receive(GroupFlowTest::never);
        ScriptedCoordinator.Member member = coordinator.member(0).assign(1, "t", 0, 1);
        member.report(0);
        awaitReceived(2);
        StepVerifier.create(consumer.close())
                .then(() -> assertThat(member.report(1).topics())
                        .as("it wants nothing any more")
                        .isEmpty())
                .then(() -> member.assign(2, "t"))
                .then(() -> record("a0").acknowledge())
                .then(() -> Await.until(
                        "what it still has",
                        () -> member.reports().stream()
                                .anyMatch(report -> coordinator.owned("t", 1).equals(report.owned()))))
                .then(() -> assertThat(member.reports()).noneMatch(Membership.Report::leave))
                .then(() -> record("b0").acknowledge())
                .expectComplete()
                .verify(Await.TIMEOUT);
        assertThat(member.reports().get(member.reports().size() - 1).leave()).isTrue();
    }

    @Test
    void leavesAtOnceWhenItIsCancelledAndCommitsWhatIsAcknowledged() {
        append(0, "0", "1");
        receive(GroupFlowTest::never);
        ScriptedCoordinator.Member member = coordinator.member(0).assign(1, "t", 0);
        awaitReceived(2);
        received.get(0).acknowledge();
        receiving.dispose();
        awaitEvent(ConsumerEvent.Left.class);
        assertThat(coordinator.committed("t", 0, 1).offset()).isEqualTo(1);
        assertThat(member.reports().get(member.reports().size() - 1).leave()).isTrue();
    }

    @Test
    void commitsAndLeavesWithItsClient() {
        append(0, "0", "1");
        receive(GroupFlowTest::never);
        ScriptedCoordinator.Member member = coordinator.member(0).assign(1, "t", 0);
        awaitReceived(2);
        received.get(0).acknowledge();
        client.closeNow();
        assertThat(coordinator.committed("t", 0, 1).offset()).isEqualTo(1);
        assertThat(member.reports().get(member.reports().size() - 1).leave()).isTrue();
        Await.until("the error", () -> !errors.isEmpty());
        assertThat(((PenstockException) errors.get(0)).code()).isEqualTo(ErrorCode.CLIENT_CLOSED);
    }

    // what a user may do meanwhile

    @Test
    void goesOnWhereItIsToldTo() {
        append(0, "0", "1", "2");
        receive(GroupFlowTest::manual);
        coordinator.member(0).assign(1, "t", 0);
        awaitReceived(3);
        consumer.seek(T0, StartPosition.offset(1)).block(Await.TIMEOUT);
        awaitReceived(5);
        assertThat(values()).containsExactly("0", "1", "2", "1", "2");
        received.get(0).acknowledge();
        consumer.commit().block(Await.TIMEOUT);
        assertThat(coordinator.committed("t", 0, 1).offset()).isEqualTo(1);
        assertThatIllegalArgumentException().isThrownBy(() -> consumer.seek(T0, StartPosition.none()));
        StepVerifier.create(consumer.seek(new TopicPartition("t", 3), StartPosition.earliest()))
                .expectErrorMessage("t-3 is not read now: nothing can be sought in it")
                .verify(Await.TIMEOUT);
    }

    @Test
    void takesACommitFromBeforeASeekForNoneOfWhatCameAfterIt() {
        append(0, "0", "1", "2", "3", "4", "5");
        receive(GroupFlowTest::manual);
        ScriptedCoordinator.Member member = coordinator.member(0).assign(1, "t", 0);
        member.report(0);
        awaitReceived(6);
        received.subList(0, 3).forEach(ConsumerRecord::acknowledge);
        Runnable answer = coordinator.holdAnswersOfCommits();
        CompletableFuture<Void> commit = consumer.commit().toFuture();
        coordinator.committed("t", 0, 3);
        consumer.seek(T0, StartPosition.offset(4)).block(Await.TIMEOUT);
        awaitReceived(8);
        answer.run();
        commit.join();
        received.subList(6, 8).forEach(ConsumerRecord::acknowledge);
        member.assign(2, "t");
        awaitEvent(ConsumerEvent.Revoking.class);
        consumer.commit().block(Await.TIMEOUT);
        assertThat(coordinator.commits()).extracting(GroupOffsets.Entry::offset).containsExactly(3L, 6L);
        member.report(1);
    }

    @Test
    void saysThatNothingIsSoughtWhenTheSubscriptionEndsMeanwhile() {
        coordinator.commit("t", 0, 0, null);
        append(0, "0");
        receive(GroupFlowTest::manual);
        coordinator.member(0).assign(1, "t", 0);
        awaitReceived(1);
        Runnable answer = coordinator.holdAnswersOf(Verb.LIST_OFFSETS);
        StepVerifier.create(consumer.seek(T0, StartPosition.latest()))
                .then(() -> Await.until("the question", () -> broker.asked().contains(Verb.LIST_OFFSETS)))
                .then(receiving::dispose)
                .expectErrorMessage("t-0 is not read now: nothing can be sought in it")
                .verify(Await.TIMEOUT);
        answer.run();
    }

    @Test
    void seeksNothingMoreInAPartitionThatWasGivenUp() {
        coordinator.commit("t", 0, 0, null);
        receive(GroupFlowTest::manual);
        ScriptedCoordinator.Member member = coordinator.member(0).assign(1, "t", 0);
        broker.fetch(0);
        broker.leader("t", 9);
        awaitEvent(ConsumerEvent.Interrupted.class);
        StepVerifier.create(consumer.seek(T0, StartPosition.latest()))
                .then(() -> Await.until(
                        "it is tried",
                        () -> events.stream()
                                .anyMatch(event ->
                                        event instanceof ConsumerEvent.Interrupted of && of.resumeOffset() == -1)))
                .then(() -> member.assign(2, "t"))
                .expectErrorMessage("t-0 is not read now: nothing can be sought in it")
                .verify(Await.TIMEOUT);
    }

    @Test
    void givesEachPartitionByItselfAndCompletesTheOneThatIsGivenUp() {
        append(0, "a0", "a1", "a2");
        append(1, "b0", "b1");
        consume(GroupFlowTest::never);
        List<TopicPartition> completed = new CopyOnWriteArrayList<>();
        receiving = consumer.receiveByPartition()
                .flatMap(partition -> partition
                        .records()
                        .doOnComplete(() -> completed.add(partition.topicPartition()))
                        .limitRate(partition.topicPartition().equals(T0) ? 2 : 1)
                        .doOnNext(received::add))
                .subscribe(record -> {}, errors::add);
        ScriptedCoordinator.Member member = coordinator.member(0).assign(1, "t", 0, 1);
        member.report(0);
        awaitReceived(5);
        received.forEach(ConsumerRecord::acknowledge);
        member.assign(2, "t", 1);
        Await.until("the partition is complete", () -> !completed.isEmpty());
        assertThat(completed).containsExactly(T0);
        member.report(1);
        append(1, "b2");
        awaitReceived(6);
        member.assign(3, "t", 0, 1);
        append(0, "a3");
        awaitReceived(7);
        assertThat(values()).filteredOn(value -> value.startsWith("a")).containsExactly("a0", "a1", "a2", "a3");
        assertThat(values()).filteredOn(value -> value.startsWith("b")).containsExactly("b0", "b1", "b2");
        receiving.dispose();
    }

    @Test
    void doesNotLetAPartitionWaitForAnother() {
        append(0, "a0", "a1");
        append(1, "b0", "b1");
        consume(GroupFlowTest::never);
        receiving = consumer.receiveByPartition()
                .flatMap(partition -> partition.topicPartition().equals(T0)
                        ? partition.records().doOnNext(received::add).concatMap(record -> Mono.never(), 0)
                        : partition.records().doOnNext(received::add))
                .subscribe(record -> {}, errors::add);
        coordinator.member(0).assign(1, "t", 0, 1);
        awaitReceived(3);
        append(1, "b2");
        awaitReceived(4);
        assertThat(values()).containsOnlyOnce("a0").doesNotContain("a1").contains("b0", "b1", "b2");
        receiving.dispose();
    }
}
