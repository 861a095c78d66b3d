package io.penstock.server.metadata;

import io.penstock.core.config.Setting;
import io.penstock.core.config.SettingSource;
import io.penstock.core.config.SettingValue;
import io.penstock.core.config.Settings;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.LogSettings;
import io.penstock.core.log.Retention;
import io.penstock.core.model.CleanupPolicy;
import io.penstock.core.model.Durability;
import io.penstock.core.model.TimestampType;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The settings that a topic can have, under Kafka's names where they mean the same, and their values for one topic. */
public final class TopicSettings {

    public static final Setting<Integer> SEGMENT_BYTES = Setting.ofInt(
            "segment.bytes",
            1 << 30,
            1024,
            Integer.MAX_VALUE,
            "A segment of the log is closed, and the next one begun, before it would become larger than this.");
    public static final Setting<Long> SEGMENT_MS = Setting.ofLong(
            "segment.ms",
            604_800_000L,
            1,
            Long.MAX_VALUE,
            "A segment of the log is closed when its first record is older than this, in milliseconds.");
    public static final Setting<Integer> SEGMENT_INDEX_BYTES = Setting.ofInt(
            "segment.index.bytes",
            10 << 20,
            24,
            Integer.MAX_VALUE,
            "The largest size of a segment's index files; a segment whose index is full is closed.");
    public static final Setting<Integer> INDEX_INTERVAL_BYTES = Setting.ofInt(
            "index.interval.bytes",
            4096,
            0,
            Integer.MAX_VALUE,
            "How many bytes of the log lie between two entries of its index, at least.");
    public static final Setting<Integer> MAX_MESSAGE_BYTES = Setting.ofInt(
            "max.message.bytes",
            1_048_588,
            0,
            Integer.MAX_VALUE,
            "The largest record batch that the topic takes, in bytes, after compression.");
    public static final Setting<TimestampType> TIMESTAMP_TYPE = Setting.ofChoice(
            "message.timestamp.type",
            TimestampType.CREATE_TIME,
            TimestampType::configValue,
            "Whether records bear the producer's time, or the broker's at the append.");
    public static final Setting<Long> TIMESTAMP_BEFORE_MAX_MS = Setting.ofLong(
            "message.timestamp.before.max.ms",
            Long.MAX_VALUE,
            0,
            Long.MAX_VALUE,
            "How far a record's timestamp may lie behind the broker's clock, in milliseconds.");
    public static final Setting<Long> TIMESTAMP_AFTER_MAX_MS = Setting.ofLong(
            "message.timestamp.after.max.ms",
            3_600_000L,
            0,
            Long.MAX_VALUE,
            "How far a record's timestamp may lie before the broker's clock, in milliseconds.");
    public static final Setting<Durability> DURABILITY = Setting.ofChoice(
            "durability",
            Durability.FSYNC,
            Durability::configValue,
            "What acks=all and consumers wait for: fsync, on the device of every in-sync replica; replicated, in its"
                    + " page cache.");

    public static final Setting<Long> FLUSH_MESSAGES = Setting.ofLong(
            "flush.messages",
            Long.MAX_VALUE,
            1,
            Long.MAX_VALUE,
            "With durability=replicated: so many records that are not on the device are forced to it at once.");
    public static final Setting<Long> FLUSH_MS = Setting.ofLong(
            "flush.ms",
            1_000,
            0,
            Long.MAX_VALUE,
            "With durability=replicated: how long a record may be in the page cache alone, in milliseconds.");
    public static final Setting<Set<CleanupPolicy>> CLEANUP_POLICY = Setting.ofChoices(
            "cleanup.policy",
            Set.of(CleanupPolicy.DELETE),
            CleanupPolicy::configValue,
            "What becomes of old records: delete, they go by age and size; compact, they go when a later record has"
                    + " their key, and every record must have one; compact,delete, both.");
    public static final Setting<Long> RETENTION_MS = Setting.ofLong(
            "retention.ms",
            604_800_000L,
            -1,
            Long.MAX_VALUE,
            "With cleanup.policy delete, a closed segment goes when its youngest record is older than this, in"
                    + " milliseconds; -1 for no limit.");
    public static final Setting<Long> RETENTION_BYTES = Setting.ofLong(
            "retention.bytes",
            -1L,
            -1,
            Long.MAX_VALUE,
            "With cleanup.policy delete, the oldest segments of a partition go while the rest has at least this size;"
                    + " -1 for no limit.");
    public static final Setting<Long> DELETE_RETENTION_MS = Setting.ofLong(
            "delete.retention.ms",
            86_400_000L,
            0,
            Long.MAX_VALUE,
            "How long a record without a value, which deletes its key, stays after the first compaction that sees it,"
                    + " in milliseconds.");
    public static final Setting<Double> MIN_CLEANABLE_DIRTY_RATIO = Setting.ofFraction(
            "min.cleanable.dirty.ratio", 0.5, "A partition is compacted when this much of it was not compacted yet.");
    public static final Setting<Long> MIN_COMPACTION_LAG_MS = Setting.ofLong(
            "min.compaction.lag.ms",
            0L,
            0,
            Long.MAX_VALUE,
            "A record stays at least so long before a later one of its key takes its place, in milliseconds.");

