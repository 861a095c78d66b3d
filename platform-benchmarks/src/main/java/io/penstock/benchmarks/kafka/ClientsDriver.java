package io.penstock.benchmarks.kafka;

import io.penstock.cli.perf.Arrivals;
import io.penstock.cli.perf.NumberedValue;
import io.penstock.cli.perf.Pace;
import io.penstock.cli.perf.Payloads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Drives Kafka by its plain clients: what its tools can't, several consumers in a process and records at a pace. */
final class ClientsDriver {

    private static final Duration POLL = Duration.ofMillis(100);

    private final DriverOptions options;

    ClientsDriver(DriverOptions options) {
        this.options = options;
    }

    /** Each consumer on a thread of its own. */
    DriverReport consume() {
        ExecutorService threads = Executors.newFixedThreadPool(options.consumers());
        try {
            List<CompletableFuture<KafkaTally>> readings = new ArrayList<>();
            for (int i = 0; i < options.consumers(); i++) {
                readings.add(CompletableFuture.supplyAsync(this::readAll, threads));
            }
            List<KafkaTally> tallies = new ArrayList<>();
            readings.forEach(reading -> tallies.add(reading.join()));
            return KafkaTally.report(tallies);
        } finally {
            threads.shutdown();
        }
    }

    private KafkaTally readAll() {
        KafkaTally tally = new KafkaTally(options.records());
        try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            while (!tally.isComplete()) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    tally.add(record);
                }
            }
        }
        return tally;
    }

    DriverReport latency() {
        long total = options.warmUp() + options.records();
        ExecutorService sender = Executors.newSingleThreadExecutor();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                        options.properties(), new ByteArraySerializer(), new ByteArraySerializer());
                KafkaConsumer<byte[], byte[]> consumer = consumer()) {
            Payloads payloads = options.payloads();
            Pace pace = Pace.perSecond(options.throughput());
            Arrivals arrivals = new Arrivals(pace, options.warmUp(), total);
            CompletableFuture<Void> sending =
                    CompletableFuture.runAsync(() -> send(producer, payloads, pace, total), sender);
            while (!arrivals.isComplete()) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    arrivals.add(record.partition(), record.offset(), record.value());
                }
                if (sending.isCompletedExceptionally()) {
                    break;
                }
            }
            sending.join();
            return DriverReport.of(arrivals.rate(), arrivals.latencies());
        } finally {
            sender.shutdownNow();
        }
    }

    private void send(KafkaProducer<byte[], byte[]> producer, Payloads payloads, Pace pace, long total) {
        CompletableFuture<Void> failure = new CompletableFuture<>();
        for (long number = 0; number < total && !failure.isDone(); number++) {
            pace.await(number);
            byte[] value = NumberedValue.of(number, payloads.next());
            producer.send(new ProducerRecord<>(options.topic(), value), (place, error) -> {
                if (error != null) {
                    failure.completeExceptionally(error);
                }
            });
        }
        producer.flush();
        failure.complete(null);
        failure.join();
    }

    private KafkaConsumer<byte[], byte[]> consumer() {
        Properties properties = options.properties();
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.assign(options.partitions());
        return consumer;
    }
}
