package io.penstock.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.connection.Backoff;
import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.consumer.DeadLetterHeaders;
import io.penstock.client.consumer.OnFailure;
import io.penstock.client.consumer.OrderedOptions;
import io.penstock.client.consumer.RetryPolicy;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.producer.SendResult;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.compression.Compression;
import io.penstock.core.record.RecordHeader;
import io.penstock.core.record.RecordHeaders;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Handlers with order per key, and dead letters, over a real broker. */
class OrderedEndToEndTest {

    private static final int KEYS = 50;

    @TempDir
    Path directory;

    private RunningBroker broker;
    private PenstockClient client;
    private Producer<byte[], byte[]> producer;

    @BeforeEach
    void start() {
        broker = RunningBroker.start(directory, Map.of("durability", "replicated", "num.partitions", "3"));
        client = PenstockClient.connect(broker.endpoint("penstock"));
        producer = client.producer(ProducerOptions.<byte[], byte[]>builder(Serdes.bytes(), Serdes.bytes())
                .compression(Compression.LZ4)
                .build());
    }

    @AfterEach
    void stop() {
        client.closeNow();
        broker.close();
    }

    private SendResult send(String key, String value) {
        return producer.send(record(key, value)).block(Await.TIMEOUT);
    }

    private static ProducerRecord<byte[], byte[]> record(String key, String value) {
        return ProducerRecord.of("orders", key.getBytes(UTF_8), value.getBytes(UTF_8));
    }

    private <K, V> Consumer<K, V> consumer(ConsumerOptions.Builder<K, V> options) {
        return client.consumer(options.group(GroupOptions.of("billing")).build());
    }

    @Test
    void handlesAllRecordsInTheOrderOfTheirKeys() {
        int records = 20_000;
        producer.send(Flux.range(0, records).map(i -> record("k" + i % KEYS, String.valueOf(i))))
                .blockLast(Await.TIMEOUT);
        Map<String, List<Integer>> handled = new ConcurrentHashMap<>();
        Map<String, Integer> atWork = new ConcurrentHashMap<>();
        List<Object> wrong = new CopyOnWriteArrayList<>();
        AtomicInteger count = new AtomicInteger();
        Consumer<String, String> consumer =
                consumer(ConsumerOptions.<String, String>builder(Serdes.string(), Serdes.string())
                        .topics("orders"));
        consumer.orderedByKey(
                        16,
                        record -> Mono.defer(() -> {
                                    if (atWork.merge(record.key(), 1, Integer::sum) > 1) {
                                        wrong.add(record);
                                    }
                                    return Mono.delay(Duration.ofNanos(record.offset() % 7 * 10_000));
                                })
                                .doOnNext(done -> {
                                    handled.computeIfAbsent(record.key(), key -> new CopyOnWriteArrayList<>())
                                            .add(Integer.valueOf(record.value()));
                                    atWork.merge(record.key(), -1, Integer::sum);
                                    count.incrementAndGet();
                                }))
                .subscribe(nothing -> {}, wrong::add);
        Await.until("all records", () -> count.get() == records || !wrong.isEmpty());
        assertThat(wrong).isEmpty();
        assertThat(handled)
                .hasSize(KEYS)
                .allSatisfy(
                        (key, values) -> assertThat(values).as(key).isSorted().hasSize(records / KEYS));
        consumer.close().block(Await.TIMEOUT);
    }

