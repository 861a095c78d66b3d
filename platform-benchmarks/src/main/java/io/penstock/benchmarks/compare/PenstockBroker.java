package io.penstock.benchmarks.compare;

import io.penstock.client.ClientOptions;
import io.penstock.client.PenstockClient;
import io.penstock.client.admin.NewTopic;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.PenstockException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;

/** {@code penstock server} with its default settings. */
final class PenstockBroker implements BrokerProcess {

    private static final Duration START = Duration.ofMinutes(1);
    private static final Duration STEP = Duration.ofMillis(20);
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    /** To describe a topic is to make the logs of all its partitions, which were not all written to. */
    private static final Duration ANSWER = Duration.ofMinutes(5);

    private static final Pattern READY = Pattern.compile("ready at penstock://(\\S+)");

    private final ChildProcess process;
    private final String address;
    private final String description;
    private final PenstockClient client;

    private PenstockBroker(ChildProcess process, String address, String description) {
        this.process = process;
        this.address = address;
        this.description = description;
        this.client = PenstockClient.connect(ClientOptions.builder("penstock://" + address)
                .requestTimeout(ANSWER)
                .build());
    }

    /** Starts it on a free port, and waits until it is ready. */
    static PenstockBroker start(Jvm jvm, Path directory) {
        List<String> command = jvm.command(
                List.of("server", "--data", directory.resolve("penstock-data").toString(), "--listen", "127.0.0.1:0"));
        ChildProcess process = ChildProcess.start(directory, "penstock-server", command);
        try {
            return new PenstockBroker(process, awaitAddress(process), String.join(" ", command));
        } catch (RuntimeException e) {
            process.close();
            throw e;
        }
    }

    private static String awaitAddress(ChildProcess process) {
        long deadline = System.nanoTime() + START.toNanos();
        while (System.nanoTime() < deadline) {
            boolean ended = process.observe(STEP);
            Matcher ready = READY.matcher(process.output());
            if (ready.find()) {
                return ready.group(1);
            }
            if (ended) {
                break;
            }
        }
        throw process.failed("did not become ready");
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
        NewTopic topic = NewTopic.of(name, load.partitions());
        for (Map.Entry<String, String> setting :
                load.durability().topicSettings(MeasuredSystem.PENSTOCK).entrySet()) {
            topic = topic.withSetting(setting.getKey(), setting.getValue());
        }
        get(client.admin().createTopic(topic));
    }

    @Override
    public void deleteTopic(String name) {
        get(client.admin().deleteTopic(name));
    }

    @Override
    public void read(String topic, LogReader reader) {
        get(client.admin().describeTopic(topic).flatMap(description -> {
            long records = description.partitions().stream()
                    .mapToLong(partition -> partition.highWatermark() - partition.logStartOffset())
                    .sum();
            return read(topic, records, reader);
        }));
    }

    private Mono<Void> read(String topic, long records, LogReader reader) {
        return client.consumer(ConsumerOptions.<byte[], byte[]>builder(Serdes.bytes(), Serdes.bytes())
                        .topics(topic)
                        .build())
                .receive()
                .take(records)
                .timeout(PATIENCE)
                .doOnNext(record -> reader.onRecord(record.partition(), record.offset(), value(record)))
                .onErrorMap(
                        TimeoutException.class,
                        e -> new ComparisonFailure("topic " + topic + " of Penstock gives no records any more", e))
                .then();
    }

    private static void get(Mono<?> answer) {
        answer.onErrorMap(
                        PenstockException.class,
                        e -> new ComparisonFailure("Penstock's broker does not do what it is asked: " + e, e))
                .block();
    }

    private static byte[] value(ConsumerRecord<byte[], byte[]> record) {
        byte[] value = record.value();
        return value == null ? new byte[0] : value;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public void close() {
        client.closeNow();
        process.close();
    }
}
