package io.penstock.server;

import io.penstock.core.config.Setting;
import io.penstock.core.model.Durability;
import java.util.List;

/** The settings of a broker, under Kafka's names where they mean the same. */
public final class BrokerSettings {

    public static final Setting<Integer> BROKER_ID = Setting.ofInt(
            "broker.id", 0, 0, Integer.MAX_VALUE, "The broker's number. A data directory belongs to one number.");
    public static final Setting<String> DATA_DIR =
            Setting.ofText("data.dir", "data", "The directory that holds everything. One broker at a time uses it.");
    public static final Setting<List<String>> DATA_DIRS = Setting.ofList(
            "data.dirs",
            List.of(),
            "The directories that hold everything, best a disk each; then data.dir is not used. A new partition goes where the"
                    + " fewest are.");
    public static final Setting<Boolean> DATA_DIRS_INIT = Setting.ofBoolean(
            "data.dirs.init.enable",
            true,
            "Whether a data directory that is missing or empty is taken for a new one. Where it is false, the broker does not start"
                    + " with one: set it so when the broker has run once, and a disk that is not mounted is not taken for a first"
                    + " start.");
    public static final Setting<List<String>> LISTENERS = Setting.ofList(
            "listeners",
            List.of("penstock://127.0.0.1:7650"),
            "Where the broker listens: penstock://host:port, where port 0 takes a free one, or local:name inside this"
                    + " JVM.");
    public static final Setting<List<String>> ADVERTISED_LISTENERS = Setting.ofList(
            "advertised.listeners",
            List.of(),
            "Where clients are told to connect. Empty: where the broker really listens.");
    public static final Setting<Integer> NUM_PARTITIONS =
            Setting.ofInt("num.partitions", 1, 1, 10_000, "How many partitions a topic gets that does not say.");
    public static final Setting<Boolean> AUTO_CREATE_TOPICS = Setting.ofBoolean(
            "auto.create.topics.enable", true, "Whether a topic comes into being when a client first mentions it.");
    public static final Setting<Integer> MESSAGE_MAX_BYTES = Setting.ofInt(
            "message.max.bytes",
            1_048_588,
            61,
            16 << 20,
            "max.message.bytes of topics that do not set it: the largest batch, in bytes.");
    public static final Setting<Durability> DURABILITY = Setting.ofChoice(
            "durability",
            Durability.FSYNC,
            Durability::configValue,
            "durability of topics that do not set it: fsync or replicated.");
    public static final Setting<Long> LOG_FLUSH_INTERVAL_MESSAGES = Setting.ofLong(
            "log.flush.interval.messages",
            Long.MAX_VALUE,
            1,
            Long.MAX_VALUE,
            "flush.messages of topics that do not set it.");
    public static final Setting<Long> LOG_FLUSH_INTERVAL_MS =
            Setting.ofLong("log.flush.interval.ms", 1_000, 0, Long.MAX_VALUE, "flush.ms of topics that do not set it.");
    public static final Setting<Long> DATA_RESERVE_BYTES = Setting.ofLong(
            "data.reserve.bytes",
            64L << 20,
            0,
            Long.MAX_VALUE,
            "When a data directory has no more room than this, appends to it are refused until it has.");
    public static final Setting<Integer> DATA_FILES_OPEN_MAX = Setting.ofInt(
            "data.files.open.max",
            2_048,
            16,
            Integer.MAX_VALUE,
            "How many files of logs the broker keeps open, besides those in use at the moment. A partition that is written"
                    + " needs one to three. The process needs as many more (ulimit -n) as it has connections, and a few"
                    + " hundred.");
    public static final Setting<Long> LOG_RETENTION_MS = Setting.ofLong(
            "log.retention.ms",
            604_800_000L,
            -1,
            Long.MAX_VALUE,
            "retention.ms of topics that do not set it, in milliseconds; -1 for no limit.");
    public static final Setting<Long> LOG_RETENTION_BYTES = Setting.ofLong(
            "log.retention.bytes",
            -1L,
            -1,
            Long.MAX_VALUE,
            "retention.bytes of topics that do not set it; -1 for no limit.");
    public static final Setting<Long> LOG_RETENTION_CHECK_INTERVAL_MS = Setting.ofLong(
            "log.retention.check.interval.ms",
            300_000L,
            1,
            Integer.MAX_VALUE,
            "How often the broker looks for records that are too old or too many, in milliseconds.");
    public static final Setting<Long> LOG_CLEANER_BACKOFF_MS = Setting.ofLong(
            "log.cleaner.backoff.ms",
            15_000L,
            1,
            Integer.MAX_VALUE,
            "How long compaction waits when there was nothing to compact, in milliseconds.");
    public static final Setting<Long> COMPACTION_MAP_BYTES = Setting.ofLong(
            "compaction.map.bytes",
            64L << 20,
            4096,
            16L << 30,
            "The most memory that compaction takes for the newest offset of each key, 30 bytes a key; a log with more"
                    + " keys is gone through several times.");
    public static final Setting<Long> COMPACTION_IO_MAX_BYTES_PER_SECOND = Setting.ofLong(
            "compaction.io.max.bytes.per.second",
            64L << 20,
            1024,
            Long.MAX_VALUE,
            "How many bytes compaction reads and writes in a second, at most.");
    public static final Setting<Long> PRODUCER_ID_EXPIRATION_MS = Setting.ofLong(
            "producer.id.expiration.ms",
            86_400_000L,
            1,
            Long.MAX_VALUE,
            "How long the broker remembers the sequences of a producer that sends no more, in milliseconds.");
    public static final Setting<Integer> FRAME_MAX_BYTES = Setting.ofInt(
            "frame.max.bytes",
            4 << 20,
            64 << 10,
            (1 << 24) - 1,
            "The largest RSocket frame; a client that sends a larger one loses its connection.");
    public static final Setting<Long> UNFINISHED_TOTAL_MAX_BYTES = Setting.ofLong(
            "unfinished.total.max.bytes",
            64L << 20,
            128 << 10,
            Long.MAX_VALUE,
            "What each listener holds of frames that have not come whole; beyond it the connection whose frame has held"
                    + " most for longest is closed.");
    public static final Setting<Long> FRAME_TIMEOUT_MS = Setting.ofLong(
            "frame.timeout.ms",
            30_000,
            1,
            Integer.MAX_VALUE,
            "How long a frame may take from its first byte to its last, in milliseconds; a client that takes longer"
                    + " loses its connection.");
    public static final Setting<Integer> CONNECTIONS_MAX = Setting.ofInt(
            "connections.max", 10_000, 1, Integer.MAX_VALUE, "How many connections each listener serves at a time.");
    public static final Setting<Integer> STREAMS_PER_CONNECTION_MAX = Setting.ofInt(
            "streams.per.connection.max",
            2_000,
            1,
            Integer.MAX_VALUE,
            "How many streams and channels a connection may have open.");
    public static final Setting<Long> UNSENT_CONNECTION_MAX_BYTES = Setting.ofLong(
            "unsent.connection.max.bytes",
            4L << 20,
            1,
            Integer.MAX_VALUE,
            "What the broker holds for a connection that does not read, before it stops reading the log for it.");
    public static final Setting<Long> UNSENT_TOTAL_MAX_BYTES = Setting.ofLong(
            "unsent.total.max.bytes",
            256L << 20,
            1,
            Long.MAX_VALUE,
            "What the broker holds for all connections that do not read.");
    public static final Setting<Integer> PRODUCE_CREDIT = Setting.ofInt(
            "produce.credit",
            8,
            1,
            1024,
            "How many batches a produce channel may send ahead of those that are in a log.");
    public static final Setting<Integer> PRODUCE_CHANNELS_PER_CONNECTION_MAX = Setting.ofInt(
            "produce.channels.per.connection.max",
            64,
            1,
            Integer.MAX_VALUE,
            "How many produce channels a connection may have open.");
    public static final Setting<Long> PRODUCE_INFLIGHT_MAX_BYTES = Setting.ofLong(
            "produce.inflight.max.bytes",
            128L << 20,
            1,
            Long.MAX_VALUE,
            "So many bytes of batches, and one batch more, the broker holds that arrived and are not in a log; what"
                    + " comes beyond them is refused. Credit is given as far as what it may bring fits.");
    public static final Setting<Integer> FETCH_ELEMENT_MAX_BYTES = Setting.ofInt(
            "fetch.element.max.bytes",
            256 << 10,
            1,
            16 << 20,
            "The largest slice that a fetch stream carries, unless one batch alone is larger.");
    public static final Setting<Long> FETCH_STREAM_MAX_ELEMENTS = Setting.ofLong(
            "fetch.stream.max.elements",
            1L << 30,
            1,
            1L << 30,
            "After so many elements a fetch stream or produce channel ends and is opened again: RSocket counts to"
                    + " 2^31-1.");
    public static final Setting<Integer> OFFSETS_TOPIC_NUM_PARTITIONS = Setting.ofInt(
            "offsets.topic.num.partitions",
            16,
            1,
            10_000,
            "How many partitions __consumer_offsets gets, which is created when a group is first asked for.");
    public static final Setting<Integer> OFFSETS_RETENTION_MINUTES = Setting.ofInt(
            "offsets.retention.minutes",
            10_080,
            1,
            Integer.MAX_VALUE,
            "How long the offsets of a group stay after its last commit and its last member, in minutes.");
    public static final Setting<Integer> GROUP_MAX_SIZE =
            Setting.ofInt("group.max.size", 10_000, 1, Integer.MAX_VALUE, "How many members a group may have.");
    public static final Setting<Long> SHUTDOWN_TIMEOUT_MS = Setting.ofLong(
            "shutdown.timeout.ms",
            10_000,
            0,
            600_000,
            "How long a broker that stops waits for open streams to end and for clients to take what was sent.");
    public static final Setting<Integer> IO_THREADS = Setting.ofInt(
            "io.threads",
            Math.max(4, Runtime.getRuntime().availableProcessors()),
            1,
            1024,
            "How many threads write logs, and as many again read them.");
    public static final Setting<Integer> IO_FORCE_THREADS = Setting.ofInt(
            "io.force.threads",
            16,
            1,
            1024,
            "How many logs are forced to the device at a time (fsync). Those that are under way together share the commits"
                    + " of the file system's journal.");

