package io.penstock.core.protocol;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The first exchange on a connection: RSocket's {@code connect} succeeds before the broker has accepted the SETUP, so
 * only the answer to {@code hello} proves that somebody is there, and says who and with which limits.
 */
public final class Hello {

    private Hello() {}

    /**
     * @param clientName what the client calls itself, for the broker's log; may be absent
     * @param clientVersion the client's version; may be absent
     */
    public record Request(
            int version,
            @Nullable String clientName,
            @Nullable String clientVersion) implements Versioned {}

    /**
     * @param brokerId the id of the broker that answers
     * @param clusterId the cluster that it belongs to; a client refuses to go on when this changes
     * @param brokerVersion the version of the broker's software
     * @param verbs the verbs that it knows, by route
     * @param limits what it allows on this connection
     * @param principal whom it takes the client for
     */
    public record Response(
            int brokerId,
            String clusterId,
            String brokerVersion,
            Map<String, VersionRange> verbs,
            Limits limits,
            String principal) {}

    /**
     * @param maxFrameBytes the largest RSocket frame that the broker reads; a larger one ends the connection
     * @param maxElementBytes the largest slice that a fetch stream carries, unless one batch alone is larger
     * @param maxBatchBytes the largest batch that any topic may take
     * @param maxUnsentBytes what the broker holds for this connection before it stops reading the log
     * @param maxStreams how many streams and channels may be open on the connection
     * @param produceCredit how many batches a produce channel may have that are not yet appended
     */
    public record Limits(
            int maxFrameBytes,
            int maxElementBytes,
            int maxBatchBytes,
            long maxUnsentBytes,
            int maxStreams,
            int produceCredit) {}
}
