package io.penstock.benchmarks.kafka;

import io.penstock.cli.perf.AnswerTimes;
import io.penstock.cli.perf.Arrivals;
import io.penstock.cli.perf.NumberedValue;
import io.penstock.cli.perf.Pace;
import io.penstock.cli.perf.Payloads;
import io.penstock.cli.perf.RateReport;
import io.penstock.cli.perf.RecordSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongFunction;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.kafka.receiver.KafkaReceiver;
import reactor.kafka.receiver.ReceiverOptions;
import reactor.kafka.sender.KafkaSender;
import reactor.kafka.sender.SenderOptions;
import reactor.kafka.sender.SenderRecord;
import reactor.kafka.sender.SenderResult;

/** Drives Kafka by reactor-kafka. */
final class ReactorDriver {

    /** Its default of 256 records would be less than one batch. */
    private static final int MAX_IN_FLIGHT = 1 << 16;

    private final DriverOptions options;

    ReactorDriver(DriverOptions options) {
        this.options = options;
    }

    DriverReport produce() {
        Payloads payloads = options.payloads();
        KafkaSender<byte[], byte[]> sender = KafkaSender.create(senderOptions());
        sender.send(RecordSource.unlimited(options.warmUp(), number -> record(number, payloads.next())))
                .blockLast();
        long records = options.records();
        AnswerTimes times = new AnswerTimes(records);
        long start = System.nanoTime();
        Flux<SenderResult<Long>> results = sender.send(RecordSource.unlimited(records, number -> {
            times.sent(number);
            return record(number, payloads.next());
        }));
        long answered = results.doOnNext(result -> times.answered(result.correlationMetadata()))
                .reduce(0L, (count, result) -> count + 1)
                .blockOptional()
                .orElse(0L);
        long nanos = System.nanoTime() - start;
        sender.close();
        return DriverReport.of(new RateReport(answered, answered * options.recordSize(), nanos), times.latencies());
    }

    DriverReport consume() {
        List<KafkaTally> tallies = new ArrayList<>();
        List<Mono<Void>> readings = new ArrayList<>();
        for (int i = 0; i < options.consumers(); i++) {
            KafkaTally tally = new KafkaTally(options.records());
            tallies.add(tally);
            ReceiverOptions<byte[], byte[]> receiverOptions = receiverOptions().subscription(List.of(options.topic()));
            readings.add(KafkaReceiver.create(receiverOptions)
                    .receive()
                    .doOnNext(record -> {
                        tally.add(record);
                        record.receiverOffset().acknowledge();
                    })
                    .take(options.records())
                    .then());
        }
        Mono.when(readings).block();
        return KafkaTally.report(tallies);
    }

    DriverReport latency() {
        Payloads payloads = options.payloads();
        long total = options.warmUp() + options.records();
        Scheduler waiting = Schedulers.newSingle("pace", true);
        KafkaSender<byte[], byte[]> sender = KafkaSender.create(senderOptions());
        Pace pace = Pace.perSecond(options.throughput());
        Arrivals arrivals = new Arrivals(pace, options.warmUp(), total);
        Mono<Void> receiving = KafkaReceiver.create(receiverOptions().assignment(options.partitions()))
                .receive()
                .doOnNext(record -> {
                    arrivals.add(record.partition(), record.offset(), record.value());
                    record.receiverOffset().acknowledge();
                })
                .take(total)
                .then();
        LongFunction<SenderRecord<byte[], byte[], Long>> numbered =
                number -> record(number, NumberedValue.of(number, payloads.next()));
        Mono<Void> sending = sender.send(
                        RecordSource.paced(total, pace, waiting).map(numbered::apply))
                .then();
        Mono.when(receiving, sending).block();
        sender.close();
        waiting.dispose();
        return DriverReport.of(arrivals.rate(), arrivals.latencies());
    }

    private SenderRecord<byte[], byte[], Long> record(long number, byte[] value) {
        return SenderRecord.create(new ProducerRecord<>(options.topic(), value), number);
    }

    private SenderOptions<byte[], byte[]> senderOptions() {
        Map<String, Object> properties = properties();
        properties.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        properties.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        return SenderOptions.<byte[], byte[]>create(properties).maxInFlight(MAX_IN_FLIGHT);
    }

    private ReceiverOptions<byte[], byte[]> receiverOptions() {
        Map<String, Object> properties = properties();
        properties.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        properties.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, UUID.randomUUID().toString());
        return ReceiverOptions.create(properties);
    }

    private Map<String, Object> properties() {
        Map<String, Object> properties = new HashMap<>();
        options.properties().forEach((name, value) -> properties.put(name.toString(), value));
        return properties;
    }
}