    private static final List<Setting<?>> DECLARED = List.of(
            CLEANUP_POLICY,
            RETENTION_MS,
            RETENTION_BYTES,
            DELETE_RETENTION_MS,
            MIN_CLEANABLE_DIRTY_RATIO,
            MIN_COMPACTION_LAG_MS,
            SEGMENT_BYTES,
            SEGMENT_MS,
            SEGMENT_INDEX_BYTES,
            INDEX_INTERVAL_BYTES,
            MAX_MESSAGE_BYTES,
            TIMESTAMP_TYPE,
            TIMESTAMP_BEFORE_MAX_MS,
            TIMESTAMP_AFTER_MAX_MS,
            DURABILITY,
            FLUSH_MESSAGES,
            FLUSH_MS);

    /** What a topic has for which nothing is set. */
    public static final TopicSettings DEFAULTS = new TopicSettings(Settings.defaults(DECLARED));

    private final Settings settings;

    private TopicSettings(Settings settings) {
        this.settings = settings;
    }

    /**
     * These settings with some replaced by the broker's configuration.
     *
     * @throws PenstockException INVALID_CONFIG for an unknown key or a value that is not allowed
     */
    public TopicSettings withBrokerValues(Map<String, String> values) {
        return new TopicSettings(settings.with(values, SettingSource.BROKER));
    }

    /**
     * These settings with some replaced by the topic's own.
     *
     * @throws PenstockException INVALID_CONFIG for an unknown key or a value that is not allowed
     */
    public TopicSettings withTopicValues(Map<String, String> values) {
        return new TopicSettings(settings.with(values, SettingSource.TOPIC));
    }

    /** @throws PenstockException INVALID_CONFIG if there is no setting with a key */
    public static void ensureExists(String key) {
        if (DECLARED.stream().noneMatch(setting -> setting.key().equals(key))) {
            throw new PenstockException(ErrorCode.INVALID_CONFIG, "there is no topic setting '" + key + "'");
        }
    }

    public <T> T get(Setting<T> setting) {
        return settings.get(setting);
    }

    /** The largest batch that fits the topic's rule and one of its segments, in bytes. */
    public int maxBatchBytes() {
        return Math.min(get(MAX_MESSAGE_BYTES), get(SEGMENT_BYTES));
    }

    /** Whether old records go by age and size. */
    public boolean isDeleting() {
        return get(CLEANUP_POLICY).contains(CleanupPolicy.DELETE);
    }

    /** Whether old records go when a later one has their key. */
    public boolean isCompacting() {
        return get(CLEANUP_POLICY).contains(CleanupPolicy.COMPACT);
    }

    /** What the log of each partition must know. */
    public LogSettings logSettings() {
        return new LogSettings(
                get(SEGMENT_BYTES), get(SEGMENT_MS), get(INDEX_INTERVAL_BYTES), get(SEGMENT_INDEX_BYTES));
    }

    /** How much of its past each partition keeps. */
    public Retention retention() {
        return isDeleting()
                ? new Retention(get(RETENTION_MS), get(RETENTION_BYTES))
                : new Retention(Retention.UNLIMITED, Retention.UNLIMITED);
    }

    /** All settings with their effective values, for a description. */
    public List<SettingValue> values() {
        return settings.values();
    }
}
