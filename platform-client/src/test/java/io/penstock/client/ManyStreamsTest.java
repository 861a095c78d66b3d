package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.admin.NewTopic;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.transport.LeakProbe;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** A consumer has a stream for each partition, and the broker allows ten on a connection. */
class ManyStreamsTest {

    private static final int PARTITIONS = 40;

    private final LeakProbe leaks = new LeakProbe();

    @TempDir
    Path directory;

    private RunningBroker broker;

    @BeforeEach
    void start() {
        broker = RunningBroker.start(directory, Map.of("streams.per.connection.max", "10"));
        PenstockClient client = PenstockClient.connect(broker.endpoint("penstock"));
        client.admin().createTopic(NewTopic.of("t", PARTITIONS)).block(Await.TIMEOUT);
        client.closeNow();
    }

    @AfterEach
    void stop() {
        broker.close();
        leaks.assertNone();
    }

    private static Flux<ConsumerRecord<String, Integer>> receive(PenstockClient client) {
        return client.consumer(ConsumerOptions.<String, Integer>builder(Serdes.string(), Serdes.int32())
                        .topics("t")
                        .build())
                .receive();
    }

    private static void send(PenstockClient client) {
        client.producer(ProducerOptions.of(Serdes.string(), Serdes.int32()))
                .send(Flux.range(0, PARTITIONS)
                        .map(i -> ProducerRecord.<String, Integer>of("t", i).withPartition(i)))
                .blockLast(Await.TIMEOUT);
    }

    @Test
    void readsMorePartitionsThanAConnectionHasRoomFor() {
        PenstockClient client = PenstockClient.connect(broker.endpoint("penstock"));
        Set<Integer> first = ConcurrentHashMap.newKeySet();
        Set<Integer> second = ConcurrentHashMap.newKeySet();
        Disposable receiving = receive(client).subscribe(record -> first.add(record.value()));
        Disposable other = receive(client).subscribe(record -> second.add(record.value()));
        send(client);
        List<Integer> all = IntStream.range(0, PARTITIONS).boxed().toList();
        Await.until("all records, twice", () -> first.containsAll(all) && second.containsAll(all));
        assertThat(broker.broker().status().connections()).isGreaterThan(2 * PARTITIONS / 10);
        receiving.dispose();
        other.dispose();
        client.closeNow();
        Await.until("no connection is left", () -> broker.broker().status().connections() == 0);
    }

    @Test
    void saysWhatToDoWhenItMayNotOpenMoreConnections() {
        PenstockClient client = PenstockClient.connect(ClientOptions.builder(broker.endpoint("penstock"))
                .maxConnectionsPerBroker(2)
                .build());
        StepVerifier.create(receive(client))
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOfSatisfying(
                                PenstockException.class,
                                known -> assertThat(known.code()).isEqualTo(ErrorCode.TOO_MANY_STREAMS))
                        .hasMessageContaining("on 2 connections")
                        .hasMessageContaining("maxConnectionsPerBroker")
                        .hasMessageContaining("streams.per.connection.max"))
                .verify(Await.TIMEOUT);
        client.closeNow();
    }
}
