/**
 * The one place where threads, clocks, schedulers and randomness are made; everything else is handed them. A test
 * hands in its own. {@link io.penstock.core.runtime.NodeRuntime} bundles what a broker or a client needs.
 */
@NullMarked
package io.penstock.core.runtime;

import org.jspecify.annotations.NullMarked;
