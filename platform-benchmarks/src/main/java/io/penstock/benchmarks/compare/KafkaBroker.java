package io.penstock.benchmarks.compare;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Kafka in KRaft mode, broker and controller in one process, with its default settings but for those that one broker needs. */
final class KafkaBroker implements BrokerProcess {

    private static final Duration START = Duration.ofMinutes(2);
    private static final Duration FORMATTING = Duration.ofMinutes(1);
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    /** The controller takes no more than 10,000 changes in a request. */
    private static final int PARTITIONS_AT_ONCE = 2_000;

    private static final Duration POLL = Duration.ofMillis(200);

    private final ChildProcess process;
    private final String address;
    private final String description;
    private final Admin admin;

    private KafkaBroker(ChildProcess process, String address, String description) {
        this.process = process;
        this.address = address;
        this.description = description;
        this.admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, address));
    }

    /**
     * Settings of a broker whose directory is formatted.
     *
     * @param file a {@code server.properties}
     * @param address where it will listen
     * @param settings what is in the file
     */
    record Formatted(Path file, String address, Map<String, String> settings) {}

    /** Formats a directory for a broker on free ports, by Kafka's own tool. */
    static Formatted format(KafkaPrograms programs, Path directory) {
        String address = "127.0.0.1:" + FreePort.next();
        Map<String, String> settings = settings(address, directory.resolve("kafka-data"));
        Path file = directory.resolve("server.properties");
        Properties properties = new Properties();
        properties.putAll(settings);
        try (Writer writer = Files.newBufferedWriter(file)) {
            properties.store(writer, null);
        } catch (IOException e) {
            throw new ComparisonFailure("can't write " + file, e);
        }
        List<String> command = programs.storageTool()
                .command(List.of("format", "-t", Uuid.randomUuid().toString(), "-c", file.toString()));
        ChildProcess formatting = ChildProcess.start(directory, "kafka-format", command);
        try (formatting) {
            formatting.observe(FORMATTING);
            formatting.checkThatItSucceeded();
        }
        return new Formatted(file, address, settings);
    }

    /** Starts it and waits until it answers. */
    static KafkaBroker start(KafkaPrograms programs, Path directory) {
        Formatted formatted = format(programs, directory);
        List<String> command =
                programs.broker().command(List.of(formatted.file().toString()));
        ChildProcess process = ChildProcess.start(directory, "kafka-server", command);
        KafkaBroker broker = new KafkaBroker(
                process, formatted.address(), String.join(" ", command) + " with " + formatted.settings());
        try {
            broker.get(broker.admin.describeCluster().clusterId(), START);
            return broker;
        } catch (RuntimeException e) {
            broker.close();
            throw process.failed("did not become ready: " + e.getMessage());
        }
    }

    private static Map<String, String> settings(String address, Path data) {
        Map<String, String> settings = new LinkedHashMap<>();
        String controller = "127.0.0.1:" + FreePort.next();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", "1");
        settings.put("controller.quorum.voters", "1@" + controller);
        settings.put("listeners", "PLAINTEXT://" + address + ",CONTROLLER://" + controller);
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("log.dirs", data.toString());
        // what one broker needs, as in the server.properties that Kafka comes with
        settings.put("offsets.topic.replication.factor", "1");
        settings.put("transaction.state.log.replication.factor", "1");
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("share.coordinator.state.topic.replication.factor", "1");
        settings.put("share.coordinator.state.topic.min.isr", "1");
        settings.put("group.initial.rebalance.delay.ms", "0");
        // else the files of topics of earlier runs are deleted in the middle of later ones
        settings.put("log.segment.delete.delay.ms", "0");
        return settings;
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public String address() {
        return address;
    }

    @Override
    public void createTopic(String name, Load load) {
        int partitions = Math.min(load.partitions(), PARTITIONS_AT_ONCE);
        NewTopic topic = new NewTopic(name, partitions, (short) 1)
                .configs(load.durability().topicSettings(MeasuredSystem.KAFKA));
        get(admin.createTopics(List.of(topic)).all(), PATIENCE);
        while (partitions < load.partitions()) {
            partitions = Math.min(load.partitions(), partitions + PARTITIONS_AT_ONCE);
            get(
                    admin.createPartitions(Map.of(name, NewPartitions.increaseTo(partitions)))
                            .all(),
                    PATIENCE);
        }
    }

    @Override
    public void deleteTopic(String name) {
        get(admin.deleteTopics(List.of(name)).all(), PATIENCE);
    }

    @Override
    public void read(String topic, LogReader reader) {
        Map<String, Object> settings = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, address, ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = IntStream.range(
                            0, consumer.partitionsFor(topic).size())
                    .mapToObj(number -> new TopicPartition(topic, number))
                    .collect(Collectors.toList());
            consumer.assign(partitions);
            long left = consumer.endOffsets(partitions).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (left > 0) {
                ConsumerRecords<byte[], byte[]> some = consumer.poll(POLL);
                if (!some.isEmpty()) {
                    deadline = System.nanoTime() + PATIENCE.toNanos();
                } else if (System.nanoTime() > deadline) {
                    throw new ComparisonFailure("topic " + topic + " of Kafka gives no records any more");
                }
                for (ConsumerRecord<byte[], byte[]> record : some) {
                    reader.onRecord(record.partition(), record.offset(), record.value());
                    left--;
                }
            }
        }
    }

    private <T> T get(KafkaFuture<T> future, Duration atMost) {
        try {
            return future.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new ComparisonFailure("Kafka's broker does not do what it is asked: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ComparisonFailure("interrupted while Kafka's broker was asked", e);
        }
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public void close() {
        admin.close();
        process.close();
    }
}
