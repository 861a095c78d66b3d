package io.penstock.benchmarks.compare;

import java.util.ArrayList;
import java.util.List;

/** {@link io.penstock.benchmarks.kafka.KafkaDriver}, by reactor-kafka or by Kafka's clients. */
final class KafkaDriverTool implements Tool {

    private final Jvm jvm;
    private final String client;

    /** @param client reactor or clients */
    KafkaDriverTool(Jvm jvm, String client) {
        this.jvm = jvm;
        this.client = client;
    }

    @Override
    public List<String> produce(Target target, Load load) {
        return jvm.command(arguments("produce", target, load));
    }

    @Override
    public List<String> consume(Target target, Load load) {
        List<String> arguments = arguments("consume", target, load);
        arguments.addAll(List.of("--consumers", String.valueOf(load.readers())));
        return jvm.command(arguments);
    }

    @Override
    public List<String> latency(Target target, Load load) {
        List<String> arguments = arguments("latency", target, load);
        arguments.addAll(List.of("--throughput", String.valueOf(load.perSecond())));
        return jvm.command(arguments);
    }

    private List<String> arguments(String task, Target target, Load load) {
        List<String> arguments = new ArrayList<>(List.of(client + "_" + task, "--server", target.address()));
        arguments.addAll(List.of("--topic", target.topic(), "--partitions", String.valueOf(load.partitions())));
        arguments.addAll(List.of("--records", String.valueOf(load.records())));
        arguments.addAll(List.of("--warm-up", String.valueOf(load.warmUp())));
        arguments.addAll(List.of("--payload", load.values().kind().name()));
        arguments.addAll(List.of("--record-size", String.valueOf(load.values().bytes())));
        if (!task.equals("consume")) {
            KafkaSettings.ofProducer(load.sending())
                    .forEach((name, value) -> arguments.addAll(List.of("--property", name + "=" + value)));
        }
        return arguments;
    }

    @Override
    public ToolReport read(String output, Load load) {
        return JsonReports.read(output);
    }
}
