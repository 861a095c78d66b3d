package io.penstock.client.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.client.Await;
import io.penstock.client.ClientOptions;
import io.penstock.client.PenstockClient;
import io.penstock.client.ScriptedBroker;
import io.penstock.client.ScriptedCoordinator;
import io.penstock.client.connection.Backoff;
import io.penstock.client.group.CommitPolicy;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.serialization.Deserializer;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.record.TestBatches;
import io.penstock.core.transport.LeakProbe;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.test.StepVerifier;

/** Handlers with order per key, against a broker and a coordinator whose every word the test says. */
class OrderedFlowTest {

    private static final TopicPartition T0 = new TopicPartition("t", 0);
    private static final RetryPolicy THREE_ATTEMPTS =
            RetryPolicy.attempts(3).withBackoff(new Backoff(Duration.ofMillis(1), Duration.ofMillis(2), 0.5));

    private final LeakProbe leaks = new LeakProbe();
    private final ScriptedBroker broker = ScriptedBroker.start().topic("t", 4);
    private final ScriptedCoordinator coordinator = broker.coordinator();
    private final PenstockClient client = PenstockClient.connect(ClientOptions.builder(broker.endpoint())
            .clientName("tester")
            .backoff(new Backoff(Duration.ofMillis(1), Duration.ofMillis(5), 0.5))
            .build());
    private final Desk desk = new Desk();
    private final List<ConsumerEvent> events = new CopyOnWriteArrayList<>();
    private final List<Throwable> errors = new CopyOnWriteArrayList<>();
    private final AtomicInteger completions = new AtomicInteger();
    private Consumer<String, String> consumer;
    private Disposable handling;

    @AfterEach
    void stop() {
        client.closeNow();
        broker.close();
        leaks.assertNone();
    }

    /** A handler that finishes when the test says so. */
    private static final class Desk implements Function<ConsumerRecord<String, String>, Publisher<?>> {

        private final List<String> begun = new CopyOnWriteArrayList<>();
        private final List<String> cancelled = new CopyOnWriteArrayList<>();
        private final Map<String, MonoSink<Void>> open = new ConcurrentHashMap<>();

        @Override
        public Publisher<?> apply(ConsumerRecord<String, String> record) {
            String value = String.valueOf(record.value());
            return Mono.<Void>create(sink -> {
                sink.onCancel(() -> cancelled.add(value));
                open.put(value, sink);
                begun.add(value);
            });
        }

        void awaitBegun(int count) {
            Await.until(count + " begun", () -> begun.size() >= count);
        }

        void finish(String value) {
            Await.until(value + " to be begun", () -> open.containsKey(value));
            open.remove(value).success();
        }

        void fail(String value) {
            Await.until(value + " to be begun", () -> open.containsKey(value));
            open.remove(value).error(new IllegalArgumentException("of " + value));
        }
    }

    private static ConsumerOptions.Builder<String, String> options() {
        return ConsumerOptions.<String, String>builder(Serdes.string(), Serdes.string());
    }

    private void handle(OrderedOptions ordered) {
        handle(ordered, options().topics("t").build(), desk);
    }

    private void handle(
            OrderedOptions ordered,
            ConsumerOptions<String, String> options,
            Function<ConsumerRecord<String, String>, Publisher<?>> handler) {
        consumer = client.consumer(options);
        consumer.events().subscribe(events::add);
        handling = consumer.orderedByKey(ordered, handler)
                .subscribe(nothing -> {}, errors::add, completions::incrementAndGet);
    }

    private ScriptedCoordinator.Member handleInGroup(OrderedOptions ordered, Duration drainTimeout) {
        GroupOptions group = GroupOptions.builder("g")
                .commits(CommitPolicy.automatic(Duration.ofHours(1), 1_000_000))
                .drainTimeout(drainTimeout)
                .build();
        handle(ordered, options().topics("t").group(group).build(), desk);
        ScriptedCoordinator.Member member = coordinator.member(0).assign(1, "t", 0);
        member.report(0);
        return member;
    }

    /** Records with the key before the sign and the whole as their value; without a sign they have no key. */
    private void append(int partition, String... values) {
        TestBatches batch = TestBatches.batch();
        for (String value : values) {
            batch.record(value.contains(":") ? value.substring(0, value.indexOf(':')) : null, value);
        }
        broker.append("t", partition, batch.build());
    }

