/**
 * What Penstock costs, one class per thing measured: programs that say on their first lines how they are run, with this module's class
 * path. Single parts are in {@code parts}, whole systems in {@code compare}. Never deployed.
 */
@NullMarked
package io.penstock.benchmarks;

import org.jspecify.annotations.NullMarked;
