package io.penstock.core.protocol;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Opens a fetch stream of one partition. Every payload downwards is a {@link FetchHeader} and, before the end, a slice
 * of whole batches. REQUEST_N is credit for slices; without credit the broker reads nothing.
 *
 * @param topic the topic's name; may be absent if the id is there
 * @param topicId the topic's id; may be absent if the name is there; if both are there they must agree
 * @param partition the partition
 * @param offset where to begin; the first batch is the one that contains it
 * @param leaderEpoch the epoch that the client believes in, or -1 to go unchecked; absent counts as -1
 * @param maxElementBytes the largest slice, unless one batch alone is larger; 0 or absent for the broker's limit
 * @param maxFrameBytes the largest frame that the client reads: no slice is larger, and a batch that alone does not fit
 *     ends the stream with {@code FRAME_TOO_LARGE}; 0 or absent if the client reads all that RSocket carries
 */
public record FetchRequest(
        int version,
        @Nullable String topic,
        @Nullable UUID topicId,
        int partition,
        long offset,
        @Nullable Integer leaderEpoch,
        int maxElementBytes,
        int maxFrameBytes)
        implements Versioned {}
