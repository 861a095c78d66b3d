package io.penstock.benchmarks.compare;

/** A system that is measured. */
enum MeasuredSystem {
    KAFKA,
    PENSTOCK
}
