package io.penstock.server.metadata;

import java.util.List;

/**
 * A broker that is alive.
 *
 * @param id its id, 0 or more
 * @param endpoints where clients reach it
 */
public record BrokerRecord(int id, List<String> endpoints) {

    public BrokerRecord {
        endpoints = List.copyOf(endpoints);
    }
}