    @Test
    void sendsWhatFailsForGoodToTheDeadLetterTopicAndGoesOn() {
        RecordHeaders headers = RecordHeaders.EMPTY
                .add("trace", new byte[] {0, -1, 127})
                .add("nothing", null)
                .add("trace", "again".getBytes(UTF_8));
        SendResult sent = producer.send(record("k", "bad").withHeaders(headers).withTimestamp(1_234))
                .block(Await.TIMEOUT);
        send("k", "good");
        List<String> handled = new CopyOnWriteArrayList<>();
        consumer(ConsumerOptions.<String, String>builder(Serdes.string(), Serdes.string())
                        .topics("orders"))
                .orderedByKey(
                        OrderedOptions.lanes(8)
                                .withRetry(RetryPolicy.attempts(2)
                                        .withBackoff(new Backoff(Duration.ofMillis(1), Duration.ofMillis(1), 0))),
                        record -> {
                            handled.add(record.value());
                            return record.value().equals("bad")
                                    ? Mono.error(new IllegalStateException("no such customer"))
                                    : Mono.empty();
                        })
                .onErrorComplete() // of the client that is closed
                .subscribe();

        ConsumerRecord<byte[], byte[]> letter = deadLetters("orders.dlt", 1).get(0);

        assertThat(letter.key()).asString(UTF_8).isEqualTo("k");
        assertThat(letter.value()).asString(UTF_8).isEqualTo("bad");
        assertThat(letter.headers()).startsWith(headers.get(0), headers.get(1), headers.get(2));
        assertThat(texts(letter.headers(), 3))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        DeadLetterHeaders.TOPIC, "orders",
                        DeadLetterHeaders.PARTITION, String.valueOf(sent.partition()),
                        DeadLetterHeaders.OFFSET, String.valueOf(sent.offset()),
                        DeadLetterHeaders.TIMESTAMP, "1234",
                        DeadLetterHeaders.GROUP, "billing",
                        DeadLetterHeaders.EXCEPTION_CLASS, "java.lang.IllegalStateException",
                        DeadLetterHeaders.EXCEPTION_MESSAGE, "no such customer",
                        DeadLetterHeaders.ATTEMPTS, "2"));
        Await.until("the next of its key", () -> handled.size() == 3);
        assertThat(handled).containsExactly("bad", "bad", "good");
    }

    @Test
    void sendsWhatCannotBeReadToTheDeadLetterTopicAsItIs() {
        send("k", "12345");
        send("k", "1234");
        List<Integer> handled = new CopyOnWriteArrayList<>();
        consumer(ConsumerOptions.<String, Integer>builder(Serdes.string(), Serdes.int32())
                        .topics("orders"))
                .orderedByKey(
                        OrderedOptions.lanes(8).withOnFailure(OnFailure.deadLetter(topic -> "lost-" + topic)),
                        record -> Mono.fromRunnable(() -> handled.add(record.value())))
                .onErrorComplete() // of the client that is closed
                .subscribe();

        ConsumerRecord<byte[], byte[]> letter = deadLetters("lost-orders", 1).get(0);

        assertThat(letter.value()).asString(UTF_8).isEqualTo("12345");
        Map<String, String> texts = texts(letter.headers(), 0);
        assertThat(texts).containsEntry(DeadLetterHeaders.ATTEMPTS, "0");
        assertThat(texts.get(DeadLetterHeaders.EXCEPTION_MESSAGE)).contains("an int32 has 4 bytes, here are 5");
        Await.until("the next of its key", () -> handled.size() == 1);
    }

    private List<ConsumerRecord<byte[], byte[]>> deadLetters(String topic, int count) {
        Await.until(
                "the topic of dead letters",
                () -> client.admin().topics().block(Await.TIMEOUT).stream()
                        .anyMatch(listing -> listing.name().equals(topic)));
        return client.consumer(ConsumerOptions.<byte[], byte[]>builder(Serdes.bytes(), Serdes.bytes())
                        .topics(topic)
                        .build())
                .receive()
                .take(count)
                .collectList()
                .block(Await.TIMEOUT);
    }

    private static Map<String, String> texts(RecordHeaders headers, int from) {
        List<RecordHeader> all = new ArrayList<>();
        headers.forEach(all::add);
        Map<String, String> texts = new LinkedHashMap<>();
        all.subList(from, all.size()).forEach(header -> texts.put(header.key(), new String(header.value(), UTF_8)));
        return texts;
    }
}
