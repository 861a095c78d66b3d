/**
 * What single parts cost on one core, by JMH: {@code platform-benchmarks/parts} runs them, and each build a little of each. A
 * {@link io.penstock.benchmarks.parts.PartBenchmark} is what all have in common. Those of parts that are their package's own
 * lie in packages of the same name in this module.
 */
@NullMarked
package io.penstock.benchmarks.parts;

import org.jspecify.annotations.NullMarked;