    private <E> E awaitEvent(Class<E> type) {
        Await.until(type.getSimpleName(), () -> events.stream().anyMatch(type::isInstance));
        return type.cast(events.stream().filter(type::isInstance).findFirst().orElseThrow());
    }

    private Throwable awaitError() {
        Await.until("the error", () -> !errors.isEmpty());
        return errors.get(0);
    }

    // turns

    @Test
    void handlesOneOfAKeyAtATimeAndTheOthersBesideIt() {
        append(0, "a:1", "a:2", "b:1", "c:1", "a:3");
        handle(OrderedOptions.lanes(8));
        desk.awaitBegun(3);
        assertThat(desk.begun).containsExactly("a:1", "b:1", "c:1");
        desk.finish("a:1");
        desk.awaitBegun(4);
        desk.finish("a:2");
        desk.awaitBegun(5);
        assertThat(desk.begun).containsExactly("a:1", "b:1", "c:1", "a:2", "a:3");
    }

    @Test
    void handlesAsManyAtATimeAsThereAreLanes() {
        append(0, "a:1", "b:1", "c:1", "d:1");
        handle(OrderedOptions.lanes(2));
        desk.awaitBegun(2);
        desk.finish("b:1");
        desk.awaitBegun(3);
        assertThat(desk.begun).containsExactly("a:1", "b:1", "c:1");
    }

    @Test
    void handlesRecordsWithoutAKeyBesideEachOther() {
        append(0, "1", "2", "3");
        handle(OrderedOptions.lanes(8));
        desk.awaitBegun(3);
        assertThat(desk.begun).containsExactly("1", "2", "3");
    }

    @Test
    void keepsEqualKeysOfTwoPartitionsApart() {
        append(0, "a:of 0");
        append(1, "a:of 1");
        handle(OrderedOptions.lanes(8));
        desk.awaitBegun(2);
        assertThat(desk.begun).containsExactlyInAnyOrder("a:of 0", "a:of 1");
    }

    @Test
    void takesNoMoreThanThereAreFreePlaces() {
        append(0, "1", "2", "3", "4", "5");
        handle(OrderedOptions.lanes(2).withMaxInFlight(3));
        desk.awaitBegun(2);
        Await.until(
                "three are taken",
                () -> consumer.positions().containsKey(T0)
                        && consumer.positions().get(T0).nextOffset() == 3);
        desk.finish("1");
        desk.awaitBegun(3);
        Await.until("another one is", () -> consumer.positions().get(T0).nextOffset() == 4);
        assertThat(desk.begun).containsExactly("1", "2", "3");
    }

    @Test
    void holdsUpThePartitionOfAKeyThatHasItsShareAndNoOther() {
        append(0, "a:1", "a:2", "a:3", "b:1");
        handle(OrderedOptions.lanes(4).withMaxInFlight(8));
        ConsumerEvent.KeyHeld held = awaitEvent(ConsumerEvent.KeyHeld.class);
        assertThat(held).isEqualTo(new ConsumerEvent.KeyHeld(T0, 2));
        append(1, "c:1", "c:2");
        desk.awaitBegun(2);
        assertThat(desk.begun).containsExactly("a:1", "c:1");
        desk.finish("a:1");
        desk.awaitBegun(4);
        assertThat(desk.begun).contains("a:2", "b:1");
    }

    @Test
    void goesOnThroughAllThatComesWhenHandlersFinishAtOnce() {
        AtomicInteger handled = new AtomicInteger();
        handle(OrderedOptions.lanes(2), options().topics("t").build(), record -> {
            handled.incrementAndGet();
            return Mono.empty();
        });
        for (int batch = 0; batch < 100; batch++) {
            append(batch % 4, "a:1", "a:2", "b:1", "c:1", "d");
        }
        Await.until("all are handled", () -> handled.get() == 500);
    }

    @Test
    void startsOnSubscription() {
        append(0, "a:1");
        Mono<Void> assembled = client.consumer(options().topics("t").build()).orderedByKey(8, desk);
        assertThat(broker.connectionCount()).isZero();
        handling = assembled.subscribe();
        desk.awaitBegun(1);
    }

    // acknowledgements

    @Test
    void finishesEachRecordWhenItsHandlerCompletes() {
        append(0, "a:1", "b:1", "c:1");
        handleInGroup(OrderedOptions.lanes(8), Duration.ofMinutes(1));
        desk.awaitBegun(3);
        desk.finish("c:1");
        desk.finish("a:1");
        consumer.commit().block(Await.TIMEOUT);
        assertThat(coordinator.committed("t", 0, 1).finished()).isNotNull();
        desk.finish("b:1");
        consumer.commit().block(Await.TIMEOUT);
        assertThat(coordinator.committed("t", 0, 3).finished()).isNull();
    }

