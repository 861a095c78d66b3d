package io.penstock.benchmarks.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A workload's result as a section of Markdown: medians; of what it is about also the spread and the ratio to the first. */
final class MarkdownTable {

    private final WorkloadResult result;
    private final List<Metric> metrics;

    MarkdownTable(WorkloadResult result) {
        this.result = result;
        this.metrics = Arrays.stream(Metric.values())
                .filter(metric -> contenders().stream()
                        .anyMatch(contender -> result.summary(contender, metric).isPresent()))
                .toList();
    }

    private List<Contender> contenders() {
        return result.workload().contenders();
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("### " + result.workload().name());
        lines.add("");
        lines.add(sentence(result.workload().describe()) + " "
                + sentence(rounds() + (rounds() == 1 ? " round" : " rounds") + "; medians, and least to most"));
        lines.add("");
        List<String> titles = new ArrayList<>(List.of("", "ratio"));
        metrics.forEach(metric -> titles.add(metric.title()));
        lines.add(row(titles));
        lines.add("|---" + "|---:".repeat(titles.size() - 1) + "|");
        for (Contender contender : contenders()) {
            lines.add(row(cells(contender)));
        }
        lines.add("");
        return lines;
    }

    private int rounds() {
        return result.samplesOf(contenders().get(0)).size();
    }

    private List<String> cells(Contender contender) {
        List<String> cells = new ArrayList<>(List.of(contender.title(), ratio(contender)));
        for (Metric metric : metrics) {
            cells.add(result.summary(contender, metric)
                    .map(summary -> cell(metric, summary))
                    .orElse(""));
        }
        return cells;
    }

    private String cell(Metric metric, Summary summary) {
        String median = metric.format(summary.median());
        return metric == result.headline()
                ? "**" + median + "** (" + metric.format(summary.least()) + " to " + metric.format(summary.most()) + ")"
                : median;
    }

    private String ratio(Contender contender) {
        Optional<Summary> first = result.summary(contenders().get(0), result.headline());
        return result.summary(contender, result.headline())
                .flatMap(summary ->
                        first.map(other -> String.format(Locale.ROOT, "%.2f×", summary.median() / other.median())))
                .orElse("");
    }

    private static String sentence(String words) {
        return Character.toUpperCase(words.charAt(0)) + words.substring(1) + ".";
    }

    private static String row(List<String> cells) {
        return "| " + String.join(" | ", cells) + " |";
    }
}
