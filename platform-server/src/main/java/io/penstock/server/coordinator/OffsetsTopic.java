package io.penstock.server.coordinator;

import io.penstock.server.metadata.TopicSettings;
import java.util.Map;

/** The topic that holds groups and their offsets, in Kafka's record schemas. */
final class OffsetsTopic {

    /** A decision about a large group, or a commit that fills a frame, is one batch. */
    private static final int MAX_BATCH_BYTES = 16 << 20;

    /** Kafka's: smaller segments than usual, so that compaction finds work and a start has little to read. */
    private static final int SEGMENT_BYTES = 100 << 20;

    /** What the topic is created with; its durability is the broker's. */
    static final Map<String, String> SETTINGS = Map.of(
            TopicSettings.CLEANUP_POLICY.key(), "compact",
            TopicSettings.SEGMENT_BYTES.key(), String.valueOf(SEGMENT_BYTES),
            TopicSettings.MAX_MESSAGE_BYTES.key(), String.valueOf(MAX_BATCH_BYTES),
            // the broker's own clock has set them
            TopicSettings.TIMESTAMP_AFTER_MAX_MS.key(), String.valueOf(Long.MAX_VALUE));

    private OffsetsTopic() {}
}
