package io.penstock.client.consumer;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.penstock.core.record.TestBatches;
import io.penstock.core.transport.LeakProbe;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/**
 * The ways in which a consumer of a group may stop without a word: each goes on, or ends with an error that names the
 * reason; and what it waits for meanwhile is among its events.
 */
class StallTest {

    private static final TopicPartition T0 = new TopicPartition("t", 0);
    /** As many gaps as a member keeps. */
    private static final int GAPS = 32_768;

    private final LeakProbe leaks = new LeakProbe();
    private final ScriptedBroker broker = ScriptedBroker.start().topic("t", 2);
    private final ScriptedCoordinator coordinator = broker.coordinator();
    private final PenstockClient client = PenstockClient.connect(ClientOptions.builder(broker.endpoint())
            .backoff(new Backoff(Duration.ofMillis(1), Duration.ofMillis(5), 0.5))
            .build());
    private final List<ConsumerEvent> events = new CopyOnWriteArrayList<>();
    private final Taker taker = new Taker();
    private io.penstock.client.consumer.Consumer<String, String> consumer;

    @AfterEach
    void stop() {
        client.closeNow();
        broker.close();
        leaks.assertNone();
    }

    /** A subscriber whose demand and whose handler are the test's. */
    private static final class Taker extends BaseSubscriber<ConsumerRecord<String, String>> {

        private final List<ConsumerRecord<String, String>> taken = new CopyOnWriteArrayList<>();
        private final List<PenstockException> errors = new CopyOnWriteArrayList<>();
        private volatile Consumer<ConsumerRecord<String, String>> handler = record -> {};

        @Override
        protected void hookOnSubscribe(Subscription subscription) {}

        @Override
        protected void hookOnNext(ConsumerRecord<String, String> record) {
            taken.add(record);
            handler.accept(record);
        }

        @Override
        protected void hookOnError(Throwable error) {
            errors.add((PenstockException) error);
        }

        void await(int count) {
            Await.until(count + " records", () -> taken.size() >= count);
        }

        List<String> values() {
            return taken.stream().map(ConsumerRecord::value).toList();
        }
    }

    private void receive(long demand) {
        receive(demand, options -> options);
    }

    private void receive(long demand, UnaryOperator<GroupOptions.Builder> group) {
        GroupOptions.Builder options = GroupOptions.builder("g")
                .sessionTimeout(Duration.ofSeconds(6))
                .commits(CommitPolicy.automatic(Duration.ofHours(1), 1_000_000));
        consumer = client.consumer(ConsumerOptions.<String, String>builder(Serdes.string(), Serdes.string())
                .topics("t")
                .group(group.apply(options).build())
                .window(new FetchWindow(1 << 20, 1 << 20, 64 << 10))
                .build());
        consumer.events().subscribe(events::add);
        consumer.receive().subscribe(taker);
        taker.request(demand);
    }

    private void append(int partition, String... values) {
        broker.append("t", partition, TestBatches.of(values));
    }

    private <E> E awaitEvent(Class<E> type) {
        Await.until(type.getSimpleName(), () -> events.stream().anyMatch(type::isInstance));
        return type.cast(events.stream().filter(type::isInstance).findFirst().orElseThrow());
    }

    private static void awaitHeartbeats(ScriptedCoordinator.Member member) {
        int before = member.reports().size();
        Await.until("heartbeats", () -> member.reports().size() >= before + 3);
    }

    @Test
    void goesOnWhenDemandThatWasUsedUpComesAgainAndStaysInItsGroupMeanwhile() {
        append(0, "0", "1");
        receive(1);
        ScriptedCoordinator.Member member = coordinator.member(0).heartbeats(1).assign(1, "t", 0);
        taker.await(1);
        append(0, "2");
        awaitHeartbeats(member);
        assertThat(taker.values()).containsExactly("0");
        assertThat(consumer.positions().get(T0).nextOffset()).isEqualTo(1);
        taker.request(2);
        taker.await(3);
        assertThat(taker.values()).containsExactly("0", "1", "2");
    }

    @Test
    void staysInItsGroupWhileAHandlerHoldsTheThreadAndGoesOnAfterIt() {
        CountDownLatch handling = new CountDownLatch(1);
        taker.handler = record -> Await.hold(handling);
        append(0, "0", "1");
        receive(Long.MAX_VALUE);
        ScriptedCoordinator.Member member = coordinator.member(0).heartbeats(1).assign(1, "t", 0);
        taker.await(1);
        try {
            awaitHeartbeats(member);
        } finally {
            handling.countDown();
        }
        taker.await(2);
        assertThat(taker.values()).containsExactly("0", "1");
    }

