package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.connection.Backoff;
import io.penstock.client.connection.ConnectionEvent;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.StartPosition;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.producer.SendResult;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.record.TestBatches;
import io.penstock.core.transport.LeakProbe;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;

/** Broker 1 leads, and comes back under its id at another place; broker 0 is the one that the client asks for metadata. */
class MovedBrokerTest {

    private static final String NOWHERE = "local:nobody-1";

    private final LeakProbe leaks = new LeakProbe();
    private final ScriptedBroker asked = ScriptedBroker.start().topic("t", 1);
    private final ScriptedBroker before = ScriptedBroker.start(1).topicsOf(asked);
    private final ScriptedBroker after = ScriptedBroker.start(1).topicsOf(asked);
    private final PenstockClient client = PenstockClient.connect(ClientOptions.builder(asked.endpoint())
            .backoff(new Backoff(Duration.ofMillis(1), Duration.ofMillis(5), 0.5))
            .build());
    private final List<ConnectionEvent> failures = new CopyOnWriteArrayList<>();
    private final List<String> values = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        client.closeNow();
        List.of(asked, before, after).forEach(ScriptedBroker::close);
        leaks.assertNone();
    }

    private Disposable receive() {
        return client.consumer(ConsumerOptions.<String, String>builder(Serdes.string(), Serdes.string())
                        .topics("t")
                        .startAt(StartPosition.offset(0))
                        .build())
                .receive()
                .subscribe(record -> values.add(record.value()));
    }

    private void leadFrom(String endpoint) {
        asked.place(1, endpoint);
        asked.leader("t", 1);
    }

    private void awaitFailedAttempt() {
        Await.until("an attempt has failed", () -> !failures.isEmpty());
    }

    @Test
    void aConsumerThatWaitsAtTheOldPlaceReadsFromTheNewOne() {
        client.events().ofType(ConnectionEvent.ConnectFailed.class).subscribe(failures::add);
        after.append("t", 0, TestBatches.of("a"));
        leadFrom(NOWHERE);
        Disposable receiving = receive();
        awaitFailedAttempt();
        asked.place(1, after.endpoint());
        Await.until("the record", () -> values.contains("a"));
        receiving.dispose();
    }

    @Test
    void aProducerThatWaitsAtTheOldPlaceSendsToTheNewOne() {
        client.events().ofType(ConnectionEvent.ConnectFailed.class).subscribe(failures::add);
        leadFrom(NOWHERE);
        List<SendResult> results = new CopyOnWriteArrayList<>();
        client.producer(ProducerOptions.of(Serdes.string(), Serdes.string()))
                .send(ProducerRecord.<String, String>of("t", "v"))
                .subscribe(results::add);
        awaitFailedAttempt();
        asked.place(1, after.endpoint());
        Await.until("the result", () -> !results.isEmpty());
        assertThat(after.lanes()).hasSize(1);
    }

    @Test
    void aConnectionToTheOldPlaceIsClosed() {
        before.append("t", 0, TestBatches.of("a"));
        after.append("t", 0, TestBatches.of("a", "b"));
        leadFrom(before.endpoint());
        Disposable receiving = receive();
        Await.until("the first record", () -> values.contains("a"));
        assertThat(before.connectionCount()).isOne();
        asked.place(1, after.endpoint());
        Await.until("the second record", () -> values.contains("b"));
        Await.until("the old connection is closed", () -> before.connectionCount() == 0);
        receiving.dispose();
    }

    @Test
    void aConnectionToABrokerThatIsNotInTheMetadataAnyMoreIsClosed() {
        before.append("t", 0, TestBatches.of("a"));
        asked.append("t", 0, TestBatches.of("a", "b"));
        leadFrom(before.endpoint());
        Disposable receiving = receive();
        Await.until("the first record", () -> values.contains("a"));
        asked.leader("t", 0);
        asked.displace(1);
        Await.until("the second record", () -> values.contains("b"));
        Await.until("the connection is closed", () -> before.connectionCount() == 0);
        receiving.dispose();
    }
}
