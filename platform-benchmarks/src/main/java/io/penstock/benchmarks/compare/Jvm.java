package io.penstock.benchmarks.compare;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How a JVM is started: the same for both systems, but for what their own scripts say.
 *
 * @param heap the heap's size, from the start, as {@code -Xmx} takes it
 * @param flags more flags
 * @param program {@code -jar} with a file, or {@code -cp} with a class path and a main class
 */
record Jvm(String heap, List<String> flags, List<String> program) {

    /** Of Kafka's own {@code kafka-run-class.sh}. */
    static final List<String> KAFKA_FLAGS = List.of(
            "-server",
            "-XX:+UseG1GC",
            "-XX:MaxGCPauseMillis=20",
            "-XX:InitiatingHeapOccupancyPercent=35",
            "-XX:+ExplicitGCInvokesConcurrent",
            "-Djava.awt.headless=true");

    /** Of our own script, and the collector that the JVM would choose too. */
    static final List<String> PENSTOCK_FLAGS = List.of("-Xshare:auto", "-XX:+UseG1GC");

    /** With arguments of the program. */
    List<String> command(List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xms" + heap);
        command.add("-Xmx" + heap);
        command.addAll(flags);
        command.addAll(program);
        command.addAll(arguments);
        return command;
    }
}
