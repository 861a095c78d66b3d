package io.penstock.server.coordinator.group;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A member and what it asked for.
 *
 * @param instanceId the name of a static member; null for a dynamic one
 * @param rackId where it stands; null if it does not say
 * @param clientId what it calls itself
 * @param clientHost where its connection came from
 * @param subscription what it reads
 * @param assignor the assignor that it wants; null for the default
 * @param sessionTimeoutMs how long it may be silent
 * @param rebalanceTimeoutMs how long it may take to give partitions up
 */
record MemberMetadata(
        @Nullable String instanceId,
        @Nullable String rackId,
        String clientId,
        String clientHost,
        Subscription subscription,
        @Nullable String assignor,
        int sessionTimeoutMs,
        int rebalanceTimeoutMs) {

    boolean isStatic() {
        return instanceId != null;
    }

    MemberMetadata withSubscription(Subscription newer) {
        return new MemberMetadata(
                instanceId, rackId, clientId, clientHost, newer, assignor, sessionTimeoutMs, rebalanceTimeoutMs);
    }

    /** How often it should report; 0 if the keep-alives of its connection are enough. */
    int heartbeatIntervalMs() {
        return sessionTimeoutMs >= 2 * KEEP_ALIVE_MS ? 0 : sessionTimeoutMs / 3;
    }

    /** How often a client's connection sends a keep-alive. */
    private static final int KEEP_ALIVE_MS = 20_000;

    /**
     * What a member reads.
     *
     * @param topics names, sorted, each once
     * @param patterns regular expressions for whole names, sorted, each once
     */
    record Subscription(List<String> topics, List<String> patterns) {

        /** Of a member that is about to leave: it is to give everything up. */
        static final Subscription NOTHING = new Subscription(List.of(), List.of());

        Subscription {
            topics = topics.stream().distinct().sorted().toList();
            patterns = patterns.stream().distinct().sorted().toList();
        }
    }
}
