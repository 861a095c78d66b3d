/**
 * JMH benchmarks, one class per thing measured; run them by {@code org.openjdk.jmh.Main} with this module's class path. Never deployed.
 */
@NullMarked
package io.penstock.benchmarks;

import org.jspecify.annotations.NullMarked;
