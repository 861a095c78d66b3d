package io.penstock.server.request;

/** What all produce channels of a broker share. */
public record ProduceResources(
        ProduceLimits limits, ProduceBudget budget, PartitionLookup partitions, OpenStreams streams) {}