    @Test
    void endsWithTheRecordThatIsNotFinishedWithinTheProgressDeadline() {
        append(0, "0", "1");
        taker.handler = record -> {
            if (record.offset() == 0) {
                record.acknowledge();
            }
        };
        receive(Long.MAX_VALUE, options -> options.progressDeadline(Duration.ofMillis(20)));
        ScriptedCoordinator.Member member = coordinator.member(0).assign(1, "t", 0);
        Await.until("the error", () -> !taker.errors.isEmpty());
        PenstockException error = taker.errors.get(0);
        assertThat(error.code()).isEqualTo(ErrorCode.PROGRESS_DEADLINE_EXCEEDED);
        assertThat(error)
                .hasMessageContaining("t-0@1")
                .hasMessageContaining("group g")
                .hasMessageContaining(member.join().memberId());
        awaitEvent(ConsumerEvent.Left.class);
        assertThat(coordinator.committed("t", 0, 1).offset()).isEqualTo(1);
    }

    @Test
    void leavesItsGroupWhenAHandlerHoldsTheThreadBeyondTheProgressDeadline() {
        CountDownLatch handling = new CountDownLatch(1);
        taker.handler = record -> Await.hold(handling);
        append(0, "0");
        receive(Long.MAX_VALUE, options -> options.progressDeadline(Duration.ofMillis(20)));
        ScriptedCoordinator.Member member = coordinator.member(0).assign(1, "t", 0);
        taker.await(1);
        try {
            Await.until("the leave", () -> member.reports().stream().anyMatch(Membership.Report::leave));
            assertThat(awaitEvent(ConsumerEvent.Stalled.class)).isEqualTo(new ConsumerEvent.Stalled(T0, 0));
            assertThat(taker.errors).as("not while the handler runs").isEmpty();
        } finally {
            handling.countDown();
        }
        Await.until("the error", () -> !taker.errors.isEmpty());
        assertThat(taker.errors.get(0).code()).isEqualTo(ErrorCode.PROGRESS_DEADLINE_EXCEEDED);
        awaitEvent(ConsumerEvent.Left.class);
    }

    @Test
    void saysWhichRecordItWaitsForWhenManyAfterItAreFinishedAndGoesOnWhenItIs() {
        int batches = 2 * GAPS / 1024;
        for (int i = 0; i < batches; i++) {
            append(0, IntStream.range(0, 1024).mapToObj(Integer::toString).toArray(String[]::new));
        }
        taker.handler = record -> {
            if (record.offset() % 2 == 1) {
                record.acknowledge();
            }
        };
        receive(Long.MAX_VALUE);
        coordinator.member(0).assign(1, "t", 0);
        taker.await(2 * GAPS);
        append(0, "behind");
        assertThat(awaitEvent(ConsumerEvent.Held.class)).isEqualTo(new ConsumerEvent.Held(T0, 0));
        assertThat(taker.taken).hasSize(2 * GAPS);
        taker.taken.get(0).acknowledge();
        taker.await(2 * GAPS + 1);
        assertThat(taker.taken.get(2 * GAPS).value()).isEqualTo("behind");
    }

    @Test
    void goesOnWithAsManyGapsAsCanBeCommittedThatAnotherMemberLeft() {
        OffsetRanges finished = new OffsetRanges();
        for (int i = 0; i < GAPS; i++) {
            finished.add(2 * i + 1, 2 * i + 2);
        }
        coordinator.commit("t", 0, 0, FinishedRanges.encode(finished, 0, GroupOffsets.MAX_FINISHED_BYTES));
        append(0, "0", "1", "2", "3");
        append(0, "4", "5");
        taker.handler = ConsumerRecord::acknowledge;
        receive(Long.MAX_VALUE);
        coordinator.member(0).assign(1, "t", 0);
        taker.await(3);
        assertThat(taker.values()).containsExactly("0", "2", "4");
    }

