package io.penstock.client.producer;

import static io.penstock.client.ScriptedBroker.inTurn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.client.Await;
import io.penstock.client.ClientOptions;
import io.penstock.client.PenstockClient;
import io.penstock.client.ScriptedBroker;
import io.penstock.client.ScriptedBroker.Fate;
import io.penstock.client.ScriptedLane;
import io.penstock.client.connection.Backoff;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.Acks;
import io.penstock.core.model.Guarantee;
import io.penstock.core.model.Outcome;
import io.penstock.core.transport.LeakProbe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

class ProducerFlowTest {

    private static final Duration NEVER = Duration.ofHours(1);
    private static final Batching ONE_BY_ONE = new Batching(256 << 10, 1, NEVER);

    private final LeakProbe leaks = new LeakProbe();
    private final ScriptedBroker broker = ScriptedBroker.start().topic("t", 1);
    private final PenstockClient client = PenstockClient.connect(ClientOptions.builder(broker.endpoint())
            .backoff(new Backoff(Duration.ofMillis(1), Duration.ofMillis(5), 0.5))
            .build());

    @AfterEach
    void stop() {
        broker.answering(true);
        broker.dropConnections();
        client.closeNow();
        broker.close();
        leaks.assertNone();
    }

    /** One that sends nothing twice. */
    private Producer<String, String> producer(UnaryOperator<ProducerOptions.Builder<String, String>> change) {
        return client.producer(change.apply(ProducerOptions.builder(Serdes.string(), Serdes.string())
                        .idempotent(false))
                .build());
    }

    private static ProducerRecord<String, String> record(int value) {
        return ProducerRecord.of("t", "v" + value);
    }

    private static Flux<ProducerRecord<String, String>> records(int count) {
        return Flux.range(0, count).map(ProducerFlowTest::record);
    }

    @Test
    void sendsNoBatchWithoutCredit() {
        broker.answering(false).initialCredit(2);
        Producer<String, String> producer = producer(options -> options.batching(ONE_BY_ONE));
        List<SendResult> results = new CopyOnWriteArrayList<>();
        Disposable sending = producer.send(records(5)).subscribe(results::add);
        ScriptedLane lane = broker.lane(0);
        lane.arrived(1);
        lane.ack(lane.arrived(0), 10);
        Await.until("the answer", () -> results.size() == 1);
        assertThat(lane.arrived()).as("an answer is not credit").hasSize(2);
        lane.credit(1);
        lane.arrived(2);
        lane.ack(lane.arrived(2), 12);
        lane.ack(lane.arrived(1), 11);
        Await.until("the answers", () -> results.size() == 3);
        assertThat(results)
                .extracting(SendResult::offset)
                .as("in the order of the records")
                .containsExactly(10L, 11L, 12L);
        assertThat(lane.arrived()).hasSize(3);
        sending.dispose();
        broker.dropConnections();
    }