    // partitions that go

    @Test
    void handlesWhatWasTakenBeforeItGivesAPartitionUp() {
        append(0, "a:1", "a:2");
        ScriptedCoordinator.Member member = handleInGroup(OrderedOptions.lanes(8), Duration.ofMinutes(1));
        desk.awaitBegun(1);
        member.assign(2, "t");
        assertThat(awaitEvent(ConsumerEvent.Revoking.class).unacknowledged()).isEqualTo(2);
        append(0, "b:for the next owner");
        desk.finish("a:1");
        desk.finish("a:2");
        assertThat(member.report(1).owned()).isEmpty();
        assertThat(coordinator.committed("t", 0, 2).offset()).isEqualTo(2);
        assertThat(desk.begun).containsExactly("a:1", "a:2");
        assertThat(desk.cancelled).isEmpty();
    }

    @Test
    void leavesToTheNextOwnerWhatIsNotHandledAtTheDeadline() {
        append(0, "a:1", "a:2", "b:1");
        ScriptedCoordinator.Member member = handleInGroup(OrderedOptions.lanes(8), Duration.ofMillis(1));
        desk.awaitBegun(2);
        desk.finish("b:1");
        member.assign(2, "t");
        assertThat(member.report(1).owned()).isEmpty();
        Await.until("the handler is cancelled", () -> desk.cancelled.contains("a:1"));
        member.assign(3, "t", 0);
        desk.awaitBegun(3);
        assertThat(desk.begun).as("a:2 was not its turn").containsExactly("a:1", "b:1", "a:1");
    }

    @Test
    void cancelsTheHandlersOfWhatIsLost() {
        append(0, "a:1", "a:2");
        ScriptedCoordinator.Member member = handleInGroup(OrderedOptions.lanes(8), Duration.ofMinutes(1));
        desk.awaitBegun(1);
        member.fail(ErrorCode.UNKNOWN_MEMBER_ID);
        Await.until("the handler is cancelled", () -> desk.cancelled.contains("a:1"));
        coordinator.member(1).assign(9, "t", 0);
        desk.awaitBegun(2);
        assertThat(desk.begun).containsExactly("a:1", "a:1");
    }

    @Test
    void cancelsTheHandlersOfAPartitionThatGoesOnElsewhere() {
        append(0, "a:1", "a:2", "a:3");
        append(1, "b:1");
        handle(OrderedOptions.lanes(8));
        desk.awaitBegun(2);
        consumer.seek(T0, StartPosition.offset(2)).block(Await.TIMEOUT);
        desk.awaitBegun(3);
        assertThat(desk.begun.get(2)).isEqualTo("a:3");
        assertThat(desk.cancelled).containsExactly("a:1");
    }

    // the end

    @Test
    void completesAfterTheHandlersThatWereCalled() {
        append(0, "a:1", "a:2");
        handleInGroup(OrderedOptions.lanes(8), Duration.ofMinutes(1));
        desk.awaitBegun(1);
        StepVerifier.create(consumer.close())
                .then(() -> awaitEvent(ConsumerEvent.Revoking.class))
                .then(() -> append(0, "b:too late"))
                .then(() -> desk.finish("a:1"))
                .then(() -> desk.awaitBegun(2))
                .then(() -> assertThat(completions).hasValue(0))
                .then(() -> desk.finish("a:2"))
                .expectComplete()
                .verify(Await.TIMEOUT);
        Await.until("it completes", () -> completions.get() == 1);
        assertThat(coordinator.committed("t", 0, 2).offset()).isEqualTo(2);
        assertThat(desk.begun).containsExactly("a:1", "a:2");
    }

    @Test
    void isClosedWhenItsHandlersHaveFinishedWithoutAGroupToo() {
        append(0, "a:1", "a:2");
        handle(OrderedOptions.lanes(8));
        desk.awaitBegun(1);
        AtomicInteger closed = new AtomicInteger();
        consumer.close().subscribe(null, errors::add, closed::incrementAndGet);
        desk.finish("a:1");
        desk.awaitBegun(2);
        assertThat(closed).hasValue(0);
        desk.finish("a:2");
        Await.until("it is closed", () -> closed.get() == 1);
        Await.until("it completes", () -> completions.get() == 1);
    }