    @Test
    void passesAGapThatNothingFollowsAndSaysSo() {
        append(0, "0");
        receive(Long.MAX_VALUE);
        coordinator.member(0).assign(1, "t", 0);
        taker.await(1);
        broker.fetch(0).passTo(5);
        assertThat(awaitEvent(ConsumerEvent.Passed.class)).isEqualTo(new ConsumerEvent.Passed(T0, 5));
        assertThat(consumer.positions().get(T0)).isEqualTo(new Position(5, 5, -1));
    }

    @Test
    void followsARebalanceWithoutDemandAndGoesOnWithWhatItHasThen() {
        append(0, "a0", "a1");
        append(1, "b0");
        receive(1);
        ScriptedCoordinator.Member member = coordinator.member(0).assign(1, "t", 0);
        member.report(0);
        taker.await(1);
        member.assign(2, "t");
        awaitEvent(ConsumerEvent.Revoking.class);
        taker.taken.get(0).acknowledge();
        assertThat(member.report(1).owned()).isEmpty();
        assertThat(coordinator.committed("t", 0, 1).offset()).isEqualTo(1);
        member.assign(3, "t", 1);
        member.report(2);
        taker.request(1);
        taker.await(2);
        member.assign(4, "t", 1, 0);
        member.report(3);
        taker.request(1);
        taker.await(3);
        assertThat(taker.values()).containsExactly("a0", "b0", "a1");
    }

    @Test
    void goesOnAtItsPlaceAfterConnectionsThatWereLostDuringAFetchWithAndWithoutDemand() {
        append(0, "0", "1");
        receive(1);
        coordinator.member(0).assign(1, "t", 0);
        taker.await(1);
        broker.dropConnections();
        coordinator.member(1).assign(1, "t", 0);
        broker.fetch(1);
        append(0, "2");
        taker.request(Long.MAX_VALUE);
        taker.await(3);
        broker.dropConnections();
        coordinator.member(2).assign(1, "t", 0);
        append(0, "3");
        taker.await(4);
        assertThat(taker.values()).containsExactly("0", "1", "2", "3");
        assertThat(awaitEvent(ConsumerEvent.Interrupted.class).topicPartition()).isEqualTo(T0);
    }

    @Test
    void goesOnAndCommitsAfterARestartOfItsCoordinator() {
        append(0, "0");
        receive(Long.MAX_VALUE);
        coordinator.member(0).assign(7, "t", 0);
        taker.await(1);
        taker.taken.get(0).acknowledge();
        broker.stopListening();
        awaitEvent(ConsumerEvent.Waiting.class);
        List<String> committed = new CopyOnWriteArrayList<>();
        consumer.commit().subscribe(nothing -> {}, error -> committed.add(error.toString()), () -> committed.add("ok"));
        broker.failNext(Verb.JOIN_GROUP, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
        broker.failNext(Verb.COMMIT_OFFSETS, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
        broker.listenAgain();
        coordinator.member(1).assign(7, "t", 0);
        Await.until("the commit", () -> !committed.isEmpty());
        assertThat(committed).containsExactly("ok");
        assertThat(coordinator.committed("t", 0, 1).offset()).isEqualTo(1);
        append(0, "1");
        taker.await(2);
        assertThat(taker.values()).containsExactly("0", "1");
    }

    @Test
    void saysThatItWaitsAndJoinsAgainWhenTheCoordinatorDoesNotAnswer() {
        append(0, "0");
        receive(Long.MAX_VALUE);
        ScriptedCoordinator.Member unanswered = coordinator.member(0);
        assertThat(awaitEvent(ConsumerEvent.Waiting.class).reason())
                .contains("COORDINATOR_NOT_AVAILABLE")
                .contains("group g");
        ScriptedCoordinator.Member again = coordinator.member(1);
        assertThat(again.join().memberId()).isEqualTo(unanswered.join().memberId());
        again.assign(1, "t", 0);
        taker.await(1);
        Await.until("the first channel is given up", unanswered::isOver);
    }

    @Test
    void goesOnWhereTheCreditOfAStreamAddsUpToTwoToThePowerOfThirtyOne() throws Exception {
        append(0, "0");
        receive(Long.MAX_VALUE);
        coordinator.member(0).assign(1, "t", 0);
        taker.await(1);
        CreditEdge.reach(consumer);
        for (int i = 1; i < 30; i++) {
            append(0, "" + i);
        }
        taker.await(30);
        assertThat(broker.fetches()).as("the stream was replaced").hasSize(2);
    }
}
