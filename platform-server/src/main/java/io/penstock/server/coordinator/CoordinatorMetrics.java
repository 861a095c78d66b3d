package io.penstock.server.coordinator;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What the coordinators measure. */
final class CoordinatorMetrics {

    private final Timer loads;
    private final Counter rebalances;
    private final Counter commits;
    private final AtomicInteger groups = new AtomicInteger();
    private final AtomicInteger members = new AtomicInteger();

    CoordinatorMetrics(MeterRegistry registry) {
        loads = Timer.builder("penstock.coordinator.load")
                .description("Reading the log of a coordinator's shard")
                .register(registry);
        rebalances = Counter.builder("penstock.group.rebalances")
                .description("How often the members, subscriptions or topics of a group changed")
                .register(registry);
        commits = Counter.builder("penstock.group.commits")
                .description("Requests to commit offsets of a group")
                .register(registry);
    }

    void loaded(long tookMs) {
        loads.record(tookMs, TimeUnit.MILLISECONDS);
    }

    void committed() {
        commits.increment();
    }

    void changed(int moreGroups, int moreMembers, long moreRebalances) {
        groups.addAndGet(moreGroups);
        members.addAndGet(moreMembers);
        rebalances.increment(moreRebalances);
    }

    int groups() {
        return groups.get();
    }

    int members() {
        return members.get();
    }
}
