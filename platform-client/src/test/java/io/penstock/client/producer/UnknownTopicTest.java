package io.penstock.client.producer;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.Await;
import io.penstock.client.ClientOptions;
import io.penstock.client.PenstockClient;
import io.penstock.client.ScriptedBroker;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.Verb;
import io.penstock.core.runtime.NodeRuntime;
import io.penstock.core.transport.LeakProbe;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Records whose topic nobody tells anything of: they wait for their delivery timeout, and for nothing else. */
class UnknownTopicTest {

    private static final Duration DELIVERY_TIMEOUT = Duration.ofSeconds(10);

    private final LeakProbe leaks = new LeakProbe();
    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final NodeRuntime runtime = NodeRuntime.builder("unknown-topic-test")
            .timers(time)
            .nanoTime(() -> time.now(TimeUnit.NANOSECONDS))
            .build();
    private final ScriptedBroker broker = ScriptedBroker.start().topic("t", 1);
    private final PenstockClient client = PenstockClient.connect(
            ClientOptions.builder(broker.endpoint()).runtime(runtime).build());
    private final Producer<String, String> producer =
            client.producer(ProducerOptions.<String, String>builder(Serdes.string(), Serdes.string())
                    .batching(Batching.DEFAULTS.withLinger(Duration.ZERO))
                    .deliveryTimeout(DELIVERY_TIMEOUT)
                    .onError(OnError.CONTINUE)
                    .build());

    @AfterEach
    void stop() {
        client.close().block(Await.TIMEOUT);
        broker.close();
        runtime.close().block(Await.TIMEOUT);
        leaks.assertNone();
    }

    private static ProducerRecord<String, String> record(String value) {
        return ProducerRecord.of("t", value);
    }

    private CompletableFuture<SendResult> send(String value) {
        return producer.send(record(value)).toFuture();
    }

    private static SendException failure(CompletableFuture<SendResult> sent) {
        Await.until("the end of the record", sent::isDone);
        assertThat(sent).isCompletedExceptionally();
        return (SendException) sent.handle((result, error) -> error).join();
    }

    /** Lets time pass in steps until something is so, but not as far as the delivery timeout of what began just now. */
    private void passTimeUntil(String what, CompletableFuture<?> done) {
        long end = time.now(TimeUnit.NANOSECONDS) + DELIVERY_TIMEOUT.toNanos() / 2;
        Await.until(what, () -> {
            if (!done.isDone() && time.now(TimeUnit.NANOSECONDS) < end) {
                time.advanceTimeBy(Duration.ofMillis(1));
            }
            return done.isDone();
        });
    }

    @Test
    void failsARecordAtItsDeliveryTimeoutWhenNoBrokerAnswers() {
        broker.stopListening();
        CompletableFuture<SendResult> sent = send("v");
        time.advanceTimeBy(DELIVERY_TIMEOUT.minusMillis(1));
        assertThat(sent).isNotDone();
        time.advanceTimeBy(Duration.ofMillis(1));
        SendException failure = failure(sent);
        assertThat(failure.code()).isEqualTo(ErrorCode.REQUEST_TIMED_OUT);
        assertThat(failure.outcome()).isEqualTo(Outcome.NOT_WRITTEN);
        assertThat(failure).hasMessageStartingWith("t: ").hasMessageContaining("10000 ms");
        broker.listenAgain();
    }

    @Test
    void failsAllRecordsOfAStreamThatCameAtOnceAtOnce() {
        broker.stopListening();
        List<SendResult> results = new CopyOnWriteArrayList<>();
        producer.send(Flux.range(0, 4).map(i -> record("v" + i))).subscribe(results::add);
        CompletableFuture<SendResult> single = send("v");
        time.advanceTimeBy(DELIVERY_TIMEOUT);
        assertThat(failure(single).code()).isEqualTo(ErrorCode.REQUEST_TIMED_OUT);
        // a worker may have asked for it after the time had passed
        Await.until("the record that was asked for first", () -> {
            time.advanceTimeBy(Duration.ofMillis(100));
            return !results.isEmpty();
        });
        assertThat(results).extracting(SendResult::outcome).containsOnly(Outcome.NOT_WRITTEN);
        broker.listenAgain();
    }

    @Test
    void doesNotFailARecordWithTheOneBeforeItThatCameEarlier() {
        broker.stopListening();
        CompletableFuture<SendResult> first = send("first");
        time.advanceTimeBy(DELIVERY_TIMEOUT.minusSeconds(1));
        CompletableFuture<SendResult> second = send("second");
        time.advanceTimeBy(Duration.ofSeconds(1));
        failure(first);
        broker.listenAgain();
        passTimeUntil("the second record's result", second);
        assertThat(second.join().offset()).isZero();
    }

    @Test
    void saysWhyNothingIsKnownOfTheTopic() {
        CompletableFuture<SendResult> sent =
                producer.send(ProducerRecord.<String, String>of("missing", "v")).toFuture();
        Await.until("the question", () -> broker.asked().contains(Verb.METADATA));
        Await.until("the end of the record", () -> {
            time.advanceTimeBy(Duration.ofMillis(100));
            return sent.isDone();
        });
        SendException failure = failure(sent);
        assertThat(failure.code()).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(failure.outcome()).isEqualTo(Outcome.NOT_WRITTEN);
        assertThat(failure).hasMessageStartingWith("missing: ").hasMessageContaining("there is no such topic");
    }

    @Test
    void letsRecordsOfOtherTopicsPassOneThatIsNotThere() {
        CompletableFuture<SendResult> first =
                producer.send(ProducerRecord.<String, String>of("missing", "0")).toFuture();
        CompletableFuture<SendResult> second =
                producer.send(ProducerRecord.<String, String>of("missing", "1")).toFuture();
        CompletableFuture<SendResult> other = send("v");
        passTimeUntil("the record of another topic", other);
        assertThat(other.join().offset()).isZero();
        assertThat(first).isNotDone();
        CompletableFuture<Void> flush = producer.flush().toFuture();
        broker.topic("missing", 1);
        passTimeUntil("the records that waited", second);
        assertThat(first.join().offset()).isZero();
        assertThat(second.join().offset()).isEqualTo(1);
        passTimeUntil("the flush", flush);
    }

    @Test
    void waitsAsLongForARecordBehindOneThatWasTakenBack() {
        broker.stopListening();
        Disposable takenBack = producer.send(record("taken back")).subscribe();
        time.advanceTimeBy(DELIVERY_TIMEOUT.minusSeconds(1));
        CompletableFuture<SendResult> second = send("second");
        takenBack.dispose();
        time.advanceTimeBy(Duration.ofSeconds(1));
        broker.listenAgain();
        passTimeUntil("the second record's result", second);
        assertThat(second.join().offset()).isZero();
    }
}