    /** All of them, in the order in which they are explained. */
    public static final List<Setting<?>> ALL = List.of(
            BROKER_ID,
            DATA_DIR,
            DATA_DIRS,
            DATA_DIRS_INIT,
            LISTENERS,
            ADVERTISED_LISTENERS,
            NUM_PARTITIONS,
            AUTO_CREATE_TOPICS,
            MESSAGE_MAX_BYTES,
            DURABILITY,
            LOG_FLUSH_INTERVAL_MESSAGES,
            LOG_FLUSH_INTERVAL_MS,
            DATA_RESERVE_BYTES,
            DATA_FILES_OPEN_MAX,
            LOG_RETENTION_MS,
            LOG_RETENTION_BYTES,
            LOG_RETENTION_CHECK_INTERVAL_MS,
            LOG_CLEANER_BACKOFF_MS,
            COMPACTION_MAP_BYTES,
            COMPACTION_IO_MAX_BYTES_PER_SECOND,
            PRODUCER_ID_EXPIRATION_MS,
            FRAME_MAX_BYTES,
            UNFINISHED_TOTAL_MAX_BYTES,
            FRAME_TIMEOUT_MS,
            CONNECTIONS_MAX,
            STREAMS_PER_CONNECTION_MAX,
            UNSENT_CONNECTION_MAX_BYTES,
            UNSENT_TOTAL_MAX_BYTES,
            PRODUCE_CREDIT,
            PRODUCE_CHANNELS_PER_CONNECTION_MAX,
            PRODUCE_INFLIGHT_MAX_BYTES,
            FETCH_ELEMENT_MAX_BYTES,
            FETCH_STREAM_MAX_ELEMENTS,
            OFFSETS_TOPIC_NUM_PARTITIONS,
            OFFSETS_RETENTION_MINUTES,
            GROUP_MAX_SIZE,
            SHUTDOWN_TIMEOUT_MS,
            IO_THREADS,
            IO_FORCE_THREADS);

    private BrokerSettings() {}
}
