package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.client.admin.Admin;
import io.penstock.client.admin.NewTopic;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.producer.SendResult;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.Guarantee;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.DeleteRecords;
import io.penstock.core.protocol.Topics;
import io.penstock.core.transport.LeakProbe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/** What a client sees of retention, compaction, deletion of records, and settings that change while a topic is in use. */
class SpaceTest {

    private static final TopicPartition ORDERS = new TopicPartition("orders", 0);

    @TempDir
    Path directory;

    private final LeakProbe leaks = new LeakProbe();
    private RunningBroker broker;
    private PenstockClient client;

    @BeforeEach
    void start() {
        // looks at space all the time
        broker = RunningBroker.start(
                directory, Map.of("log.retention.check.interval.ms", "20", "log.cleaner.backoff.ms", "20"));
        client = PenstockClient.connect(broker.endpoint("local"));
    }

    @AfterEach
    void stop() {
        client.closeNow();
        broker.close();
        leaks.assertNone();
    }

    private Admin admin() {
        return client.admin();
    }

    private void create(Map<String, String> settings) {
        admin().createTopic(new NewTopic("orders", 1, -1, settings)).block(Await.TIMEOUT);
    }

    private List<SendResult> send(Flux<ProducerRecord<String, String>> records) {
        return client.producer(ProducerOptions.of(Serdes.string(), Serdes.string()))
                .send(records)
                .collectList()
                .block(Await.TIMEOUT);
    }

    private List<ConsumerRecord<String, String>> receive(int count) {
        return client.consumer(ConsumerOptions.<String, String>builder(Serdes.string(), Serdes.string())
                        .topics("orders")
                        .build())
                .receive()
                .take(count)
                .collectList()
                .block(Await.TIMEOUT);
    }

    private Topics.PartitionDescription partition() {
        return admin().describeTopic("orders").block(Await.TIMEOUT).partitions().get(0);
    }

    private static String value(int i) {
        return i + "-" + "x".repeat(100);
    }

