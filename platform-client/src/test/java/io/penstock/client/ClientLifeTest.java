package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.penstock.client.connection.Backoff;
import io.penstock.client.connection.ConnectionEvent;
import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.protocol.Verb;
import io.penstock.core.transport.LeakProbe;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

/** From the first connection of a client to what is left of its parts. */
class ClientLifeTest {

    private final LeakProbe leaks = new LeakProbe();
    private final ScriptedBroker broker = ScriptedBroker.start().topic("t", 1);
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final PenstockClient client = PenstockClient.connect(ClientOptions.builder(broker.endpoint())
            .backoff(new Backoff(Duration.ofMillis(1), Duration.ofMillis(5), 0.5))
            .meters(meters)
            .build());

    @AfterEach
    void stop() {
        client.close().block(Await.TIMEOUT);
        broker.close();
        leaks.assertNone();
    }

    private Producer<String, String> producer() {
        return client.producer(ProducerOptions.of(Serdes.string(), Serdes.string()));
    }

    private Consumer<String, String> consumer() {
        return client.consumer(ConsumerOptions.<String, String>builder(Serdes.string(), Serdes.string())
                .topics("t")
                .build());
    }

    private long send(Producer<String, String> producer) {
        return producer.send(ProducerRecord.<String, String>of("t", "v"))
                .block(Await.TIMEOUT)
                .offset();
    }

    /** FINDINGS 6: {@code RSocketClient} is dead for good after its first failed connect. */
    @Test
    void connectsWhenSomebodyListensAtLastThoughTheFirstAttemptFailed() {
        broker.stopListening();
        List<ConnectionEvent> failures = new CopyOnWriteArrayList<>();
        client.events().ofType(ConnectionEvent.ConnectFailed.class).subscribe(failures::add);
        List<Long> offsets = new CopyOnWriteArrayList<>();
        producer().send(ProducerRecord.<String, String>of("t", "v")).subscribe(result -> offsets.add(result.offset()));
        Await.until("some failed attempts", () -> failures.size() >= 3);
        broker.listenAgain();
        Await.until("the result", () -> !offsets.isEmpty());
        assertThat(offsets).containsExactly(0L);
    }

    /** FINDINGS 7: RSocket says "connected" before the broker has accepted the SETUP. */
    @Test
    void asksNothingElseOfABrokerThatHasNotGreetedIt() {
        broker.failNext(Verb.HELLO, ErrorCode.BROKER_CLOSING);
        assertThat(send(producer())).isZero();
        assertThat(broker.asked()).startsWith(Verb.HELLO, Verb.HELLO, Verb.METADATA);
    }

    @Test
    void showsTheMemoryOfEachProducerUntilItIsClosed() {
        Producer<String, String> first = producer();
        Producer<String, String> second = producer();
        assertThat(gauges()).hasSize(2);
        first.close().block(Await.TIMEOUT);
        assertThat(gauges()).hasSize(1);
        assertThat(send(second)).isZero();
    }

    private Iterable<Gauge> gauges() {
        return meters.find("penstock.producer.buffer.used").gauges();
    }

    @Test
    void holdsNoConsumerThatNobodyElseHolds() {
        WeakReference<Consumer<String, String>> forgotten = new WeakReference<>(consumer());
        Await.until("the consumer is collected", () -> {
            System.gc();
            return forgotten.get() == null;
        });
    }

    /** Workers are few: waiting on one for what needs another would stop the whole client. */
    @Test
    void refusesToBlockWhereRecordsAreReceived() {
        Producer<String, String> producer = producer();
        send(producer);
        StepVerifier.create(consumer().receive().doOnNext(record -> send(producer)))
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("block"))
                .verify(Await.TIMEOUT);
    }
}
