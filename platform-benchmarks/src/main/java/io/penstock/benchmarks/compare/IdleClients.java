package io.penstock.benchmarks.compare;

import io.penstock.client.ClientOptions;
import io.penstock.client.PenstockClient;
import io.penstock.core.runtime.NodeRuntime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Clients that are connected and do nothing, in a process of their own. */
public final class IdleClients implements AutoCloseable {

    private static final String READY = "ready";
    private static final Duration CONNECTING = Duration.ofMinutes(2);
    private static final Duration STEP = Duration.ofMillis(100);

    private final Optional<ChildProcess> process;

    private IdleClients(Optional<ChildProcess> process) {
        this.process = process;
    }

    /** Connects so many, each of which has asked for the topic; waits until they are. */
    static IdleClients start(Bench bench, MeasuredSystem system, String topic, int count) {
        if (count == 0) {
            return new IdleClients(Optional.empty());
        }
        KafkaPrograms programs = bench.kafka();
        Jvm jvm = new Jvm(
                programs.clientHeap(),
                List.of("-Dlogback.configurationFile=" + programs.logging()),
                List.of("-cp", programs.classPath(), IdleClients.class.getName()));
        String address = bench.broker(system).address();
        List<String> command = jvm.command(List.of(system.name(), address, topic, String.valueOf(count)));
        ChildProcess process =
                ChildProcess.start(bench.directory(), "idle-" + system.name().toLowerCase(), command);
        long deadline = System.nanoTime() + CONNECTING.toNanos();
        while (!process.output().startsWith(READY)) {
            if (process.observe(STEP) || System.nanoTime() > deadline) {
                ComparisonFailure failure = process.failed("did not connect " + count + " clients");
                process.close();
                throw failure;
            }
        }
        return new IdleClients(Optional.of(process));
    }

    /** @throws ComparisonFailure if they are not there any more */
    void check() {
        process.filter(clients -> !clients.isAlive()).ifPresent(clients -> {
            throw clients.failed("was to stay connected");
        });
    }

    @Override
    public void close() {
        process.ifPresent(ChildProcess::close);
    }

    /** Connects, says so, and stays until standard input ends: system, address, topic, count. */
    public static void main(String[] arguments) throws IOException {
        int count = Integer.parseInt(arguments[3]);
        List<Object> held = MeasuredSystem.valueOf(arguments[0]) == MeasuredSystem.KAFKA
                ? kafka(arguments[1], arguments[2], count)
                : penstock(arguments[1], arguments[2], count);
        System.out.println(READY);
        int end = System.in.read();
        System.exit(held.isEmpty() && end < 0 ? 1 : 0);
    }

    private static List<Object> kafka(String address, String topic, int count) {
        List<Object> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                    Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, address),
                    new ByteArrayDeserializer(),
                    new ByteArrayDeserializer());
            consumer.partitionsFor(topic);
            clients.add(consumer);
        }
        return clients;
    }

    private static List<Object> penstock(String address, String topic, int count) {
        NodeRuntime runtime = NodeRuntime.create("idle");
        List<Object> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            PenstockClient client = PenstockClient.connect(ClientOptions.builder("penstock://" + address)
                    .runtime(runtime)
                    .build());
            client.admin().describeTopic(topic).block();
            clients.add(client);
        }
        return clients;
    }
}
