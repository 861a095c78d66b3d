package io.penstock.client.producer;

import static io.penstock.client.ScriptedBroker.inTurn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.client.Await;
import io.penstock.client.PenstockClient;
import io.penstock.client.ScriptedBroker;
import io.penstock.client.ScriptedBroker.Fate;
import io.penstock.client.ScriptedLane;
import io.penstock.client.ScriptedLane.Arrived;
import io.penstock.client.connection.Backoff;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.Acks;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.Verb;
import io.penstock.core.transport.LeakProbe;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** Batches that have to be sent more than once, to a broker that keeps to the rules of sequences. */
class IdempotentProducerTest {

    private static final Batching ONE_BY_ONE = Batching.DEFAULTS.withMaxRecords(1);
    private static final Backoff SOON = new Backoff(Duration.ofMillis(1), Duration.ofMillis(5), 0.5);

    private final LeakProbe leaks = new LeakProbe();
    private ScriptedBroker broker;
    private PenstockClient client;

    @BeforeEach
    void start() {
        broker = ScriptedBroker.start().topic("t", 1);
        client = PenstockClient.connect(broker.endpoint());
    }

    @AfterEach
    void end() {
        client.closeNow();
        broker.close();
        leaks.assertNone();
    }

    private Producer<String, String> producer(UnaryOperator<ProducerOptions.Builder<String, String>> options) {
        return client.producer(options.apply(ProducerOptions.builder(Serdes.string(), Serdes.string())
                        .batching(ONE_BY_ONE)
                        .onError(OnError.CONTINUE)
                        .retryBackoff(SOON))
                .build());
    }

    private static Flux<ProducerRecord<String, String>> records(int first, int count) {
        return Flux.range(first, count).map(i -> ProducerRecord.of("t", null, Integer.toString(i)));
    }

    private static List<String> numbers(int count) {
        return IntStream.range(0, count).mapToObj(Integer::toString).toList();
    }

