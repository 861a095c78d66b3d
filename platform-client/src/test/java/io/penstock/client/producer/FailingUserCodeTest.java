package io.penstock.client.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.client.Await;
import io.penstock.client.PenstockClient;
import io.penstock.client.ScriptedBroker;
import io.penstock.client.serialization.Serdes;
import io.penstock.client.serialization.Serializer;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.Outcome;
import io.penstock.core.transport.LeakProbe;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.test.StepVerifier;

/** What users hand in may throw anything, and must not take more with it than its own record or stream. */
class FailingUserCodeTest {

    private static final Serializer<String> ERROR_AT_BAD = (value, target) -> {
        if (value.equals("bad")) {
            throw new AssertionError("on purpose");
        }
        Serdes.string().serialize(value, target);
    };

    private final LeakProbe leaks = new LeakProbe();
    private final ScriptedBroker broker = ScriptedBroker.start().topic("t", 1);
    private final PenstockClient client = PenstockClient.connect(broker.endpoint());

    /** The client can always be closed: nothing is stuck. */
    @AfterEach
    void stop() {
        client.close().block(Await.TIMEOUT);
        broker.close();
        leaks.assertNone();
    }

    private static ProducerRecord<String, String> record(String value) {
        return ProducerRecord.of("t", value);
    }

    @Test
    void failsTheRecordWhoseSerializerThrowsAnErrorAndSendsTheNext() {
        Producer<String, String> producer = client.producer(ProducerOptions.of(Serdes.string(), ERROR_AT_BAD));
        assertThatThrownBy(() -> producer.send(record("bad")).block(Await.TIMEOUT))
                .isInstanceOfSatisfying(SendException.class, error -> {
                    assertThat(error.code()).isEqualTo(ErrorCode.SERIALIZATION_FAILED);
                    assertThat(error.outcome()).isEqualTo(Outcome.NOT_WRITTEN);
                    assertThat(error).hasRootCauseInstanceOf(AssertionError.class);
                });
        assertThat(producer.send(record("good")).block(Await.TIMEOUT).offset()).isZero();
    }

    @Test
    void failsTheRecordOfAStreamWhoseSerializerThrowsAnErrorAndSendsTheNext() {
        Producer<String, String> producer =
                client.producer(ProducerOptions.<String, String>builder(Serdes.string(), ERROR_AT_BAD)
                        .onError(OnError.CONTINUE)
                        .build());
        List<SendResult> results = producer.send(Flux.just(record("a"), record("bad"), record("b")))
                .collectList()
                .block(Await.TIMEOUT);
        assertThat(results).extracting(SendResult::offset).containsExactly(0L, -1L, 1L);
        assertThat(results.get(1).error().code()).isEqualTo(ErrorCode.SERIALIZATION_FAILED);
    }

    @Test
    void failsTheRecordWhosePartitionerThrowsAnError() {
        Partitioner failing = (topic, key, index, length, partitions) -> {
            throw new AssertionError("on purpose");
        };
        Producer<String, String> producer =
                client.producer(ProducerOptions.<String, String>builder(Serdes.string(), Serdes.string())
                        .partitioner(failing)
                        .build());
        assertThatThrownBy(() -> producer.send(record("v")).block(Await.TIMEOUT))
                .isInstanceOfSatisfying(
                        SendException.class, error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
        assertThat(producer.send(record("v").withPartition(0))
                        .block(Await.TIMEOUT)
                        .offset())
                .isZero();
    }

    @Test
    void endsAStreamWhoseUpstreamThrowsAnErrorWhenItIsAsked() {
        Producer<String, String> producer = client.producer(ProducerOptions.of(Serdes.string(), Serdes.string()));
        Publisher<ProducerRecord<String, String>> failing = subscriber -> subscriber.onSubscribe(new Subscription() {
            @Override
            public void request(long n) {
                throw new AssertionError("on purpose");
            }

            @Override
            public void cancel() {}
        });
        StepVerifier.create(producer.send(failing))
                .expectError(AssertionError.class)
                .verify(Await.TIMEOUT);
        assertThat(producer.send(record("v")).block(Await.TIMEOUT).offset()).isZero();
    }

    @Test
    void asksForNoMoreRecordsThanFitTheMemoryThoughItDoesNotKnowTheirSizeAtFirst() {
        broker.initialCredit(0);
        BatchingProducer<String, byte[]> producer = (BatchingProducer<String, byte[]>)
                client.producer(ProducerOptions.<String, byte[]>of(Serdes.string(), Serdes.bytes()));
        int[] made = new int[1];
        var sending = producer.send(Flux.range(0, 400).map(i -> {
                    made[0]++;
                    return ProducerRecord.<String, byte[]>of("t", new byte[900_000]);
                }))
                .subscribe();
        Await.until("the memory is used up", producer::isMemoryContended);
        sending.dispose();
        assertThat(made[0]).as("of 900 kB, for 32 MiB").isLessThan(48);
        broker.lane(0).credit(100);
    }

    /** Hands out two records and, where Reactor never would, a null. */
    private static Publisher<ProducerRecord<String, String>> withNull(AtomicBoolean refused) {
        return subscriber -> subscriber.onSubscribe(new Subscription() {

            private boolean given;

            @Override
            public void request(long n) {
                if (given) {
                    return;
                }
                given = true;
                subscriber.onNext(record("a"));
                try {
                    subscriber.onNext(null);
                } catch (NullPointerException e) {
                    refused.set(true);
                }
                subscriber.onNext(record("after the end"));
            }

            @Override
            public void cancel() {}
        });
    }

    @Test
    void refusesANullRecordWhereItIsHandedIn() {
        Producer<String, String> producer = client.producer(ProducerOptions.of(Serdes.string(), Serdes.string()));
        assertThatNullPointerException()
                .isThrownBy(() -> producer.send((ProducerRecord<String, String>) null))
                .withMessage("record");
        assertThatNullPointerException()
                .isThrownBy(() -> producer.send((Publisher<ProducerRecord<String, String>>) null))
                .withMessage("records");
        assertThat(producer.send(record("v")).block(Await.TIMEOUT).offset()).isZero();
    }

    @Test
    void endsAStreamThatBringsANullAfterTheResultsBeforeIt() {
        Producer<String, String> producer = client.producer(ProducerOptions.of(Serdes.string(), Serdes.string()));
        AtomicBoolean refused = new AtomicBoolean();
        StepVerifier.create(producer.send(withNull(refused)))
                .expectNextMatches(result -> result.offset() == 0)
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(NullPointerException.class)
                        .hasMessageContaining("null record"))
                .verify(Await.TIMEOUT);
        assertThat(refused).as("as Reactive Streams 2.13 asks").isTrue();
        assertThat(producer.send(record("v")).block(Await.TIMEOUT).offset()).isEqualTo(1);
    }

    @Test
    void doesNotTakeANullErrorForTheEndOfTheRecords() {
        Producer<String, String> producer = client.producer(ProducerOptions.of(Serdes.string(), Serdes.string()));
        Publisher<ProducerRecord<String, String>> failing = subscriber -> {
            subscriber.onSubscribe(Operators.emptySubscription());
            try {
                subscriber.onError(null);
            } catch (NullPointerException e) {
                // as Reactive Streams 2.13 asks
            }
        };
        StepVerifier.create(producer.send(failing))
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(NullPointerException.class)
                        .hasMessageContaining("null error"))
                .verify(Await.TIMEOUT);
    }
}
