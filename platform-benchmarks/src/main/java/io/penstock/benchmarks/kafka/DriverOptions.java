package io.penstock.benchmarks.kafka;

import io.penstock.cli.perf.Payloads;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Option;

/** What is driven, for all ways of driving; a picocli mixin. */
final class DriverOptions {

    @Option(names = "--server", required = true)
    private String server = "";

    @Option(names = "--topic", required = true)
    private String topic = "";

    @Option(names = "--partitions", defaultValue = "1")
    private int partitions;

    @Option(names = "--records", required = true)
    private long records;

    @Option(names = "--warm-up", defaultValue = "0")
    private long warmUp;

    @Option(names = "--record-size", defaultValue = "100")
    private int recordSize;

    @Option(names = "--payload", defaultValue = "text")
    private Payloads.Kind payload = Payloads.Kind.text;

    @Option(names = "--throughput", defaultValue = "1000")
    private long throughput;

    @Option(names = "--consumers", defaultValue = "1")
    private int consumers;

    /** Settings of Kafka's clients. */
    @Option(names = "--property")
    private Map<String, String> properties = new LinkedHashMap<>();

    String topic() {
        return topic;
    }

    /** All partitions of the topic. */
    List<TopicPartition> partitions() {
        return IntStream.range(0, partitions)
                .mapToObj(number -> new TopicPartition(topic, number))
                .collect(Collectors.toList());
    }

    long records() {
        return records;
    }

    long warmUp() {
        return warmUp;
    }

    /** Records a second. */
    long throughput() {
        return throughput;
    }

    int consumers() {
        return consumers;
    }

    int recordSize() {
        return recordSize;
    }

    Payloads payloads() {
        return Payloads.of(
                payload,
                recordSize,
                !"none".equals(properties.getOrDefault(ProducerConfig.COMPRESSION_TYPE_CONFIG, "none")));
    }

    /** The settings of a client, where it finds the broker among them. */
    Properties properties() {
        Properties all = new Properties();
        all.putAll(properties);
        all.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, server);
        return all;
    }
}
