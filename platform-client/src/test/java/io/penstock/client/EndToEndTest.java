package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.admin.NewTopic;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.producer.SendResult;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.compression.Compression;
import io.penstock.core.model.Guarantee;
import io.penstock.core.model.Outcome;
import io.penstock.core.record.RecordHeader;
import io.penstock.core.record.RecordHeaders;
import io.penstock.core.transport.LeakProbe;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

class EndToEndTest {

    @TempDir
    Path directory;

    private final LeakProbe leaks = new LeakProbe();
    private RunningBroker broker;

    @BeforeEach
    void start() {
        broker = RunningBroker.start(directory, Map.of("durability", "replicated"));
    }

    @AfterEach
    void stop() {
        broker.close();
        leaks.assertNone();
    }

    @ParameterizedTest
    @ValueSource(strings = {"penstock", "local"})
    void givesBackWhatWasSent(String scheme) {
        PenstockClient client = PenstockClient.connect(broker.endpoint(scheme));
        client.admin().createTopic(NewTopic.of("orders", 1)).block(Await.TIMEOUT);
        RecordHeaders headers = RecordHeaders.of(new RecordHeader("h", "x".getBytes(StandardCharsets.UTF_8)));
        Producer<String, String> producer = client.producer(ProducerOptions.of(Serdes.string(), Serdes.string()));

        List<SendResult> results = producer.send(Flux.just(
                        ProducerRecord.<String, String>of("orders", "k", "v")
                                .withTimestamp(17)
                                .withHeaders(headers)
                                .withCorrelation("c"),
                        ProducerRecord.of("orders", "k2", null),
                        ProducerRecord.of("orders", "v3")))
                .collectList()
                .block(Await.TIMEOUT);

        assertThat(results).extracting(SendResult::offset).containsExactly(0L, 1L, 2L);
        assertThat(results).extracting(SendResult::outcome).containsOnly(Outcome.COMMITTED);
        assertThat(results).extracting(SendResult::guarantee).containsOnly(Guarantee.REPLICATED);
        assertThat(results.get(0).correlation()).isEqualTo("c");
        List<ConsumerRecord<String, String>> received = client.consumer(
                        ConsumerOptions.<String, String>builder(Serdes.string(), Serdes.string())
                                .topics("orders")
                                .build())
                .receive()
                .take(3)
                .collectList()
                .block(Await.TIMEOUT);
        assertThat(received).extracting(ConsumerRecord::key).containsExactly("k", "k2", null);
        assertThat(received).extracting(ConsumerRecord::value).containsExactly("v", null, "v3");
        assertThat(received.get(0).headers()).isEqualTo(headers);
        assertThat(received.get(0).timestamp()).isEqualTo(17);
        client.closeNow();
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void keepsTheOrderOfEveryPartitionWithEveryCodec(Compression compression) {
        int records = 20_000;
        PenstockClient client = PenstockClient.connect(broker.endpoint("penstock"));
        client.admin().createTopic(NewTopic.of("sixteen", 16)).block(Await.TIMEOUT);
        Producer<Integer, Integer> producer =
                client.producer(ProducerOptions.<Integer, Integer>builder(Serdes.int32(), Serdes.int32())
                        .compression(compression)
                        .build());

        Long sent = producer.send(Flux.range(0, records).map(i -> ProducerRecord.of("sixteen", i % 1000, i)))
                .count()
                .block(Await.TIMEOUT);

        assertThat(sent).isEqualTo(records);
        Map<Integer, Integer> lastOfPartition = new HashMap<>();
        Map<Integer, Long> nextOffset = new HashMap<>();
        client.consumer(ConsumerOptions.<Integer, Integer>builder(Serdes.int32(), Serdes.int32())
                        .topics("sixteen")
                        .build())
                .receive()
                .take(records)
                .doOnNext(record -> {
                    assertThat(record.offset()).isEqualTo(nextOffset.getOrDefault(record.partition(), 0L));
                    nextOffset.put(record.partition(), record.offset() + 1);
                    Integer before = lastOfPartition.put(record.partition(), record.value());
                    assertThat(before == null || before < record.value()).isTrue();
                })
                .blockLast(Await.TIMEOUT);
        assertThat(nextOffset.values().stream().mapToLong(Long::longValue).sum())
                .isEqualTo(records);
        assertThat(nextOffset).hasSize(16);
        client.closeNow();
    }
}
