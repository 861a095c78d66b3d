package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.admin.NewTopic;
import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerEvent;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.consumer.StartPosition;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.record.RecordHeaders;
import io.penstock.core.transport.LeakProbe;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Disposable;

/** Where a consumer begins, at a real broker: in two partitions lie a record of 1970, one of 2001, and one of now. */
class StartsTest {

    private static final long IN_2001 = 1_000_000_000_000L;

    @TempDir
    Path directory;

    private final LeakProbe leaks = new LeakProbe();
    private RunningBroker broker;
    private PenstockClient client;

    @BeforeEach
    void start() {
        broker = RunningBroker.start(directory);
        client = PenstockClient.connect(broker.endpoint("local"));
        client.admin().createTopic(NewTopic.of("t", 2)).block(Await.TIMEOUT);
        Producer<String, String> producer = client.producer(ProducerOptions.of(Serdes.string(), Serdes.string()));
        for (int partition = 0; partition < 2; partition++) {
            send(producer, partition, "old", 0L);
            send(producer, partition, "young", IN_2001);
            send(producer, partition, "new", null);
        }
    }

    @AfterEach
    void stop() {
        client.closeNow();
        broker.close();
        leaks.assertNone();
    }

    private static void send(Producer<String, String> producer, int partition, String value, Long timestamp) {
        producer.send(new ProducerRecord<String, String>(
                        "t", partition, timestamp, null, value + partition, RecordHeaders.EMPTY, null))
                .block(Await.TIMEOUT);
    }

    private List<String> receive(int count, UnaryOperator<ConsumerOptions.Builder<String, String>> change) {
        ConsumerOptions.Builder<String, String> options = ConsumerOptions.builder(Serdes.string(), Serdes.string());
        return client.consumer(change.apply(options.topics("t")).build())
                .receive()
                .map(ConsumerRecord::value)
                .take(count)
                .collectList()
                .block(Await.TIMEOUT);
    }

    @Test
    void beginsAtTheFirstRecordOfATimeOrLater() {
        assertThat(receive(4, options -> options.startAt(StartPosition.timestamp(Instant.ofEpochMilli(IN_2001)))))
                .containsExactlyInAnyOrder("young0", "new0", "young1", "new1");
    }

    @Test
    void beginsSoLongAgo() {
        assertThat(receive(2, options -> options.startAt(StartPosition.ago(Duration.ofDays(1)))))
                .containsExactlyInAnyOrder("new0", "new1");
    }

    static Stream<StartPosition> startsBeforeAllRecords() {
        return Stream.of(
                StartPosition.ago(Duration.ofDays(40_000)),
                StartPosition.ago(Duration.ofSeconds(Long.MAX_VALUE)),
                StartPosition.timestamp(Instant.EPOCH.minusMillis(1)),
                StartPosition.timestamp(Instant.MIN));
    }

    @ParameterizedTest
    @MethodSource("startsBeforeAllRecords")
    void beginsAtTheFirstRecordIfTheTimeIsBefore1970(StartPosition start) {
        assertThat(receive(6, options -> options.startAt(start)))
                .containsExactlyInAnyOrder("old0", "young0", "new0", "old1", "young1", "new1");
    }

    @Test
    void beginsAfterTheLastRecordIfTheTimeIsLaterThanAnyRecordCanBe() {
        Consumer<String, String> consumer =
                client.consumer(ConsumerOptions.<String, String>builder(Serdes.string(), Serdes.string())
                        .topics("t")
                        .startAt(StartPosition.timestamp(Instant.MAX))
                        .build());
        List<Long> starts = new CopyOnWriteArrayList<>();
        consumer.events().ofType(ConsumerEvent.Started.class).subscribe(started -> starts.add(started.offset()));
        Disposable receiving = consumer.receive().subscribe();
        Await.until("both starts", () -> starts.size() == 2);
        assertThat(starts).containsExactly(3L, 3L);
        receiving.dispose();
    }

    @Test
    void beginsElsewhereInEachPartition() {
        assertThat(receive(
                        4,
                        options -> options.startAt(StartPosition.offset(2))
                                .startAt(new TopicPartition("t", 1), StartPosition.earliest())))
                .containsExactlyInAnyOrder("new0", "old1", "young1", "new1");
    }
}
