/**
 * {@code compare}: Penstock beside Kafka, on one machine in one run. {@link io.penstock.benchmarks.compare.Compare} starts a
 * broker of each in a process of its own and drives them in turn, each by its own best clients in processes of their own.
 *
 * <p>A {@link io.penstock.benchmarks.compare.Workload} is data: what is sent and how. A {@link
 * io.penstock.benchmarks.compare.Scenario} is what is done with it, a {@link io.penstock.benchmarks.compare.Contender} who does
 * it: a system by a {@link io.penstock.benchmarks.compare.Tool}. Everything happens on the main thread.
 */
@NullMarked
package io.penstock.benchmarks.compare;

import org.jspecify.annotations.NullMarked;
