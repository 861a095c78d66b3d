package io.penstock.benchmarks.embedded;

import io.penstock.cli.perf.Payloads;
import io.penstock.cli.perf.RateReport;
import io.penstock.cli.perf.RecordSource;
import io.penstock.client.PenstockClient;
import io.penstock.client.admin.NewTopic;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import io.penstock.server.Broker;
import io.penstock.server.BrokerConfig;
import java.nio.file.Path;

/**
 * Ours.
 *
 * <pre>
 * EmbeddedPenstock DIRECTORY RECORDS PAYLOAD VALUE-BYTES
 * </pre>
 */
public final class EmbeddedPenstock {

    private EmbeddedPenstock() {}

    /** Prints one line of JSON. */
    public static void main(String[] arguments) throws Exception {
        long beginning = System.nanoTime();
        EmbeddedLoad load = EmbeddedLoad.of(arguments, 1);
        Broker broker = Broker.start(BrokerConfig.builder()
                        .dataDirectory(Path.of(arguments[0]))
                        .listeners("local:embedded")
                        .build())
                .blockOptional()
                .orElseThrow();
        PenstockClient client = PenstockClient.connect("local:embedded");
        client.admin()
                .createTopic(NewTopic.of(EmbeddedLoad.TOPIC, 1).withSetting("durability", "replicated"))
                .block();
        Producer<byte[], byte[]> producer = client.producer(ProducerOptions.of(Serdes.bytes(), Serdes.bytes()));
        producer.send(record(new byte[load.valueBytes()])).block();
        long startNanos = System.nanoTime() - beginning;
        RateReport produced = produce(producer, load);
        new EmbeddedReport(startNanos, produced, consume(client, load)).print();
        client.closeNow();
        broker.stop().block();
    }

    private static RateReport produce(Producer<byte[], byte[]> producer, EmbeddedLoad load) {
        Payloads payloads = load.payloads();
        long start = System.nanoTime();
        producer.send(RecordSource.unlimited(load.records(), number -> record(payloads.next())))
                .blockLast();
        return new RateReport(load.records(), load.records() * load.valueBytes(), System.nanoTime() - start);
    }

    private static RateReport consume(PenstockClient client, EmbeddedLoad load) {
        long start = System.nanoTime();
        long bytes = client.consumer(ConsumerOptions.<byte[], byte[]>builder(Serdes.bytes(), Serdes.bytes())
                        .topics(EmbeddedLoad.TOPIC)
                        .build())
                .receive()
                .skip(1)
                .take(load.records())
                .reduce(0L, (sum, record) -> sum + (record.value() == null ? 0 : record.value().length))
                .blockOptional()
                .orElseThrow();
        return new RateReport(load.records(), bytes, System.nanoTime() - start);
    }

    private static ProducerRecord<byte[], byte[]> record(byte[] value) {
        return ProducerRecord.of(EmbeddedLoad.TOPIC, value);
    }
}
