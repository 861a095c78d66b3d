package io.penstock.benchmarks.compare;

import java.util.List;

/** The middle of some values, and between which they lie. */
record Summary(double median, double least, double most) {

    /** @param values one at least */
    static Summary of(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int count = sorted.size();
        double median = (sorted.get((count - 1) / 2) + sorted.get(count / 2)) / 2;
        return new Summary(median, sorted.get(0), sorted.get(count - 1));
    }
}
