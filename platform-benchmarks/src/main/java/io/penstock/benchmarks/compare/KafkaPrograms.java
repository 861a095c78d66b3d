package io.penstock.benchmarks.compare;

import java.io.File;
import java.util.ArrayList;
import java.util.List;

/**
 * The programs of Kafka, and those that drive it.
 *
 * @param classPath with all of them
 * @param reactorClassPath what goes before it for reactor-kafka, which does not run with the newest clients
 * @param brokerHeap as {@code -Xmx} takes it
 * @param clientHeap as {@code -Xmx} takes it
 * @param logging the configuration of the logger, a file
 */
record KafkaPrograms(String classPath, String reactorClassPath, String brokerHeap, String clientHeap, String logging) {

    private static final String TOOLS_HEAP = "256m";
    private static final String DRIVER = "io.penstock.benchmarks.kafka.KafkaDriver";

    Jvm broker() {
        return jvm(brokerHeap, "kafka.Kafka");
    }

    Jvm storageTool() {
        return jvm(TOOLS_HEAP, "kafka.tools.StorageTool");
    }

    Jvm producerPerformance() {
        return jvm(clientHeap, "org.apache.kafka.tools.ProducerPerformance");
    }

    Jvm consumerPerformance() {
        return jvm(clientHeap, "org.apache.kafka.tools.ConsumerPerformance");
    }

    Jvm clientsDriver() {
        return jvm(clientHeap, DRIVER);
    }

    Jvm reactorDriver() {
        return jvm(clientHeap, reactorClassPath + File.pathSeparator + classPath, DRIVER);
    }

    Jvm embedded() {
        return jvm(brokerHeap, "io.penstock.benchmarks.embedded.EmbeddedKafka");
    }

    private Jvm jvm(String heap, String mainClass) {
        return jvm(heap, classPath, mainClass);
    }

    private Jvm jvm(String heap, String path, String mainClass) {
        List<String> flags = new ArrayList<>(Jvm.KAFKA_FLAGS);
        flags.add("-Dlogback.configurationFile=" + logging);
        return new Jvm(heap, flags, List.of("-cp", path, mainClass));
    }
}
