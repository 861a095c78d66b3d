package io.penstock.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** On what it was measured, and what. */
final class Surroundings {

    private static final Pattern JAR = Pattern.compile(
            "(kafka-clients|kafka_2\\.13|reactor-kafka|reactor-core|lz4-java|zstd-jni|netty-buffer|rsocket-core)-(\\d[^/]*)\\.jar");

    private Surroundings() {}

    /** Machine, JVM and date. */
    static Map<String, String> machine(Path data) {
        Map<String, String> machine = new LinkedHashMap<>();
        machine.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        machine.put("processor", ProcFiles.value("/proc/cpuinfo", "model name"));
        machine.put("processors", String.valueOf(Runtime.getRuntime().availableProcessors()));
        machine.put("memory", ProcFiles.value("/proc/meminfo", "MemTotal"));
        machine.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        machine.put("jvm", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        machine.put("file system", fileSystem(data));
        machine.put("load before", ProcFiles.loadAverage());
        return machine;
    }

    /** Of the libraries on the class path that matter. */
    static Map<String, String> versions(String classPath, String reactorClassPath) {
        Map<String, String> versions = new TreeMap<>();
        Matcher jar = JAR.matcher(classPath);
        while (jar.find()) {
            versions.put(jar.group(1), jar.group(2));
        }
        Matcher reactorJar = JAR.matcher(reactorClassPath);
        while (reactorJar.find()) {
            versions.put(reactorJar.group(1) + " of reactor-kafka", reactorJar.group(2));
        }
        return versions;
    }

    private static String fileSystem(Path data) {
        try {
            return Files.getFileStore(data).type() + " on "
                    + Files.getFileStore(data).name();
        } catch (IOException e) {
            return "unknown";
        }
    }
}