    @Test
    void deletesTheFirstRecordsForGood() {
        create(Map.of("segment.bytes", "2000"));
        for (int i = 0; i < 30; i++) {
            send(Flux.just(ProducerRecord.of("orders", value(i))));
        }
        long before = partition().sizeInBytes();

        assertThat(admin().deleteRecords(Map.of(ORDERS, 20L)).block(Await.TIMEOUT))
                .containsEntry(ORDERS, 20L);

        assertThat(receive(10)).extracting(ConsumerRecord::offset).first().isEqualTo(20L);
        assertThat(partition().logStartOffset()).isEqualTo(20);
        assertThat(partition().sizeInBytes()).isLessThan(before * 3 / 4);
        assertThatThrownBy(() -> admin().deleteRecords(Map.of(ORDERS, 31L)).block(Await.TIMEOUT))
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE));
        restart();
        assertThat(partition().logStartOffset()).isEqualTo(20);
        assertThat(admin().deleteRecords(Map.of(ORDERS, DeleteRecords.HIGH_WATERMARK))
                        .block(Await.TIMEOUT))
                .containsEntry(ORDERS, 30L);
        assertThat(send(Flux.just(ProducerRecord.of("orders", "next"))))
                .extracting(SendResult::offset)
                .containsExactly(30L);
    }

    private void restart() {
        client.closeNow();
        broker.close();
        start();
    }

    @Test
    void aTopicOfTheSameNameStartsAnew() {
        create(Map.of());
        send(Flux.range(0, 5).map(i -> ProducerRecord.of("orders", value(i))));
        admin().deleteRecords(Map.of(ORDERS, 5L)).block(Await.TIMEOUT);
        admin().deleteTopic("orders").block(Await.TIMEOUT);
        create(Map.of());
        assertThat(send(Flux.just(ProducerRecord.of("orders", "first"))))
                .extracting(SendResult::offset)
                .containsExactly(0L);
        restart();
        assertThat(receive(1)).extracting(ConsumerRecord::value).containsExactly("first");
    }

    @Test
    void retentionBySizeHoldsFromTheMomentItIsSet() {
        create(Map.of("segment.bytes", "2000"));
        for (int i = 0; i < 40; i++) {
            send(Flux.just(ProducerRecord.of("orders", value(i))));
        }
        assertThat(partition().logStartOffset()).isZero();

        admin().alterTopic("orders", Map.of("retention.bytes", "3000"), Set.of())
                .block(Await.TIMEOUT);

        Await.until("retention by size", () -> partition().sizeInBytes() < 5000);
        assertThat(partition().sizeInBytes()).isGreaterThanOrEqualTo(3000);
        long start = partition().logStartOffset();
        assertThat(receive(1)).extracting(ConsumerRecord::offset).containsExactly(start);
    }

    @Test
    void retentionByTimeDeletesAnIdleLogToo() {
        create(Map.of());
        send(Flux.just(ProducerRecord.<String, String>of("orders", "old").withTimestamp(17)));

        admin().alterTopic("orders", Map.of("retention.ms", "1000"), Set.of()).block(Await.TIMEOUT);

        Await.until("retention by time", () -> partition().sizeInBytes() == 0);
        assertThat(partition().logStartOffset()).isEqualTo(1);
    }

    @Test
    void compactsToTheNewestOfEachKeyWhileRecordsAreSent() {
        create(Map.of("cleanup.policy", "compact", "segment.bytes", "20000", "durability", "replicated"));
        Map<String, String> newest = new HashMap<>();
        for (int round = 0; round < 40; round++) {
            List<ProducerRecord<String, String>> records = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                String key = "key-" + i % 20;
                newest.put(key, value(round * 50 + i));
                records.add(ProducerRecord.of("orders", key, newest.get(key)));
            }
            send(Flux.fromIterable(records));
        }
        Await.until("compaction", () -> partition().sizeInBytes() < 60_000);

        restart();
        Map<String, String> seen = new HashMap<>();
        client.consumer(ConsumerOptions.<String, String>builder(Serdes.string(), Serdes.string())
                        .topics("orders")
                        .build())
                .receive()
                .doOnNext(record -> seen.put(record.key(), record.value()))
                .takeUntil(record -> record.offset() == 1999)
                .blockLast(Await.TIMEOUT);
        assertThat(seen).isEqualTo(newest);
    }

    @Test
    void aCompactedTopicTakesNoRecordWithoutAKey() {
        create(Map.of("cleanup.policy", "compact"));
        assertThatThrownBy(() -> send(Flux.just(ProducerRecord.of("orders", "value"))))
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_RECORD));
        admin().alterTopic("orders", Map.of(), Set.of("cleanup.policy")).block(Await.TIMEOUT);
        assertThat(send(Flux.just(ProducerRecord.of("orders", "value"))))
                .extracting(SendResult::offset)
                .containsExactly(0L);
    }

    @Test
    void durabilityChangesWithoutARestart() {
        create(Map.of());
        assertThat(send(Flux.just(ProducerRecord.of("orders", "1"))))
                .extracting(SendResult::guarantee)
                .containsExactly(Guarantee.FSYNCED);
        Topics.Description altered = admin().alterTopic("orders", Map.of("durability", "replicated"), Set.of())
                .block(Await.TIMEOUT);
        assertThat(altered.settings())
                .filteredOn(setting -> setting.name().equals("durability"))
                .extracting(Topics.SettingDescription::value, Topics.SettingDescription::source)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("replicated", "TOPIC"));
        assertThat(send(Flux.just(ProducerRecord.of("orders", "2"))))
                .extracting(SendResult::guarantee)
                .containsExactly(Guarantee.REPLICATED);
    }

    @Test
    void refusesSettingsThatCanNotBe() {
        create(Map.of());
        assertRefused(Map.of("retention.ms", "-2"), Set.of(), ErrorCode.INVALID_CONFIG);
        assertRefused(Map.of("cleanup.policy", "keep"), Set.of(), ErrorCode.INVALID_CONFIG);
        assertRefused(Map.of(), Set.of("retention"), ErrorCode.INVALID_CONFIG);
        assertRefused(Map.of("segment.ms", "5"), Set.of("segment.ms"), ErrorCode.INVALID_REQUEST);
    }

    private void assertRefused(Map<String, String> set, Set<String> unset, ErrorCode code) {
        assertThatThrownBy(() -> admin().alterTopic("orders", set, unset).block(Await.TIMEOUT))
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
