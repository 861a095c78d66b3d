package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.connection.ConnectionEvent;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.transport.LeakProbe;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

class RestartTest {

    private final LeakProbe leaks = new LeakProbe();

    @TempDir
    Path directory;

    @Test
    void goesOnWithABrokerThatWasStoppedAndStartedAgain() {
        RunningBroker broker = RunningBroker.start(directory);
        String endpoint = broker.endpoint("penstock");
        PenstockClient client = PenstockClient.connect(endpoint);
        List<ConnectionEvent> events = new CopyOnWriteArrayList<>();
        client.events().subscribe(events::add);
        Producer<String, Integer> producer = client.producer(ProducerOptions.of(Serdes.string(), Serdes.int32()));
        List<Integer> values = new CopyOnWriteArrayList<>();
        producer.send(numbers(0, 100)).blockLast(Await.TIMEOUT);
        Disposable receiving = client.consumer(ConsumerOptions.<String, Integer>builder(Serdes.string(), Serdes.int32())
                        .topics("restarted")
                        .build())
                .receive()
                .subscribe(record -> values.add(record.value()));
        Await.until("the first hundred", () -> values.size() == 100);

        broker.close();
        Disposable sending = producer.send(numbers(100, 100)).subscribe();
        broker = RunningBroker.startAt(directory, endpoint);

        Await.until("the second hundred", () -> values.size() == 200);
        assertThat(values).isEqualTo(IntStream.range(0, 200).boxed().toList());
        assertThat(events).hasAtLeastOneElementOfType(ConnectionEvent.Lost.class);
        assertThat(events.stream().filter(ConnectionEvent.Connected.class::isInstance))
                .hasSizeGreaterThanOrEqualTo(2);
        receiving.dispose();
        sending.dispose();
        client.closeNow();
        broker.close();
        leaks.assertNone();
    }

    private static Flux<ProducerRecord<String, Integer>> numbers(int first, int count) {
        return Flux.range(first, count).map(i -> ProducerRecord.of("restarted", i));
    }
}
