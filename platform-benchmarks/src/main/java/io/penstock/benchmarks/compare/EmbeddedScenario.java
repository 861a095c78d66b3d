package io.penstock.benchmarks.compare;

import com.fasterxml.jackson.databind.JsonNode;
import io.penstock.cli.terminal.Figures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts a broker in the client's JVM, and sends and receives there. */
final class EmbeddedScenario implements Scenario {

    private static final double NANOS_PER_MILLI = 1e6;

    private final Load load;
    private final Bench bench;
    private final TopicNames directories;

    EmbeddedScenario(Workload workload, Bench bench) {
        this.load = workload.load();
        this.bench = bench;
        this.directories = new TopicNames(workload.name());
    }

    @Override
    public Sample measure(Contender contender) {
        Path directory = bench.directory().resolve(directories.next());
        try {
            Files.createDirectories(directory);
            Sample sample = new Sample();
            String output = bench.runAlone(contender, command(contender, directory), sample);
            JsonNode report = JsonReports.parse(output);
            return sample.with(Metric.START_MILLIS, report.path("startNanos").asLong() / NANOS_PER_MILLI)
                    .with(Metric.RECORDS_PER_SECOND, rate(contender, report.path("produced")))
                    .with(Metric.CONSUMED_PER_SECOND, rate(contender, report.path("consumed")));
        } catch (IOException e) {
            throw new ComparisonFailure("can't make " + directory, e);
        } finally {
            Directories.delete(directory);
        }
    }

    private double rate(Contender contender, JsonNode rate) {
        long records = rate.path("records").asLong();
        long bytes = rate.path("bytes").asLong();
        if (records != load.records() || bytes != load.records() * load.values().bytes()) {
            throw new ComparisonFailure(contender.title() + " had " + records + " records with " + bytes
                    + " bytes, and not " + load.records());
        }
        return Figures.rate(records, rate.path("nanos").asLong());
    }

    private List<String> command(Contender contender, Path directory) {
        List<String> arguments = new ArrayList<>();
        boolean isKafka = contender.system() == MeasuredSystem.KAFKA;
        if (isKafka) {
            KafkaBroker.Formatted formatted = KafkaBroker.format(bench.kafka(), directory);
            arguments.addAll(List.of(formatted.file().toString(), formatted.address()));
        } else {
            arguments.add(directory.toString());
        }
        arguments.addAll(List.of(
                String.valueOf(load.records()),
                load.values().kind().name(),
                String.valueOf(load.values().bytes())));
        Jvm jvm = isKafka ? bench.kafka().embedded() : bench.penstock().embedded();
        return jvm.command(arguments);
    }
}