    @Test
    void keepsWhatWasNotHandedOverForTheNextConnection() {
        broker.answering(false).initialCredit(1);
        Producer<String, String> producer =
                producer(options -> options.batching(ONE_BY_ONE).onError(OnError.CONTINUE));
        List<SendResult> results = new CopyOnWriteArrayList<>();
        producer.send(records(4)).subscribe(results::add);
        broker.lane(0).arrived(0);

        broker.answering(true);
        broker.dropConnections();

        Await.until("all results", () -> results.size() == 4);
        SendException lost = results.get(0).error();
        assertThat(lost).as("handed over, not answered").isNotNull();
        assertThat(lost.code()).isEqualTo(ErrorCode.CONNECTION_LOST);
        assertThat(lost.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(lost.topic()).isEqualTo("t");
        assertThat(lost.partition()).isZero();
        assertThat(results.subList(1, 4)).extracting(SendResult::offset).containsExactly(0L, 1L, 2L);
        assertThat(broker.lane(0).arrived()).hasSize(1);
        client.closeNow();
    }

    @Test
    void sendsWhatCameWhileNobodyListened() {
        Producer<String, String> producer = producer(options -> options.batching(ONE_BY_ONE));
        producer.send(record(0)).block(Await.TIMEOUT);
        broker.stopListening();
        List<SendResult> results = new CopyOnWriteArrayList<>();
        producer.send(records(3)).subscribe(results::add);
        broker.listenAgain();
        Await.until("all results", () -> results.size() == 3);
        assertThat(results).extracting(SendResult::offset).containsExactly(1L, 2L, 3L);
        client.closeNow();
    }

    @Test
    void endsWithTheFirstFailureAfterTheResultsBeforeIt() {
        broker.answering(false);
        Producer<String, String> producer = producer(options -> options.batching(ONE_BY_ONE));
        TestPublisher<ProducerRecord<String, String>> upstream = TestPublisher.create();
        AtomicLong demand = new AtomicLong();
        StepVerifier.create(producer.send(upstream.flux().doOnRequest(demand::addAndGet)))
                .then(() -> Await.until("demand", () -> demand.get() >= 3))
                .then(() -> IntStream.range(0, 3).forEach(i -> upstream.next(record(i))))
                .then(() -> {
                    ScriptedLane lane = broker.lane(0);
                    lane.ack(lane.arrived(2), 2);
                    lane.refuse(lane.arrived(1), ErrorCode.INVALID_TIMESTAMP);
                    lane.ack(lane.arrived(0), 0);
                })
                .expectNextMatches(result -> result.offset() == 0)
                .expectErrorSatisfies(error -> {
                    SendException failure = (SendException) error;
                    assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_TIMESTAMP);
                    assertThat(failure.outcome()).isEqualTo(Outcome.NOT_WRITTEN);
                })
                .verify(Await.TIMEOUT);
        upstream.assertCancelled();
        client.closeNow();
    }

    /** FINDINGS 1: a channel goes silent for ever at 2^31 − 1; without the replacement the third batch never comes. */
    @Test
    void replacesAChannelBeforeItIsUsedUpAndKeepsTheOrder() {
        int perChannel = 2;
        BatchingProducer<String, String> producer =
                (BatchingProducer<String, String>) producer(options -> options.batching(ONE_BY_ONE));
        BatchingProducer<String, String> limited = producer.withLimits(perChannel, SendStream.MAX_OWED);
        List<SendResult> results = limited.send(records(9)).collectList().block(Await.TIMEOUT);
        assertThat(results).extracting(SendResult::offset).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
        assertThat(broker.lanes()).hasSizeGreaterThanOrEqualTo(4);
        assertThat(broker.lanes()).allSatisfy(lane -> assertThat(lane.arrived()).hasSizeLessThanOrEqualTo(perChannel));
        limited.close().block(Await.TIMEOUT);
        client.closeNow();
    }

    /** FINDINGS 16b: results are asked one for one, and no batch is ever filled: only what was owed closes it. */
    @Test
    void doesNotStallWhenAllThatMayBeOwedDoesNotFillABatch() {
        BatchingProducer<String, String> producer = (BatchingProducer<String, String>)
                producer(options -> options.batching(Batching.DEFAULTS.withLinger(NEVER)));
        BatchingProducer<String, String> limited = producer.withLimits(1 << 20, 16);
        StepVerifier.create(limited.send(records(160)), 0)
                .thenRequest(16)
                .expectNextCount(16)
                .thenRequest(128)
                .expectNextCount(128)
                .thenCancel()
                .verify(Await.TIMEOUT);
        limited.close().block(Await.TIMEOUT);
        client.closeNow();
    }

