package io.penstock.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The brokers, which run all the time, and the clients, of which one is run at a time. */
final class Bench implements AutoCloseable {

    private static final Duration SAMPLING = Duration.ofMillis(50);
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final double GIGABYTE = 1e9;

    private final Path directory;
    private final Map<Contender, Tool> tools;
    private final KafkaPrograms kafka;
    private final PenstockPrograms penstock;
    private final Map<MeasuredSystem, BrokerProcess> brokers = new EnumMap<>(MeasuredSystem.class);

    /** @param directory for the brokers' data, and for the output of all processes */
    Bench(Path directory, KafkaPrograms kafka, PenstockPrograms penstock) {
        this.directory = directory;
        this.kafka = kafka;
        this.penstock = penstock;
        this.tools = tools(kafka, penstock, new PayloadFiles(directory));
    }

    private static Map<Contender, Tool> tools(KafkaPrograms kafka, PenstockPrograms penstock, PayloadFiles payloads) {
        Map<Contender, Tool> tools = new EnumMap<>(Contender.class);
        tools.put(
                Contender.KAFKA_TOOLS,
                new KafkaTools(kafka.producerPerformance(), kafka.consumerPerformance(), payloads));
        tools.put(Contender.KAFKA_CLIENTS, new KafkaDriverTool(kafka.clientsDriver(), "clients"));
        tools.put(Contender.REACTOR_KAFKA, new KafkaDriverTool(kafka.reactorDriver(), "reactor"));
        tools.put(Contender.PENSTOCK, new PenstockTool(penstock.client(), PenstockTool.Receiving.RECORDS));
        tools.put(Contender.PENSTOCK_BATCHES, new PenstockTool(penstock.client(), PenstockTool.Receiving.BATCHES));
        tools.put(Contender.PENSTOCK_GROUP, new PenstockTool(penstock.client(), PenstockTool.Receiving.IN_A_GROUP));
        return tools;
    }

    Path directory() {
        return directory;
    }

    KafkaPrograms kafka() {
        return kafka;
    }

    PenstockPrograms penstock() {
        return penstock;
    }

    /** Those of the brokers that were started, and how. */
    Map<MeasuredSystem, String> descriptions() {
        Map<MeasuredSystem, String> descriptions = new EnumMap<>(MeasuredSystem.class);
        brokers.forEach((system, broker) -> descriptions.put(system, broker.description()));
        return descriptions;
    }

    /** The broker of a system, started when it is first asked for. */
    BrokerProcess broker(MeasuredSystem system) {
        return brokers.computeIfAbsent(
                system,
                missing -> missing == MeasuredSystem.KAFKA
                        ? KafkaBroker.start(kafka, directory)
                        : PenstockBroker.start(penstock.server(), directory));
    }

    Tool tool(Contender contender) {
        return Optional.ofNullable(tools.get(contender)).orElseThrow();
    }

    /** Where a contender's client finds a topic. */
    Tool.Target target(Contender contender, String topic) {
        return new Tool.Target(broker(contender.system()).address(), topic);
    }

    /** Writes what is dirty in the page cache to the device, so that no run pays for the one before. */
    static void sync() {
        try {
            Process sync = new ProcessBuilder("sync").inheritIO().start();
            if (!sync.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS) || sync.exitValue() != 0) {
                throw new ComparisonFailure("sync does not end");
            }
        } catch (IOException e) {
            throw new ComparisonFailure("there is no command sync", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ComparisonFailure("interrupted during sync", e);
        }
    }

    /** The same as {@link #runTogether} with one client. */
    ToolReport run(Contender contender, List<String> command, Load load, Sample cost) {
        return runTogether(contender, List.of(command), load, cost).get(0);
    }

    /**
     * Runs clients of a contender at the same time, to the end of all.
     *
     * @param commands of which each ends with 0
     * @param load what each counts
     * @return what each reports
     * @throws ComparisonFailure if one fails, or has counted something else
     */
    List<ToolReport> runTogether(Contender contender, List<List<String>> commands, Load load, Sample cost) {
        List<ToolReport> reports = run(broker(contender.system()).pid(), contender, commands, cost).stream()
                .map(output -> tool(contender).read(output, load))
                .toList();
        reports.forEach(report -> Checks.counts(contender, report, load));
        return reports;
    }

    /** Runs a client that has its broker in itself, to its end; what it wrote to standard output. */
    String runAlone(Contender contender, List<String> command, Sample cost) {
        return run(ProcessHandle.current().pid(), contender, List.of(command), cost)
                .get(0);
    }

    private List<String> run(long brokerPid, Contender contender, List<List<String>> commands, Sample cost) {
        sync();
        boolean hasBroker = brokerPid != ProcessHandle.current().pid();
        ProcFiles.resetPeakMemory(brokerPid);
        double busyBefore = ProcFiles.busySeconds();
        double brokerBefore = usage(brokerPid).cpuSeconds();
        List<ChildProcess> clients = new ArrayList<>();
        try {
            for (int i = 0; i < commands.size(); i++) {
                clients.add(ChildProcess.start(
                        directory, "client-" + contender.name().toLowerCase() + "-" + i, commands.get(i)));
            }
            await(clients);
            ProcessUsage broker = usage(brokerPid);
            double brokerCpu = broker.cpuSeconds() - brokerBefore;
            double clientCpu = clients.stream()
                    .mapToDouble(client -> client.usage().cpuSeconds())
                    .sum();
            cost.with(Metric.CLIENT_CPU_SECONDS, clientCpu)
                    .with(
                            Metric.CLIENT_PEAK_BYTES,
                            clients.stream()
                                    .mapToLong(client -> client.usage().peakBytes())
                                    .sum())
                    .with(
                            Metric.OTHERS_CPU_SECONDS,
                            Math.max(0, ProcFiles.busySeconds() - busyBefore - brokerCpu - clientCpu));
            if (hasBroker) {
                cost.with(Metric.BROKER_CPU_SECONDS, brokerCpu).with(Metric.BROKER_PEAK_BYTES, broker.peakBytes());
            }
            return clients.stream().map(ChildProcess::output).toList();
        } finally {
            clients.forEach(ChildProcess::close);
        }
    }

    /** Adds what the broker's processor time is for a gigabyte of values. */
    static void addCostOfBytes(Sample sample, long bytes) {
        Double brokerCpu = sample.values().get(Metric.BROKER_CPU_SECONDS);
        if (brokerCpu != null && bytes > 0) {
            sample.with(Metric.BROKER_CPU_SECONDS_PER_GB, brokerCpu / bytes * GIGABYTE);
        }
    }

    private static void await(List<ChildProcess> clients) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        List<ChildProcess> running = new ArrayList<>(clients);
        while (!running.isEmpty()) {
            running.removeIf(client -> client.observe(SAMPLING.dividedBy(clients.size())));
            for (ChildProcess client : clients) {
                if (!client.isAlive()) {
                    client.checkThatItSucceeded();
                }
            }
            if (System.nanoTime() > deadline) {
                throw running.get(0).failed("has not ended after " + LIMIT.toMinutes() + " minutes");
            }
        }
    }

    private static ProcessUsage usage(long pid) {
        return ProcFiles.usage(pid)
                .orElseThrow(() -> new ComparisonFailure("the broker with process id " + pid + " is gone"));
    }

    @Override
    public void close() {
        brokers.values().forEach(BrokerProcess::close);
    }
}