    @Test
    void endsWithItsClientThoughItWaitsForAHandler() {
        append(0, "a:1");
        handle(OrderedOptions.lanes(8));
        desk.awaitBegun(1);
        consumer.close().subscribe();
        client.closeNow();
        assertThat(((PenstockException) awaitError()).code()).isEqualTo(ErrorCode.CLIENT_CLOSED);
        assertThat(desk.cancelled).containsExactly("a:1");
    }

    @Test
    void completesAtTheDeadlineOfTheDrain() {
        append(0, "a:1");
        handleInGroup(OrderedOptions.lanes(8), Duration.ofMillis(1));
        desk.awaitBegun(1);
        consumer.close().block(Await.TIMEOUT);
        Await.until("it completes", () -> completions.get() == 1);
        assertThat(desk.cancelled).containsExactly("a:1");
    }

    @Test
    void cancelsItsHandlersWhenItIsCancelled() {
        append(0, "a:1", "a:2", "b:1", "c:1");
        handleInGroup(OrderedOptions.lanes(8), Duration.ofMinutes(1));
        desk.awaitBegun(3);
        desk.finish("b:1");
        consumer.commit().block(Await.TIMEOUT);
        handling.dispose();
        awaitEvent(ConsumerEvent.Left.class);
        assertThat(desk.cancelled).containsExactlyInAnyOrder("a:1", "c:1");
        assertThat(desk.begun).containsExactly("a:1", "b:1", "c:1");
        assertThat(errors).isEmpty();
    }

    @Test
    void endsWithTheErrorOfTheClosedClient() {
        append(0, "a:1");
        handle(OrderedOptions.lanes(8));
        desk.awaitBegun(1);
        client.closeNow();
        assertThat(((PenstockException) awaitError()).code()).isEqualTo(ErrorCode.CLIENT_CLOSED);
        assertThat(desk.cancelled).containsExactly("a:1");
    }

    @Test
    void endsWhenItsTopicIsDeleted() {
        append(0, "a:1");
        handle(OrderedOptions.lanes(8));
        desk.awaitBegun(1);
        broker.deleteTopic("t");
        assertThat(((PenstockException) awaitError()).code()).isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
    }

    @Test
    void isOneMemberOfItsGroupAtATime() {
        handleInGroup(OrderedOptions.lanes(8), Duration.ofMinutes(1));
        StepVerifier.create(consumer.orderedByKey(8, desk))
                .expectError(IllegalStateException.class)
                .verify(Await.TIMEOUT);
    }

    // failures

    @Test
    void callsTheHandlerAgainBeforeTheNextOfItsKeyHasItsTurn() {
        append(0, "a:1", "a:2", "b:1");
        handle(OrderedOptions.lanes(1).withMaxInFlight(16).withRetry(THREE_ATTEMPTS));
        desk.fail("a:1");
        ConsumerEvent.RecordRetried retried = awaitEvent(ConsumerEvent.RecordRetried.class);
        assertThat(retried.topicPartition()).isEqualTo(T0);
        assertThat(retried.offset()).isZero();
        assertThat(retried.attempts()).isEqualTo(1);
        assertThat(retried.reason()).contains("of a:1");
        desk.finish("b:1");
        desk.fail("a:1");
        desk.finish("a:1");
        desk.awaitBegun(5);
        assertThat(desk.begun.stream().filter(value -> value.startsWith("a")))
                .containsExactly("a:1", "a:1", "a:1", "a:2");
        assertThat(errors).isEmpty();
    }

    @Test
    void passesOverWhatFailedForTheLastTimeIfToldTo() {
        append(0, "a:1", "a:2");
        handle(OrderedOptions.lanes(8)
                .withRetry(RetryPolicy.attempts(2).withBackoff(THREE_ATTEMPTS.backoff()))
                .withOnFailure(OnFailure.skip()));
        desk.fail("a:1");
        desk.fail("a:1");
        ConsumerEvent.RecordSkipped skipped = awaitEvent(ConsumerEvent.RecordSkipped.class);
        assertThat(skipped.offset()).isZero();
        assertThat(skipped.attempts()).isEqualTo(2);
        desk.finish("a:2");
        assertThat(desk.begun).containsExactly("a:1", "a:1", "a:2");
    }