    @Test
    void holdsNoMoreThanItsMemoryAndLosesNothingWhenItIsFull() {
        broker.answering(false).initialCredit(0);
        Producer<String, String> producer = producer(options -> options.bufferMemory(2 << 20));
        BatchingProducer<String, String> batching = (BatchingProducer<String, String>) producer;
        String value = "x".repeat(100_000);
        List<SendResult> results = new CopyOnWriteArrayList<>();
        producer.send(Flux.range(0, 100).map(i -> ProducerRecord.<String, String>of("t", value)))
                .subscribe(results::add);
        Await.until("memory is full", () -> batching.isMemoryContended());
        assertThat(batching.usedMemory()).isLessThanOrEqualTo(2 << 20);
        List<Mono<SendResult>> singles = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Sinks.One<SendResult> sink = Sinks.one();
            producer.send(ProducerRecord.<String, String>of("t", value))
                    .subscribe(sink::tryEmitValue, sink::tryEmitError);
            singles.add(sink.asMono());
        }
        assertThat(results).isEmpty();
        broker.answering(true);
        ScriptedLane lane = broker.lane(0);
        lane.credit(1_000);
        singles.forEach(single -> single.block(Await.TIMEOUT));
        Await.until("all results", () -> results.size() == 100);
        producer.flush().block(Await.TIMEOUT);
        assertThat(batching.usedMemory()).isZero();
        client.closeNow();
    }

    /** With a linger of an hour nobody else would close such a batch. */
    @Test
    void aFlushWaitsForNoBatchThatIsOpenedBehindIt() {
        Producer<String, String> producer =
                producer(options -> options.batching(new Batching(8 << 10, 1_000, Duration.ofHours(1))));
        for (int i = 0; i < 300; i++) {
            AtomicLong sent = new AtomicLong();
            producer.send(records(20)).subscribe(result -> sent.incrementAndGet());
            Await.until("all results", () -> {
                producer.flush().block(Await.TIMEOUT);
                return sent.get() == 20;
            });
        }
    }

    @Test
    void failsARecordThatIsTooLargeAloneAndBeforeItIsSent() {
        Producer<String, String> producer =
                producer(options -> options.maxRequestSize(10_000).onError(OnError.CONTINUE));
        List<SendResult> results = producer.send(
                        Flux.just(record(0), ProducerRecord.of("t", "x".repeat(10_000)), record(1)))
                .collectList()
                .block(Await.TIMEOUT);
        assertThat(results)
                .extracting(SendResult::outcome)
                .containsExactly(Outcome.COMMITTED, Outcome.NOT_WRITTEN, Outcome.COMMITTED);
        assertThat(results.get(1).error().code()).isEqualTo(ErrorCode.MESSAGE_TOO_LARGE);
        client.closeNow();
    }

    @Test
    void takesNoRecordBehindTheOneThatStopsItsStream() {
        Producer<String, String> producer =
                producer(options -> options.maxRequestSize(10_000).batching(Batching.DEFAULTS.withLinger(NEVER)));
        StepVerifier.create(producer.send(Flux.just(record(0), ProducerRecord.of("t", "x".repeat(10_000)), record(1))))
                .then(() -> Await.until("the first one is sent", () -> {
                    producer.flush().block(Await.TIMEOUT);
                    return !broker.values("t", 0).isEmpty();
                }))
                .expectNextCount(1)
                .expectError(SendException.class)
                .verify(Await.TIMEOUT);
        producer.flush().block(Await.TIMEOUT);
        assertThat(broker.values("t", 0)).containsExactly("v0");
        client.closeNow();
    }

    @Test
    void sendsNothingOfAStreamThatStoppedBeforeItWasOnItsWay() {
        broker.topic("two", 2).answering(false).initialCredit(1);
        Producer<String, String> producer =
                producer(options -> options.batching(ONE_BY_ONE).lanes(1));
        List<Throwable> errors = new CopyOnWriteArrayList<>();
        AtomicBoolean handedIn = new AtomicBoolean();
        producer.send(Flux.range(0, 6)
                        .map(i -> ProducerRecord.<String, String>of("two", "v" + i)
                                .withPartition(i % 2))
                        .doOnComplete(() -> handedIn.set(true)))
                .subscribe(result -> {}, errors::add);
        Await.until("all are handed in", handedIn::get);
        ScriptedLane lane = broker.lane(0);
        lane.refuse(lane.arrived(0), ErrorCode.INVALID_RECORD);
        Await.until("the error", () -> !errors.isEmpty());
        lane.credit(10);
        producer.flush().block(Await.TIMEOUT);
        assertThat(lane.arrived()).hasSize(1);
        assertThat(((BatchingProducer<String, String>) producer).usedMemory()).isZero();
        client.closeNow();
    }

    @Test
    void sendsWhatSharesABatchWithAStreamThatStopped() {
        broker.answering(false).initialCredit(1);
        Producer<String, String> producer = producer(options -> options.batching(Batching.DEFAULTS.withLinger(NEVER)));
        List<Throwable> errors = new CopyOnWriteArrayList<>();
        TestPublisher<ProducerRecord<String, String>> upstream = TestPublisher.create();
        producer.send(upstream).subscribe(result -> {}, errors::add);
        Await.until("it is asked", () -> upstream.wasRequested());
        upstream.next(record(0));
        Await.until("it is in a batch", () -> ((BatchingProducer<String, String>) producer).usedMemory() > 0);
        Sinks.Empty<Void> flushed = Sinks.empty();
        producer.flush().subscribe(null, null, flushed::tryEmitEmpty);
        ScriptedLane lane = broker.lane(0);
        lane.arrived(0);
        upstream.next(record(1));
        CompletableFuture<SendResult> other = producer.send(record(9)).toFuture();
        lane.refuse(lane.arrived(0), ErrorCode.INVALID_RECORD);
        Await.until("the error", () -> !errors.isEmpty());
        broker.answering(true);
        lane.credit(10);
        producer.flush().block(Await.TIMEOUT);
        assertThat(other.join().outcome()).isEqualTo(Outcome.COMMITTED);
        assertThat(broker.values("t", 0)).containsExactly("v1", "v9");
        client.closeNow();
    }

    @Test
    void givesMemoryBackThatARecordHadClaimedThatIsTakenBack() {
        broker.answering(false).initialCredit(0);
        Producer<String, String> producer = producer(options -> options.bufferMemory(2 << 20));
        BatchingProducer<String, String> batching = (BatchingProducer<String, String>) producer;
        String value = "x".repeat(100_000);
        List<Disposable> sending = new ArrayList<>();
        while (!batching.isMemoryContended()) {
            sending.add(
                    producer.send(ProducerRecord.<String, String>of("t", value)).subscribe());
        }
        sending.get(sending.size() - 1).dispose();
        broker.answering(true);
        broker.lane(0).credit(1_000);
        producer.flush().block(Await.TIMEOUT);
        Await.until("all memory is free", () -> batching.usedMemory() == 0);
        client.closeNow();
    }

    @Test
    void failsARecordThatCannotBeSerialised() {
        Producer<String, String> producer = client.producer(ProducerOptions.of(Serdes.string(), (value, target) -> {
            throw new IllegalStateException("of the serializer");
        }));
        assertThatThrownBy(() -> producer.send(record(0)).block(Await.TIMEOUT))
                .isInstanceOfSatisfying(
                        SendException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.SERIALIZATION_FAILED));
        client.closeNow();
    }

    @Test
    void saysWhatIsKnownWhenTheDeliveryTimeoutHasPassed() {
        broker.answering(false).initialCredit(1);
        Producer<String, String> producer = producer(options -> options.batching(ONE_BY_ONE)
                .deliveryTimeout(Duration.ofMillis(50))
                .onError(OnError.CONTINUE));
        List<SendResult> results = producer.send(records(2)).collectList().block(Await.TIMEOUT);
        assertThat(results)
                .allSatisfy(result -> assertThat(result.error().code()).isEqualTo(ErrorCode.REQUEST_TIMED_OUT));
        assertThat(results)
                .extracting(SendResult::outcome)
                .as("one was handed over, one was not")
                .containsExactly(Outcome.UNKNOWN, Outcome.NOT_WRITTEN);
        client.closeNow();
    }

    @Test
    void usesPartitionsThatAreAdded() {
        Producer<String, String> producer =
                producer(options -> options.partitioner((topic, key, index, length, partitions) -> partitions - 1));
        assertThat(producer.send(record(0)).block(Await.TIMEOUT).partition()).isZero();
        broker.grow("t", 3);
        Await.until(
                "a record of the last one",
                () -> producer.send(record(1)).block(Await.TIMEOUT).partition() == 2);
        client.closeNow();
    }

    @Test
    void findsAPartitionThatWasAddedJustNow() {
        Producer<String, String> producer = producer(options -> options);
        producer.send(record(0)).block(Await.TIMEOUT);
        broker.grow("t", 3);
        assertThat(producer.send(record(1).withPartition(2))
                        .block(Await.TIMEOUT)
                        .partition())
                .isEqualTo(2);
        assertThatThrownBy(() -> producer.send(record(2).withPartition(3)).block(Await.TIMEOUT))
                .isInstanceOfSatisfying(
                        SendException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
                .hasMessageContaining("partition 3 of a topic that has 3");
        client.closeNow();
    }

    @Test
    void tellsWhatIsInDoubtFromWhatWasNotWrittenAndSendsNeitherAgain() {
        broker.fates(inTurn(Fate.IN_DOUBT, Fate.REFUSED_FOR_NOW));
        Producer<String, String> producer =
                producer(options -> options.batching(ONE_BY_ONE).onError(OnError.CONTINUE));

        List<SendResult> results = producer.send(records(3)).collectList().block(Await.TIMEOUT);

        assertThat(results)
                .extracting(SendResult::outcome)
                .as("a write that failed, one without room, one that is fine")
                .containsExactly(Outcome.UNKNOWN, Outcome.NOT_WRITTEN, Outcome.COMMITTED);
        assertThat(results.get(0).error().code()).isEqualTo(ErrorCode.STORAGE_ERROR);
        assertThat(results.get(1).error().code()).isEqualTo(ErrorCode.STORAGE_FULL);
        assertThat(broker.lane(0).arrived()).hasSize(3);
        client.closeNow();
    }

    @Test
    void promisesNothingWithoutAcknowledgement() {
        broker.answering(false);
        Producer<String, String> producer = producer(options -> options.acks(Acks.NONE));
        SendResult result = producer.send(record(0)).block(Await.TIMEOUT);
        assertThat(result.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(result.guarantee()).isEqualTo(Guarantee.NONE);
        assertThat(result.offset()).isEqualTo(-1);
        assertThat(result.isFailed()).isFalse();
        client.closeNow();
    }

    @Test
    void sendsWhatItHasTakenOverWhenTheStreamIsCancelled() {
        Producer<String, String> producer = producer(options -> options.batching(Batching.DEFAULTS.withLinger(NEVER)));
        TestPublisher<ProducerRecord<String, String>> upstream = TestPublisher.create();
        Disposable sending = producer.send(upstream).subscribe();
        producer.send(record(9)).subscribe();
        Await.until("the topic is known", () -> ((BatchingProducer<String, String>) producer).usedMemory() > 0);
        upstream.next(record(0), record(1));
        sending.dispose();
        upstream.assertCancelled();
        producer.flush().block(Await.TIMEOUT);
        assertThat(broker.lane(0).arrived(0).recordCount()).isEqualTo(3);
        client.closeNow();
    }

    @Test
    void refusesATopicThatCannotBe() {
        Producer<String, String> producer = producer(options -> options);
        assertThatThrownBy(() -> producer.send(ProducerRecord.<String, String>of("no/topic", "v"))
                        .block(Await.TIMEOUT))
                .isInstanceOfSatisfying(
                        SendException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_TOPIC));
        client.closeNow();
    }

    @Test
    void refusesABrokerOfAnotherCluster() {
        Producer<String, String> producer = producer(options -> options);
        producer.send(record(0)).block(Await.TIMEOUT);
        broker.clusterId("another");
        broker.dropConnections();
        assertThatThrownBy(() -> client.admin().cluster().block(Await.TIMEOUT))
                .hasMessageContaining("another")
                .hasMessageContaining("scripted-cluster");
        client.closeNow();
    }

    @Test
    void refusesRecordsAfterItsEnd() {
        Producer<String, String> producer = producer(options -> options);
        producer.send(record(0)).block(Await.TIMEOUT);
        producer.close().block(Await.TIMEOUT);
        assertThatThrownBy(() -> producer.send(record(1)).block(Await.TIMEOUT))
                .isInstanceOfSatisfying(
                        SendException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.CLIENT_CLOSED));
        client.closeNow();
    }
}
