package io.penstock.server.coordinator;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** What the coordinators measure. */
final class CoordinatorMetrics {

    private final Timer loads;

    CoordinatorMetrics(MeterRegistry registry) {
        loads = Timer.builder("penstock.coordinator.load")
                .description("Reading the log of a coordinator's shard")
                .register(registry);
    }

    void loaded(long tookMs) {
        loads.record(tookMs, TimeUnit.MILLISECONDS);
    }
}
