package io.penstock.benchmarks.compare;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What was found, as Markdown for people and as JSON for programs; written anew after each workload. */
final class Results {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path directory;
    private final Map<String, String> machine;
    private final Map<String, String> versions;
    private final List<WorkloadResult> results = new ArrayList<>();

    Results(Path directory, Map<String, String> machine, Map<String, String> versions) {
        this.directory = directory;
        this.machine = machine;
        this.versions = versions;
    }

    /** Adds a workload's result and writes both files. */
    void add(WorkloadResult result, Map<MeasuredSystem, String> brokers) {
        results.add(result);
        machine.put("load after", ProcFiles.loadAverage());
        try {
            Files.write(directory.resolve("results.md"), markdown());
            JSON.writerWithDefaultPrettyPrinter()
                    .writeValue(directory.resolve("results.json").toFile(), json(brokers));
        } catch (IOException e) {
            throw new ComparisonFailure("can't write the results into " + directory, e);
        }
    }

    private List<String> markdown() {
        List<String> lines = new ArrayList<>();
        machine.forEach((name, value) -> lines.add("- " + name + ": " + value));
        versions.forEach((name, value) -> lines.add("- " + name + " " + value));
        lines.add("");
        results.forEach(result -> lines.addAll(new MarkdownTable(result).lines()));
        return lines;
    }

    private ObjectNode json(Map<MeasuredSystem, String> brokers) {
        ObjectNode root = JSON.createObjectNode();
        root.set("machine", JSON.valueToTree(machine));
        root.set("versions", JSON.valueToTree(versions));
        root.set("brokers", JSON.valueToTree(brokers));
        ArrayNode workloads = root.putArray("workloads");
        results.forEach(result -> workloads.add(json(result)));
        return root;
    }

    private static ObjectNode json(WorkloadResult result) {
        ObjectNode node = JSON.createObjectNode();
        node.put("name", result.workload().name());
        node.put("what", result.workload().describe());
        ObjectNode contenders = node.putObject("contenders");
        for (Contender contender : result.workload().contenders()) {
            ObjectNode of = contenders.putObject(contender.title());
            for (Metric metric : Metric.values()) {
                result.summary(contender, metric)
                        .ifPresent(summary -> of.set(metric.name(), JSON.valueToTree(summary)));
            }
            ArrayNode samples = of.putArray("samples");
            result.samplesOf(contender).forEach(sample -> samples.add(JSON.valueToTree(sample.values())));
        }
        return node;
    }
}
