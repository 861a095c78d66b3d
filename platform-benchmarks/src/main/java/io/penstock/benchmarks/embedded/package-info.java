/**
 * A broker and its clients in one JVM, ours over {@code local:} and Kafka's: how long it takes from the start to the first
 * acknowledged record, and what goes through.
 */
@NullMarked
package io.penstock.benchmarks.embedded;

import org.jspecify.annotations.NullMarked;
