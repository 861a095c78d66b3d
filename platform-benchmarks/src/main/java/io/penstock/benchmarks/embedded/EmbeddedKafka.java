package io.penstock.benchmarks.embedded;

import io.penstock.cli.perf.Payloads;
import io.penstock.cli.perf.RateReport;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Time;

/**
 * Kafka's, of which the directories were formatted before.
 *
 * <pre>
 * EmbeddedKafka SERVER.PROPERTIES HOST:PORT RECORDS PAYLOAD VALUE-BYTES
 * </pre>
 */
public final class EmbeddedKafka {

    private static final Duration POLL = Duration.ofMillis(100);

    private final String address;
    private final EmbeddedLoad load;

    private EmbeddedKafka(String address, EmbeddedLoad load) {
        this.address = address;
        this.load = load;
    }

    /** Prints one line of JSON. */
    public static void main(String[] arguments) throws Exception {
        long beginning = System.nanoTime();
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(arguments[0]))) {
            properties.load(reader);
        }
        KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(properties), Time.SYSTEM);
        server.startup();
        new EmbeddedKafka(arguments[1], EmbeddedLoad.of(arguments, 2)).run(beginning);
        server.shutdown();
        server.awaitShutdown();
    }

    private void run(long beginning) throws Exception {
        try (Admin admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, address))) {
            admin.createTopics(List.of(new NewTopic(EmbeddedLoad.TOPIC, 1, (short) 1)))
                    .all()
                    .get();
        }
        Map<String, Object> settings =
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, address, ProducerConfig.BATCH_SIZE_CONFIG, 256 << 10);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(record(new byte[load.valueBytes()])).get();
            long startNanos = System.nanoTime() - beginning;
            RateReport produced = produce(producer);
            new EmbeddedReport(startNanos, produced, consume()).print();
        }
    }

    private RateReport produce(KafkaProducer<byte[], byte[]> producer) {
        Payloads payloads = load.payloads();
        AtomicReference<Exception> failure = new AtomicReference<>();
        long start = System.nanoTime();
        for (long i = 0; i < load.records(); i++) {
            producer.send(record(payloads.next()), (place, error) -> {
                if (error != null) {
                    failure.set(error);
                }
            });
        }
        producer.flush();
        if (failure.get() != null) {
            throw new IllegalStateException("a record was not acknowledged", failure.get());
        }
        return new RateReport(load.records(), load.records() * load.valueBytes(), System.nanoTime() - start);
    }

    private RateReport consume() {
        TopicPartition partition = new TopicPartition(EmbeddedLoad.TOPIC, 0);
        long start = System.nanoTime();
        long records = 0;
        long bytes = 0;
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, address),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 1);
            while (records < load.records()) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    records++;
                    bytes += record.value().length;
                }
            }
        }
        return new RateReport(records, bytes, System.nanoTime() - start);
    }

    private static ProducerRecord<byte[], byte[]> record(byte[] value) {
        return new ProducerRecord<>(EmbeddedLoad.TOPIC, value);
    }
}
