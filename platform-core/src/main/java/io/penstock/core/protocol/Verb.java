package io.penstock.core.protocol;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What can be asked of a broker. A verb's name is the routing entry of the payload that opens the interaction; the
 * body's {@code version} field (1 when absent) must lie in the range that the broker's {@code hello} gives.
 */
public enum Verb {
    HELLO("hello", Interaction.REQUEST_RESPONSE),
    METADATA("metadata", Interaction.REQUEST_RESPONSE),
    WATCH_METADATA("metadata.watch", Interaction.REQUEST_STREAM),
    CREATE_TOPIC("topic.create", Interaction.REQUEST_RESPONSE),
    LIST_TOPICS("topic.list", Interaction.REQUEST_RESPONSE),
    DESCRIBE_TOPIC("topic.describe", Interaction.REQUEST_RESPONSE),
    ALTER_TOPIC("topic.alter", Interaction.REQUEST_RESPONSE),
    DELETE_TOPIC("topic.delete", Interaction.REQUEST_RESPONSE),
    DELETE_RECORDS("records.delete", Interaction.REQUEST_RESPONSE),
    LIST_OFFSETS("offsets.list", Interaction.REQUEST_RESPONSE),
    PRODUCER_ID("producer.id", Interaction.REQUEST_RESPONSE),
    PRODUCE("produce", Interaction.REQUEST_CHANNEL),
    FETCH("fetch", Interaction.REQUEST_STREAM),
    GROUP_COORDINATOR("group.coordinator", Interaction.REQUEST_RESPONSE),
    JOIN_GROUP("group.join", Interaction.REQUEST_CHANNEL),
    COMMIT_OFFSETS("group.commit", Interaction.REQUEST_RESPONSE),
    FETCH_OFFSETS("group.offsets", Interaction.REQUEST_RESPONSE),
    DELETE_OFFSETS("group.offsets.delete", Interaction.REQUEST_RESPONSE),
    LIST_GROUPS("group.list", Interaction.REQUEST_RESPONSE),
    DESCRIBE_GROUPS("group.describe", Interaction.REQUEST_RESPONSE),
    DELETE_GROUPS("group.delete", Interaction.REQUEST_RESPONSE);

    /** RSocket's three ways of answering that Penstock uses. */
    public enum Interaction {
        REQUEST_RESPONSE,
        REQUEST_STREAM,
        REQUEST_CHANNEL
    }

    private static final Map<String, Verb> BY_ROUTE = new HashMap<>();

    static {
        for (Verb verb : values()) {
            BY_ROUTE.put(verb.route, verb);
        }
    }

    private final String route;
    private final Interaction interaction;
    private final VersionRange versions = new VersionRange(1, 1);

    Verb(String route, Interaction interaction) {
        this.route = route;
        this.interaction = interaction;
    }

    /** The routing entry. */
    public String route() {
        return route;
    }

    /** The interaction in which the verb is asked; another one is refused. */
    public Interaction interaction() {
        return interaction;
    }

    /** The body versions that this build speaks. */
    public VersionRange versions() {
        return versions;
    }

    /** The verb with a routing entry, or null if there is none. */
    public static @Nullable Verb ofRoute(String route) {
        return BY_ROUTE.get(route);
    }
}
