package io.penstock.core.protocol;

import org.jspecify.annotations.Nullable;

/** The bodies of the verb that gives a producer its id. */
public final class ProducerIds {

    private ProducerIds() {}

    /** @param transactionalId null: there are no transactions yet */
    public record Request(int version, @Nullable String transactionalId) implements Versioned {}

    /**
     * @param producerId never given to anybody before
     * @param producerEpoch the one to begin with; a producer counts it up by itself when its sequences are in doubt
     */
    public record Response(long producerId, short producerEpoch) {}
}
