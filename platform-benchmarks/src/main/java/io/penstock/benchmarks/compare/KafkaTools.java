package io.penstock.benchmarks.compare;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Kafka's {@code ProducerPerformance} and {@code ConsumerPerformance}. The first picks values at random from a file, with
 * the same generator and seed as {@link io.penstock.cli.perf.Payloads}; its line of the steady state is what counts, which
 * leaves out the warm-up. The second does not check CRCs, and counts records and bytes; its rate of fetching is what counts,
 * which leaves out joining the group.
 */
final class KafkaTools implements Tool {

    private static final Pattern PRODUCED = Pattern.compile("(\\d+)( steady state)? records sent, ([0-9.]+) records/sec"
            + " \\([0-9.]+ MB/sec\\), [0-9.]+ ms avg latency, ([0-9.]+) ms max latency,"
            + " (\\d+) ms 50th, \\d+ ms 95th, (\\d+) ms 99th, (\\d+) ms 99\\.9th\\.");
    private static final Pattern CONSUMED = Pattern.compile(
            "^[^,]+, [^,]+, ([0-9.]+), [0-9.]+, (\\d+), [0-9.]+, -?\\d+," + " \\d+, [0-9.]+, ([0-9.]+)$",
            Pattern.MULTILINE);
    private static final double MEBIBYTE = 1 << 20;
    private static final String FETCH_TIMEOUT_MILLIS = "60000";

    private final Jvm producer;
    private final Jvm consumer;
    private final PayloadFiles payloads;

    KafkaTools(Jvm producer, Jvm consumer, PayloadFiles payloads) {
        this.producer = producer;
        this.consumer = consumer;
        this.payloads = payloads;
    }

    @Override
    public List<String> produce(Target target, Load load) {
        List<String> arguments = new ArrayList<>(List.of("--bootstrap-server", target.address()));
        arguments.addAll(List.of("--topic", target.topic(), "--num-records", String.valueOf(load.total())));
        arguments.addAll(List.of("--payload-file", payloads.of(load).toString(), "--throughput", "-1"));
        if (load.warmUp() > 0) {
            arguments.addAll(List.of("--warmup-records", String.valueOf(load.warmUp())));
        }
        arguments.add("--command-property");
        KafkaSettings.ofProducer(load.sending()).forEach((name, value) -> arguments.add(name + "=" + value));
        return producer.command(arguments);
    }

    @Override
    public List<String> consume(Target target, Load load) {
        if (load.readers() != 1) {
            throw new IllegalArgumentException("Kafka's tool has one consumer, not " + load.readers());
        }
        List<String> arguments = new ArrayList<>(List.of("--bootstrap-server", target.address()));
        arguments.addAll(List.of("--topic", target.topic(), "--num-records", String.valueOf(load.records())));
        arguments.addAll(List.of("--timeout", FETCH_TIMEOUT_MILLIS, "--hide-header"));
        return consumer.command(arguments);
    }

    @Override
    public List<String> latency(Target target, Load load) {
        throw new IllegalArgumentException("Kafka has no tool that measures latency at a pace");
    }

    @Override
    public ToolReport read(String output, Load load) {
        Matcher produced = PRODUCED.matcher(output);
        Optional<ToolReport> report = Optional.empty();
        while (produced.find()) {
            // the steady state comes last
            report = Optional.of(produced(produced, load));
        }
        return report.or(() -> consumed(output))
                .orElseThrow(() -> new ComparisonFailure("this is no report of Kafka's tools: " + output));
    }

    private static ToolReport produced(Matcher line, Load load) {
        Map<Metric, Double> millis = new EnumMap<>(Metric.class);
        millis.put(Metric.MAX_MILLIS, Double.parseDouble(line.group(4)));
        millis.put(Metric.P50_MILLIS, Double.parseDouble(line.group(5)));
        millis.put(Metric.P99_MILLIS, Double.parseDouble(line.group(6)));
        millis.put(Metric.P999_MILLIS, Double.parseDouble(line.group(7)));
        long records = Long.parseLong(line.group(1));
        long bytes = records * load.values().bytes();
        return new ToolReport(records, bytes, Double.parseDouble(line.group(3)), millis, Optional.empty());
    }

    private static Optional<ToolReport> consumed(String output) {
        Matcher line = CONSUMED.matcher(output);
        if (!line.find()) {
            return Optional.empty();
        }
        long bytes = Math.round(Double.parseDouble(line.group(1)) * MEBIBYTE);
        return Optional.of(new ToolReport(
                Long.parseLong(line.group(2)), bytes, Double.parseDouble(line.group(3)), Map.of(), Optional.empty()));
    }
}
