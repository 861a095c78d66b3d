package io.penstock.benchmarks.compare;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code platform-benchmarks/compare}. */
@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        description = "Measure Penstock beside Kafka 4.3.1 and reactor-kafka, in turns on this machine.",
        footer = {
            "",
            "Each workload is done once without being measured, and then round by round by each contender in turn.",
            "After each run it is checked that all records are there, unchanged and in order: without that there is no",
            "number, and compare ends with 1. Medians are printed as they come, and written as Markdown and JSON.",
            "",
            "Examples:",
            "  platform-benchmarks/compare --quick",
            "  platform-benchmarks/compare --list",
            "  platform-benchmarks/compare --only 'produce-100*,latency-20k' --rounds 7"
        })
public final class Compare implements Callable<Integer> {

    private static final int ROUNDS = 5;
    private static final int QUICK_DIVISOR = 5;

    @Option(names = "--quick", description = "Some workloads only, a fifth of their records, one round: a few minutes.")
    private boolean quick;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "NAME",
            description = "These workloads, by name or pattern like produce-*.")
    private List<String> only = List.of();

    @Option(names = "--list", description = "Say which workloads there are.")
    private boolean list;

    @Option(names = "--rounds", paramLabel = "N", description = "How often each is measured. Default: 5; quick: 1.")
    private int rounds;

    @Option(
            names = "--divide",
            paramLabel = "N",
            description = "Of each workload's records only one in so many. Default: 1; quick: 5.")
    private int divisor;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = "${sys:compare.dir}",
            description = "For data and results. Default: target/compare of platform-benchmarks.")
    private Path directory = Path.of("");

    @Option(
            names = "--kafka-heap",
            paramLabel = "SIZE",
            defaultValue = "1g",
            description = "Of Kafka's broker. Default: ${DEFAULT-VALUE}.")
    private String kafkaHeap = "";

    @Option(
            names = "--penstock-heap",
            paramLabel = "SIZE",
            defaultValue = "1g",
            description = "Of Penstock's server. Default: ${DEFAULT-VALUE}.")
    private String penstockHeap = "";

    @Option(
            names = "--client-heap",
            paramLabel = "SIZE",
            defaultValue = "512m",
            description = "Of each client. Default: ${DEFAULT-VALUE}.")
    private String clientHeap = "";

    @Option(names = "--class-path", hidden = true, defaultValue = "${sys:java.class.path}")
    private String classPath = "";

    @Option(names = "--reactor-class-path", hidden = true, defaultValue = "${sys:compare.reactor}")
    private String reactorClassPath = "";

    @Option(names = "--penstock", hidden = true, defaultValue = "${sys:compare.penstock}")
    private String penstock = "";

    @Option(names = "--logging", hidden = true, defaultValue = "${sys:compare.logging}")
    private String logging = "";

    private Compare() {}

    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    /** 0; 1 if a check failed or something could not be run; 2 if the arguments are wrong. */
    static int run(String... arguments) {
        return new CommandLine(new Compare())
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    if (!(failure instanceof ComparisonFailure)) {
                        throw failure;
                    }
                    System.err.println("compare: " + failure.getMessage());
                    return 1;
                })
                .execute(arguments);
    }

    @Override
    public Integer call() throws IOException {
        if (list) {
            Workloads.all().forEach(workload -> System.out.printf("%-30s %s%n", workload.name(), workload.describe()));
            return 0;
        }
        List<Workload> chosen = chosen();
        if (chosen.isEmpty()) {
            System.err.println("compare: no workload is called " + String.join(", ", only) + ": see --list");
            return 2;
        }
        Path run = Files.createDirectories(directory
                .toAbsolutePath()
                .resolve(LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyy-MM-dd-HHmmss"))));
        Path work = Files.createDirectories(run.resolve("work"));
        Results results =
                new Results(run, Surroundings.machine(run), Surroundings.versions(classPath, reactorClassPath));
        for (Workload workload : chosen) {
            try (Bench bench = bench(work)) {
                measure(workload, bench, results);
            }
            Directories.delete(work.resolve("kafka-data"));
            Directories.delete(work.resolve("penstock-data"));
        }
        Directories.delete(work);
        System.out.println("results: " + run);
        return 0;
    }

    private Bench bench(Path work) {
        return new Bench(
                work,
                new KafkaPrograms(classPath, reactorClassPath, kafkaHeap, clientHeap, logging),
                new PenstockPrograms(List.of("-jar", penstock), classPath, penstockHeap, clientHeap));
    }

    private List<Workload> chosen() {
        int divided = divisor > 0 ? divisor : quick ? QUICK_DIVISOR : 1;
        return Workloads.all().stream()
                .filter(this::isChosen)
                .map(workload -> workload.dividedBy(divided))
                .toList();
    }

    private boolean isChosen(Workload workload) {
        if (only.isEmpty()) {
            return !quick || workload.isQuick();
        }
        return only.stream().anyMatch(pattern -> {
            PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
            return matcher.matches(Path.of(workload.name()));
        });
    }

    private void measure(Workload workload, Bench bench, Results results) {
        int measured = rounds > 0 ? rounds : quick ? 1 : ROUNDS;
        WorkloadResult result = new WorkloadResult(workload);
        try (Scenario scenario = Scenario.of(workload, bench)) {
            for (int round = 0; round <= measured; round++) {
                for (Contender contender : workload.contenders()) {
                    long start = System.nanoTime();
                    Sample sample = scenario.measure(contender);
                    say(result, contender, round, sample, System.nanoTime() - start);
                    if (round > 0) {
                        result.add(contender, sample);
                    }
                }
            }
        }
        results.add(result, bench.descriptions());
        new MarkdownTable(result).lines().forEach(System.out::println);
    }

    private static void say(WorkloadResult result, Contender contender, int round, Sample sample, long nanos) {
        System.err.printf(
                Locale.ROOT,
                "%s, %s, %s: %s (%d s)%n",
                result.workload().name(),
                round == 0 ? "not measured" : "round " + round,
                contender.title(),
                result.headline().format(sample.values().getOrDefault(result.headline(), Double.NaN)),
                Duration.ofNanos(nanos).toSeconds());
    }
}
