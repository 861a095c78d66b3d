package io.penstock.benchmarks.compare;

import java.util.ArrayList;
import java.util.List;

/** {@code penstock perf}. */
final class PenstockTool implements Tool {

    /** How it receives. */
    enum Receiving {
        RECORDS,
        BATCHES,
        IN_A_GROUP
    }

    private final Jvm jvm;
    private final Receiving receiving;

    PenstockTool(Jvm jvm, Receiving receiving) {
        this.jvm = jvm;
        this.receiving = receiving;
    }

    @Override
    public List<String> produce(Target target, Load load) {
        List<String> arguments = arguments("produce", target, load);
        arguments.addAll(List.of("--warm-up", String.valueOf(load.warmUp())));
        arguments.addAll(sending(load));
        return jvm.command(arguments);
    }

    @Override
    public List<String> consume(Target target, Load load) {
        List<String> arguments = arguments("consume", target, load);
        arguments.addAll(List.of("--consumers", String.valueOf(load.readers()), "--follow"));
        switch (receiving) {
            case RECORDS -> {}
            case BATCHES -> arguments.add("--batches");
            case IN_A_GROUP -> arguments.addAll(List.of("--group", "compare-" + System.nanoTime()));
        }
        return jvm.command(arguments);
    }

    @Override
    public List<String> latency(Target target, Load load) {
        List<String> arguments = arguments("latency", target, load);
        arguments.addAll(List.of("--throughput", String.valueOf(load.perSecond())));
        arguments.addAll(List.of("--warm-up", String.valueOf(load.warmUp())));
        arguments.addAll(sending(load));
        return jvm.command(arguments);
    }

    private static List<String> arguments(String command, Target target, Load load) {
        List<String> arguments = new ArrayList<>(List.of("perf", command, "--server", target.address()));
        arguments.addAll(List.of("--topic", target.topic(), "--records", String.valueOf(load.records())));
        arguments.addAll(List.of("--output", "json"));
        return arguments;
    }

    private static List<String> sending(Load load) {
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of("--payload", load.values().kind().name()));
        arguments.addAll(List.of("--record-size", String.valueOf(load.values().bytes())));
        arguments.addAll(List.of("--compression", load.sending().codec()));
        load.sending()
                .batchBytes()
                .ifPresent(bytes -> arguments.addAll(List.of("--batch-size", String.valueOf(bytes))));
        load.sending().lingerMillis().ifPresent(millis -> arguments.addAll(List.of("--linger", millis + "ms")));
        return arguments;
    }

    @Override
    public ToolReport read(String output, Load load) {
        return JsonReports.read(output);
    }
}