    @Test
    void endsWithTheRecordThatFailedIfToldTo() {
        append(0, "b:1", "a:1");
        handle(OrderedOptions.lanes(8).withRetry(RetryPolicy.none()).withOnFailure(OnFailure.fail()));
        desk.awaitBegun(2);
        desk.fail("a:1");
        RecordFailedException failed = (RecordFailedException) awaitError();
        assertThat(failed.code()).isEqualTo(ErrorCode.HANDLER_FAILED);
        assertThat(failed.topicPartition()).isEqualTo(T0);
        assertThat(failed.offset()).isEqualTo(1);
        assertThat(failed.attempts()).isEqualTo(1);
        assertThat(failed).hasMessageContaining("t-0@1").hasRootCauseMessage("of a:1");
        assertThat(desk.cancelled).containsExactly("b:1");
    }

    @Test
    void doesNotTryAgainWhatNoRetryHelps() {
        append(0, "a:1");
        handle(OrderedOptions.lanes(8)
                .withRetry(THREE_ATTEMPTS.withCanHelp(error -> !(error instanceof IllegalArgumentException)))
                .withOnFailure(OnFailure.fail()));
        desk.fail("a:1");
        assertThat(((RecordFailedException) awaitError()).attempts()).isEqualTo(1);
    }

    @Test
    void endsWithTheRecordWhoseFailureMakesTheRetryPolicyThrow() {
        append(0, "a:1", "b:1");
        handle(OrderedOptions.lanes(8).withRetry(THREE_ATTEMPTS.withCanHelp(error -> {
            throw new IllegalStateException("undecided");
        })));
        desk.awaitBegun(2);
        desk.fail("b:1");
        RecordFailedException failed = (RecordFailedException) awaitError();
        assertThat(failed.code()).isEqualTo(ErrorCode.HANDLER_FAILED);
        assertThat(failed.topicPartition()).isEqualTo(T0);
        assertThat(failed.offset()).isEqualTo(1);
        assertThat(failed.attempts()).isEqualTo(1);
        assertThat(failed).hasMessageContaining("t-0@1").hasRootCauseMessage("undecided");
        assertThat(failed.getSuppressed()).extracting(Throwable::getMessage).containsExactly("of b:1");
        assertThat(desk.cancelled).containsExactly("a:1");
    }

    @Test
    void takesAHandlerThatThrowsForOneThatFails() {
        append(0, "a:1");
        handle(
                OrderedOptions.lanes(8).withRetry(RetryPolicy.none()).withOnFailure(OnFailure.fail()),
                options().topics("t").build(),
                record -> {
                    throw new IllegalArgumentException("thrown");
                });
        assertThat(awaitError()).isInstanceOf(RecordFailedException.class).hasRootCauseMessage("thrown");
    }

    @Test
    void takesAHandlerThatReturnsNothingForOneThatFails() {
        append(0, "a:1");
        handle(
                OrderedOptions.lanes(8).withRetry(RetryPolicy.none()).withOnFailure(OnFailure.fail()),
                options().topics("t").build(),
                record -> null);
        assertThat(awaitError()).hasRootCauseMessage("the handler returned null");
    }

    private static ConsumerOptions<String, String> picky() {
        Deserializer<String> picky = (source, index, length) -> {
            String text = Serdes.string().deserialize(source, index, length);
            if (text.contains("bad")) {
                throw new IllegalStateException("not understood: " + text);
            }
            return text;
        };
        return ConsumerOptions.<String, String>builder(Serdes.string(), picky)
                .topics("t")
                .build();
    }

    @Test
    void treatsARecordThatCannotBeReadAsOneThatFailed() {
        append(0, "a:1", "a:bad", "a:2");
        handle(OrderedOptions.lanes(8).withOnFailure(OnFailure.skip()), picky(), desk);
        desk.finish("a:1");
        desk.finish("a:2");
        ConsumerEvent.RecordSkipped skipped = awaitEvent(ConsumerEvent.RecordSkipped.class);
        assertThat(skipped.offset()).isEqualTo(1);
        assertThat(skipped.attempts()).isZero();
        assertThat(skipped.reason()).contains("not understood: a:bad");
    }

    @Test
    void endsWithARecordThatCannotBeReadIfToldTo() {
        append(0, "a:1", "b:bad");
        handle(OrderedOptions.lanes(8).withOnFailure(OnFailure.fail()), picky(), desk);
        RecordFailedException failed = (RecordFailedException) awaitError();
        assertThat(failed.code()).isEqualTo(ErrorCode.SERIALIZATION_FAILED);
        assertThat(failed.offset()).isEqualTo(1);
        assertThat(failed).hasMessageContaining("t-0@1").hasRootCauseMessage("not understood: b:bad");
    }

