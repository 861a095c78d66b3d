package io.penstock.server;

import io.penstock.server.controller.MetadataImages;
import io.penstock.server.coordinator.GroupCoordinator;
import io.penstock.server.request.OpenStreams;
import io.penstock.server.request.ProduceBudget;
import io.penstock.server.rsocket.Listeners;
import io.penstock.server.storage.PartitionStore;
import io.penstock.server.storage.StorageMetrics;
import reactor.core.publisher.Mono;

/**
 * What a running broker is made of.
 *
 * @param takeApart closes all of it, the outermost first
 */
record BrokerParts(
        Listeners listeners,
        OpenStreams streams,
        MetadataImages metadata,
        GroupCoordinator groups,
        PartitionStore partitions,
        ProduceBudget produceBudget,
        StorageMetrics storageMetrics,
        Mono<Void> takeApart) {}
