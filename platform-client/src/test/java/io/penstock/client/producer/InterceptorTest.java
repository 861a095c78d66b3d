package io.penstock.client.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.client.Await;
import io.penstock.client.PenstockClient;
import io.penstock.client.ScriptedBroker;
import io.penstock.client.ScriptedBroker.Fate;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.Outcome;
import io.penstock.core.transport.LeakProbe;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

/** What interceptors see and change, and records whose sender does not wait. */
class InterceptorTest {

    /** Marks each value, and keeps the results. */
    private static final class Marking implements ProducerInterceptor<String, String> {

        private final String mark;
        private final List<SendResult> results = new CopyOnWriteArrayList<>();

        Marking(String mark) {
            this.mark = mark;
        }

        @Override
        public ProducerRecord<String, String> onSend(ProducerRecord<String, String> record) {
            return ProducerRecord.of(record.topic(), record.key(), record.value() + mark);
        }

        @Override
        public void onResult(SendResult result) {
            results.add(result);
        }
    }

    private final LeakProbe leaks = new LeakProbe();
    private final Marking first = new Marking("1");
    private final Marking second = new Marking("2");
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

    private ProducerOptions.Builder<String, String> options() {
        return ProducerOptions.builder(Serdes.string(), Serdes.string());
    }

    private Producer<String, String> marking() {
        return client.producer(options().interceptor(first).interceptor(second).build());
    }

    private static ProducerRecord<String, String> record(String value) {
        return ProducerRecord.of("t", null, value);
    }

    @Test
    void changesEachRecordInTheirOrderAndKeepsItsCorrelation() {
        Producer<String, String> producer = marking();

        List<SendResult> results = producer.send(Flux.just(
                        record("a").withCorrelation("of a"), record("b").withCorrelation("of b")))
                .collectList()
                .block(Await.TIMEOUT);
        SendResult single = producer.send(record("c").withCorrelation("of c")).block(Await.TIMEOUT);

        assertThat(broker.values("t", 0)).containsExactly("a12", "b12", "c12");
        assertThat(results).extracting(SendResult::correlation).containsExactly("of a", "of b");
        assertThat(single.correlation()).isEqualTo("of c");
        assertThat(first.results)
                .hasSize(3)
                .isEqualTo(second.results)
                .containsAll(results)
                .contains(single);
    }

    @Test
    void seesAFailureTheSenderIsGiven() {
        broker.fates(batch -> Fate.REFUSED);
        Producer<String, String> producer = marking();

        assertThatThrownBy(
                        () -> producer.send(record("a").withCorrelation("of a")).block(Await.TIMEOUT))
                .isInstanceOf(SendException.class);

        assertThat(first.results).singleElement().satisfies(result -> {
            assertThat(result.error().code()).isEqualTo(ErrorCode.INVALID_RECORD);
            assertThat(result.outcome()).isEqualTo(Outcome.NOT_WRITTEN);
            assertThat(result.correlation()).isEqualTo("of a");
        });
    }

    @Test
    void changesNothingWhenItFails() {
        ProducerInterceptor<String, String> failing = new ProducerInterceptor<>() {
            @Override
            public ProducerRecord<String, String> onSend(ProducerRecord<String, String> record) {
                throw new IllegalStateException("planned");
            }

            @Override
            public void onResult(SendResult result) {
                throw new IllegalStateException("planned");
            }
        };
        Producer<String, String> producer = client.producer(
                options().interceptor(failing).interceptor(first).build());

        producer.send(record("a")).block(Await.TIMEOUT);

        assertThat(broker.values("t", 0)).containsExactly("a1");
        assertThat(first.results).hasSize(1);
    }

    @Test
    void completesWhenTheLastRecordIsHandedInAndNotWhenItIsAnswered() {
        broker.answering(false);
        Producer<String, String> producer = client.producer(options().build());

        producer.sendAndForget(Flux.just(record("a"), record("b"))).block(Await.TIMEOUT);

        assertThat(broker.values("t", 0)).isEmpty();
        broker.answering(true);
        broker.dropConnections();
        producer.flush().block(Await.TIMEOUT);
        assertThat(broker.values("t", 0)).containsExactly("a", "b");
    }

    @Test
    void tellsInterceptorsWhatBecameOfRecordsThatNobodyWaitsFor() {
        broker.fates(batch -> Fate.REFUSED);
        Producer<String, String> producer = marking();

        producer.sendAndForget(Flux.just(record("a"), record("b"))).block(Await.TIMEOUT);

        producer.flush().block(Await.TIMEOUT);
        Await.until("the results", () -> first.results.size() == 2);
        assertThat(first.results).allMatch(SendResult::isFailed);
    }

    @Test
    void passesTheErrorOfTheRecordsOnAndStopsAskingWhenCancelled() {
        Producer<String, String> producer = client.producer(options().build());
        StepVerifier.create(producer.sendAndForget(Flux.error(new IllegalStateException("of the records"))))
                .verifyErrorMessage("of the records");

        TestPublisher<ProducerRecord<String, String>> records = TestPublisher.create();
        StepVerifier.create(producer.sendAndForget(records))
                .then(records::assertWasSubscribed)
                .thenCancel()
                .verify(Await.TIMEOUT);
        records.assertCancelled();
    }
}
