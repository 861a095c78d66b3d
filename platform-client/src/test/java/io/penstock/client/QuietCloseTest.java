package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.connection.Backoff;
import io.penstock.client.connection.ConnectionEvent;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.transport.LeakProbe;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;

/** A client that is closed in the middle of everything leaves no error that nobody was told of: Reactor or the JVM would print it. */
class QuietCloseTest {

    private static final int CLIENTS = 40;

    private final List<Throwable> dropped = new CopyOnWriteArrayList<>();
    private final Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    private final LeakProbe leaks = new LeakProbe();
    private RunningBroker broker;

    @TempDir
    Path directory;

    @BeforeEach
    void start() {
        Hooks.onErrorDropped(dropped::add);
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> dropped.add(error));
        broker = RunningBroker.start(directory);
        PenstockClient client = PenstockClient.connect(broker.endpoint("local"));
        Producer<String, String> producer = client.producer(ProducerOptions.of(Serdes.string(), Serdes.string()));
        producer.send(Flux.range(0, 100).map(number -> ProducerRecord.<String, String>of("t", "v" + number)))
                .blockLast(Await.TIMEOUT);
        client.closeNow();
    }

    @AfterEach
    void stop() {
        broker.close();
        Hooks.resetOnErrorDropped();
        Thread.setDefaultUncaughtExceptionHandler(before);
        leaks.assertNone();
    }

    @ParameterizedTest
    @ValueSource(strings = {"local", "penstock"})
    void dropsNoErrorHoweverFarItsClientHasCome(String scheme) {
        for (int i = 0; i < CLIENTS; i++) {
            PenstockClient client = PenstockClient.connect(ClientOptions.builder(broker.endpoint(scheme))
                    .backoff(new Backoff(Duration.ofMillis(1), Duration.ofMillis(5), 0.5))
                    .build());
            int moment = i % 4;
            List<ConnectionEvent> connected = new CopyOnWriteArrayList<>();
            client.events().ofType(ConnectionEvent.Connected.class).subscribe(connected::add);
            List<String> received = new CopyOnWriteArrayList<>();
            begin(client, received);
            if (moment >= 1) {
                Await.until("a connection", () -> !connected.isEmpty());
            }
            if (moment >= 2) {
                Await.until("a record", () -> !received.isEmpty());
            }
            client.closeNow();
        }
        assertThat(dropped).as("errors that were dropped").isEmpty();
    }

    private static void begin(PenstockClient client, List<String> received) {
        client.consumer(ConsumerOptions.<String, String>builder(Serdes.string(), Serdes.string())
                        .topics("t")
                        .build())
                .receive()
                .subscribe(record -> received.add(record.value()), error -> {});
        client.admin().topics().subscribe(topics -> {}, error -> {});
        client.admin().cluster().subscribe(image -> {}, error -> {});
    }
}