    /** One fate after the other, and then all is well. */
    @ParameterizedTest
    @EnumSource(names = {"TAKEN_AND_CUT", "CUT", "IN_DOUBT", "REFUSED_FOR_NOW"})
    void writesEachRecordOnceAndInOrderWhateverHappensToABatch(Fate fate) {
        for (int number = 0; number < 7; number++) {
            broker.topic("t" + number, 1);
            int unlucky = number;
            AtomicInteger arrived = new AtomicInteger();
            broker.fates(batch -> arrived.getAndIncrement() == unlucky ? fate : Fate.TAKEN);
            String topic = "t" + number;

            List<SendResult> results = producer(options -> options)
                    .send(Flux.range(0, 8).map(i -> ProducerRecord.of(topic, null, Integer.toString(i))))
                    .collectList()
                    .block(Await.TIMEOUT);

            assertThat(results).noneMatch(SendResult::isFailed);
            assertThat(results)
                    .extracting(SendResult::offset)
                    .as("offsets when batch %s is %s", unlucky, fate)
                    .containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L);
            assertThat(broker.values(topic, 0)).isEqualTo(numbers(8));
        }
    }

    @Test
    void sendsTheFirstBatchOfAPartitionAloneAndNeverMoreThanTheBrokerRemembers() {
        broker.answering(false).initialCredit(400);
        List<SendResult> results = new CopyOnWriteArrayList<>();
        producer(options -> options).send(records(0, 200)).subscribe(results::add);
        ScriptedLane lane = broker.lane(0);
        Arrived first = lane.arrived(0);
        assertThat(first.baseSequence()).isZero();
        lane.ack(first, 0);
        Await.until("the answer", () -> results.size() == 1);
        // by then the channel takes more than the broker remembers
        int answered = SequenceLine.WINDOW;
        for (int number = 1; number < answered; number++) {
            lane.ack(lane.arrived(number), number);
        }
        Await.until("the answers", () -> results.size() == answered);
        lane.arrived(answered + SequenceLine.WINDOW - 1);
        lane.ack(lane.arrived(answered), answered);
        lane.arrived(answered + SequenceLine.WINDOW);

        assertThat(lane.arrived())
                .extracting(Arrived::baseSequence)
                .containsExactlyElementsOf(IntStream.range(0, answered + SequenceLine.WINDOW + 1)
                        .boxed()
                        .toList());
        assertThat(lane.arrived()).extracting(Arrived::producerId).containsOnly(first.producerId());
        broker.answering(true);
        broker.dropConnections();
        Await.until("all answers", () -> results.size() == 200);
    }

    @Test
    void asksForOneIdAndAgainWhenThatFails() {
        broker.failNext(Verb.PRODUCER_ID, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);

        producer(options -> options).send(records(0, 5)).blockLast(Await.TIMEOUT);

        assertThat(broker.asked().stream().filter(Verb.PRODUCER_ID::equals)).hasSize(2);
        assertThat(broker.values("t", 0)).isEqualTo(numbers(5));
    }

    @Test
    void failsWhatItIsGivenWhenTheBrokerGivesNoIds() {
        broker.failNext(Verb.PRODUCER_ID, ErrorCode.UNKNOWN_VERB);
        Producer<String, String> producer = producer(options -> options);

        List<SendResult> results = producer.send(records(0, 2)).collectList().block(Await.TIMEOUT);

        assertThat(results).allSatisfy(result -> {
            assertThat(result.outcome()).isEqualTo(Outcome.NOT_WRITTEN);
            assertThat(result.error().code()).isEqualTo(ErrorCode.UNKNOWN_VERB);
            assertThat(result.error()).hasMessageContaining("no producer id");
        });
    }

    @Test
    void goesOnInANewEpochBehindABatchThatWasGivenUp() {
        Producer<String, String> producer = producer(options -> options.deliveryTimeout(Duration.ofMillis(500)));
        broker.fates(inTurn(Fate.TAKEN, Fate.SWALLOWED));
        producer.send(records(0, 1)).blockLast(Await.TIMEOUT);

        SendResult lost = producer.send(records(1, 1)).blockLast(Await.TIMEOUT);
        List<SendResult> after = producer.send(records(2, 3)).collectList().block(Await.TIMEOUT);

        assertThat(lost.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(lost.error().code()).isEqualTo(ErrorCode.REQUEST_TIMED_OUT);
        assertThat(after).extracting(SendResult::outcome).containsOnly(Outcome.COMMITTED);
        assertThat(broker.values("t", 0)).containsExactly("0", "2", "3", "4");
        List<Arrived> arrived = broker.lane(0).arrived();
        assertThat(arrived.get(arrived.size() - 1).producerEpoch()).isEqualTo((short) 1);
        assertThat(arrived.get(arrived.size() - 1).baseSequence()).isEqualTo(2);
    }

    @Test
    void goesOnBehindABatchThatIsRefusedForGood() {
        broker.fates(inTurn(Fate.TAKEN, Fate.TAKEN, Fate.REFUSED));

        List<SendResult> results =
                producer(options -> options).send(records(0, 9)).collectList().block(Await.TIMEOUT);

        assertThat(results)
                .extracting(SendResult::outcome)
                .filteredOn(Outcome.NOT_WRITTEN::equals)
                .hasSize(1);
        assertThat(results.get(2).error().code()).isEqualTo(ErrorCode.INVALID_RECORD);
        assertThat(broker.values("t", 0)).containsExactly("0", "1", "3", "4", "5", "6", "7", "8");
    }

    /** Batches behind the one that fails are on their way with it; the broker takes none of them without it. */
    @ParameterizedTest
    @EnumSource(names = {"NOT_WRITTEN", "UNKNOWN"})
    void putsNothingBehindARecordThatStopsItsStream(Outcome outcome) {
        Producer<String, String> producer = producer(options -> options.onError(OnError.STOP));
        producer.send(records(0, 1)).blockLast(Await.TIMEOUT);
        AtomicInteger attempts = new AtomicInteger(outcome == Outcome.UNKNOWN ? 0 : 1);
        broker.fates(batch -> {
            if (batch.baseSequence() != 3) {
                return Fate.TAKEN;
            }
            return attempts.getAndIncrement() == 0 ? Fate.CUT : Fate.REFUSED;
        });

        StepVerifier.create(producer.send(records(1, 40)))
                .expectNextCount(2)
                .expectErrorSatisfies(
                        error -> assertThat(((SendException) error).outcome()).isEqualTo(outcome))
                .verify(Await.TIMEOUT);
        producer.flush().block(Await.TIMEOUT);

        assertThat(broker.values("t", 0)).containsExactly("0", "1", "2");
        broker.fates(batch -> Fate.TAKEN);
        producer.send(records(3, 3)).blockLast(Await.TIMEOUT);
        assertThat(broker.values("t", 0)).as("it can be sent again").isEqualTo(numbers(6));
    }

    @Test
    void takesANewIdWhenTheEpochsAreUsedUp() {
        broker.firstEpoch(Short.MAX_VALUE);
        broker.fates(inTurn(Fate.TAKEN, Fate.REFUSED));

        producer(options -> options).send(records(0, 4)).blockLast(Await.TIMEOUT);

        assertThat(broker.values("t", 0)).containsExactly("0", "2", "3");
        assertThat(broker.lane(0).arrived()).extracting(Arrived::producerId).contains(1L, 2L);
    }

    @Test
    void saysThatADoubtfulBatchIsInDoubtWhenItIsRefusedLater() {
        broker.fates(inTurn(Fate.TAKEN, Fate.CUT, Fate.REFUSED));

        List<SendResult> results =
                producer(options -> options).send(records(0, 2)).collectList().block(Await.TIMEOUT);

        assertThat(results.get(1).outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(results.get(1).error().code()).isEqualTo(ErrorCode.INVALID_RECORD);
    }

    @Test
    void sendsNothingMoreWhenAnotherHasItsPlace() {
        broker.fates(inTurn(Fate.TAKEN, Fate.FENCED));
        Producer<String, String> producer = producer(options -> options);

        List<SendResult> results = producer.send(records(0, 3)).collectList().block(Await.TIMEOUT);
        SendResult later = producer.send(records(3, 1)).blockLast(Await.TIMEOUT);

        assertThat(results.subList(1, 3))
                .extracting(result -> result.error().code())
                .containsOnly(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(later.error())
                .hasMessageContaining("another one sends under the producer's id")
                .satisfies(error -> assertThat(error.outcome()).isEqualTo(Outcome.NOT_WRITTEN));
        assertThat(broker.values("t", 0)).containsExactly("0");
    }

    @Test
    void takesABatchForCommittedThatTheBrokerHasForgottenTheOffsetOf() {
        broker.answering(false);
        List<SendResult> results = new CopyOnWriteArrayList<>();
        producer(options -> options).send(records(0, 1)).subscribe(results::add);
        ScriptedLane lane = broker.lane(0);

        lane.refuse(lane.arrived(0), ErrorCode.DUPLICATE_SEQUENCE_NUMBER);

        Await.until("the answer", () -> !results.isEmpty());
        assertThat(results.get(0).outcome()).isEqualTo(Outcome.COMMITTED);
        assertThat(results.get(0).offset()).isEqualTo(-1);
        assertThat(results.get(0).isFailed()).isFalse();
    }

    @Test
    void needsAcknowledgementByAll() {
        assertThatThrownBy(() -> ProducerOptions.builder(Serdes.string(), Serdes.string())
                        .acks(Acks.LEADER)
                        .idempotent(true)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("acks of all");
        assertThat(ProducerOptions.builder(Serdes.string(), Serdes.string())
                        .acks(Acks.LEADER)
                        .build()
                        .isIdempotent())
                .isFalse();
        assertThat(ProducerOptions.of(Serdes.string(), Serdes.string()).isIdempotent())
                .isTrue();
    }

    /** Random lives: every record is in the log once, in the order of its partition, and its result says where. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void writesEachRecordOnceAndInOrderAmongRandomFailures(long seed) {
        int partitions = 3;
        int count = 600;
        broker.topic("many", partitions);
        Random random = new Random(seed);
        Map<Integer, List<String>> sent = new ConcurrentHashMap<>();
        broker.fates(batch -> {
            synchronized (random) {
                return switch (random.nextInt(60)) {
                    case 0 -> Fate.CUT;
                    case 1 -> Fate.TAKEN_AND_CUT;
                    case 2 -> Fate.IN_DOUBT;
                    case 3, 4 -> Fate.REFUSED_FOR_NOW;
                    default -> Fate.TAKEN;
                };
            }
        });
        Producer<String, String> producer = producer(
                options -> options.batching(Batching.DEFAULTS.withMaxRecords(3)).lanes(2));

        List<SendResult> results = producer.send(Flux.range(0, count).map(i -> {
                    int partition = i % partitions;
                    sent.computeIfAbsent(partition, key -> new ArrayList<>()).add(Integer.toString(i));
                    return ProducerRecord.<String, String>of("many", null, Integer.toString(i))
                            .withPartition(partition);
                }))
                .collectList()
                .block(Duration.ofSeconds(120));

        assertThat(results).as("seed %s", seed).hasSize(count).noneMatch(SendResult::isFailed);
        for (int partition = 0; partition < partitions; partition++) {
            List<String> values = broker.values("many", partition);
            assertThat(values).as("partition %s, seed %s", partition, seed).isEqualTo(sent.get(partition));
        }
        Map<Integer, ArrayDeque<Long>> offsets = new ConcurrentHashMap<>();
        results.forEach(result -> offsets.computeIfAbsent(result.partition(), key -> new ArrayDeque<>())
                .add(result.offset()));
        offsets.values()
                .forEach(each -> assertThat(each)
                        .as("offsets, seed %s", seed)
                        .containsExactlyElementsOf(IntStream.range(0, count / partitions)
                                .mapToObj(Long::valueOf)
                                .toList()));
    }
}
