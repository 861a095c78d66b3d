/**
 * What Penstock costs, one class per thing measured: JMH benchmarks, run by {@code org.openjdk.jmh.Main}, and programs that say on their
 * first lines how they are run; with this module's class path. Never deployed.
 */
@NullMarked
package io.penstock.benchmarks;

import org.jspecify.annotations.NullMarked;
