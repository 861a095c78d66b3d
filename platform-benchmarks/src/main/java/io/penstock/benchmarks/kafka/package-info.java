/**
 * Drives Kafka for {@code compare} where none of Kafka's own tools does: reactor-kafka, and plain clients with a pace or
 * in numbers. {@link io.penstock.benchmarks.kafka.KafkaDriver} is a process of its own that measures by what
 * {@code penstock perf} measures with, and reports in the same form.
 */
@NullMarked
package io.penstock.benchmarks.kafka;

import org.jspecify.annotations.NullMarked;