    // dead letters

    @Test
    void holdsItsKeyUntilTheDeadLetterIsSent() {
        broker.topic("t.dlt", 1);
        broker.fates(batch -> ScriptedBroker.Fate.REFUSED);
        append(0, "a:1", "a:2", "b:1");
        handleInGroup(OrderedOptions.lanes(1).withMaxInFlight(16).withRetry(RetryPolicy.none()), Duration.ofMinutes(1));
        desk.fail("a:1");
        ConsumerEvent.DeadLetterHeld held = awaitEvent(ConsumerEvent.DeadLetterHeld.class);
        assertThat(held.topicPartition()).isEqualTo(T0);
        assertThat(held.offset()).isZero();
        assertThat(held.deadLetterTopic()).isEqualTo("t.dlt");
        desk.finish("b:1");
        consumer.commit().block(Await.TIMEOUT);
        assertThat(coordinator.committed("t", 0, 0).offset()).isZero();
        assertThat(desk.begun).containsExactly("a:1", "b:1");
        broker.fates(batch -> ScriptedBroker.Fate.TAKEN);
        assertThat(awaitEvent(ConsumerEvent.DeadLettered.class))
                .isEqualTo(new ConsumerEvent.DeadLettered(T0, 0, "t.dlt", 1));
        desk.finish("a:2");
        assertThat(broker.values("t.dlt", 0)).containsExactly("a:1");
    }

    @Test
    void leavesADeadLetterThatCannotBeSentToTheNextOwner() {
        broker.topic("t.dlt", 1);
        broker.fates(batch -> ScriptedBroker.Fate.REFUSED);
        append(0, "a:1");
        ScriptedCoordinator.Member member =
                handleInGroup(OrderedOptions.lanes(8).withRetry(RetryPolicy.none()), Duration.ofMillis(1));
        desk.fail("a:1");
        awaitEvent(ConsumerEvent.DeadLetterHeld.class);
        member.assign(2, "t");
        assertThat(member.report(1).owned()).isEmpty();
        assertThat(coordinator.commits()).noneMatch(commit -> commit.offset() > 0);
        assertThat(broker.values("t.dlt", 0)).isEmpty();
    }

    /** And not after the delivery timeout of a producer that waits for the topic. */
    @Test
    void saysAtOnceThatThereIsNoTopicForADeadLetter() {
        append(0, "a:1");
        handle(OrderedOptions.lanes(8).withRetry(RetryPolicy.none()));
        desk.fail("a:1");
        assertThat(awaitEvent(ConsumerEvent.DeadLetterHeld.class).reason()).contains("UNKNOWN_TOPIC_OR_PARTITION");
        broker.topic("t.dlt", 1);
        awaitEvent(ConsumerEvent.DeadLettered.class);
        assertThat(broker.values("t.dlt", 0)).containsExactly("a:1");
    }

    @Test
    void endsWithTheRecordForWhichNoTopicIsNamedForItsDeadLetter() {
        append(0, "a:1", "b:1");
        handle(OrderedOptions.lanes(8)
                .withRetry(RetryPolicy.none())
                .withOnFailure(OnFailure.deadLetter(topic -> null)));
        desk.fail("b:1");
        RecordFailedException failed = (RecordFailedException) awaitError();
        assertThat(failed.topicPartition()).isEqualTo(T0);
        assertThat(failed.offset()).isEqualTo(1);
        assertThat(failed)
                .hasMessageContaining("of b:1")
                .hasMessageContaining("dead letters")
                .hasCauseInstanceOf(NullPointerException.class);
    }

    // options

    @Test
    void refusesOptionsThatMakeNoSense() {
        assertThatThrownBy(() -> OrderedOptions.lanes(0)).hasMessageContaining("lanes");
        assertThatThrownBy(() -> OrderedOptions.lanes(8).withMaxInFlight(7)).hasMessageContaining("maxInFlight");
        assertThatThrownBy(() -> OrderedOptions.lanes(8).withMaxInFlightBytes(0))
                .hasMessageContaining("maxInFlightBytes");
        assertThatThrownBy(() -> RetryPolicy.attempts(0)).hasMessageContaining("maxAttempts");
    }
}
