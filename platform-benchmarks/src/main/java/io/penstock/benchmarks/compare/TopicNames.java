package io.penstock.benchmarks.compare;

/** Names of a workload's topics, a new one for each run: what is left of an earlier one is in nobody's way. */
final class TopicNames {

    private final String workload;
    private int number;

    TopicNames(String workload) {
        this.workload = workload;
    }

    String next() {
        return workload + "-" + number++;
    }
}
