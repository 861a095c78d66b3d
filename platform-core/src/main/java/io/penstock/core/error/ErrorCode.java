package io.penstock.core.error;

import java.util.HashMap;
import java.util.Map;

/**
 * Every error that crosses the wire: its number, what it means, and what a client can do about it.
 *
 * <p>Numbers below 1000 are Kafka's, with Kafka's meaning; those from 1000 on are Penstock's own, and name the Kafka
 * error that a Kafka client is to be given instead. In binary headers the number is an int16. In an RSocket ERROR
 * frame it is {@value #RSOCKET_BASE} more, which lies in the range that RSocket leaves to applications (0x301 and up).
 */
public enum ErrorCode {
    UNKNOWN_SERVER_ERROR(-1, "the broker failed in a way that it did not foresee", Retry.NO),
    NONE(0, "no error", Retry.NO),
    OFFSET_OUT_OF_RANGE(1, "the offset is not in the partition's log", Retry.NO),
    CORRUPT_MESSAGE(2, "the bytes are not a valid record batch, or their CRC is wrong", Retry.NO),
    UNKNOWN_TOPIC_OR_PARTITION(3, "there is no such topic or partition", Retry.AFTER_REFRESH),
    LEADER_NOT_AVAILABLE(5, "the partition has no leader now", Retry.AFTER_REFRESH),
    NOT_LEADER_OR_FOLLOWER(6, "another broker leads the partition", Retry.AFTER_REFRESH),
    REQUEST_TIMED_OUT(7, "the broker did not finish in the time that the request gave", Retry.YES),
    MESSAGE_TOO_LARGE(10, "the batch is larger than max.message.bytes of the topic", Retry.NO),
    OFFSET_METADATA_TOO_LARGE(12, "what was committed beside the offset is too large", Retry.NO),
    COORDINATOR_LOAD_IN_PROGRESS(14, "the coordinator is reading its log", Retry.YES),
    COORDINATOR_NOT_AVAILABLE(15, "there is no coordinator now", Retry.AFTER_REFRESH),
    NOT_COORDINATOR(16, "another broker coordinates", Retry.AFTER_REFRESH),
    INVALID_TOPIC(17, "the topic's name is not allowed, or the topic is internal", Retry.NO),
    NOT_ENOUGH_REPLICAS(19, "fewer replicas are in sync than min.insync.replicas; nothing was written", Retry.YES),
    NOT_ENOUGH_REPLICAS_AFTER_APPEND(20, "written, but fewer replicas are in sync than required", Retry.YES),
    INVALID_GROUP_ID(24, "the group's id is empty or too long", Retry.NO),
    UNKNOWN_MEMBER_ID(25, "the group has no such member; it may have been silent for too long", Retry.NO),
    INVALID_SESSION_TIMEOUT(26, "the session timeout is outside of what the broker allows", Retry.NO),
    INVALID_TIMESTAMP(32, "a record's timestamp is outside of what the topic allows", Retry.NO),
    UNSUPPORTED_VERSION(35, "the verb is known, but not in this version", Retry.NO),
    TOPIC_ALREADY_EXISTS(36, "a topic of that name exists", Retry.NO),
    INVALID_PARTITIONS(37, "the number of partitions is not allowed", Retry.NO),
    INVALID_REPLICATION_FACTOR(38, "the replication factor is not possible here", Retry.NO),
    INVALID_CONFIG(40, "a setting is unknown, or its value is not allowed", Retry.NO),
    NOT_CONTROLLER(41, "another broker is the controller", Retry.AFTER_REFRESH),
    INVALID_REQUEST(42, "the request can't be read, or contradicts itself", Retry.NO),
    POLICY_VIOLATION(44, "the broker's policy forbids it", Retry.NO),
    OUT_OF_ORDER_SEQUENCE_NUMBER(45, "a batch of the producer before this one is missing", Retry.NO),
    DUPLICATE_SEQUENCE_NUMBER(46, "the batch was appended before; its offset is forgotten", Retry.NO),
    INVALID_PRODUCER_EPOCH(47, "a later epoch of the producer has begun", Retry.NO),
    STORAGE_ERROR(56, "the partition's directory failed", Retry.AFTER_REFRESH),
    NON_EMPTY_GROUP(68, "the group has members", Retry.NO),
    GROUP_ID_NOT_FOUND(69, "there is no such group", Retry.NO),
    FENCED_LEADER_EPOCH(74, "the leader epoch is older than the broker's", Retry.AFTER_REFRESH),
    UNKNOWN_LEADER_EPOCH(75, "the leader epoch is newer than the broker's", Retry.YES),
    UNSUPPORTED_COMPRESSION_TYPE(76, "the batch's compression is not one of none, gzip, snappy, lz4, zstd", Retry.NO),
    GROUP_MAX_SIZE_REACHED(81, "the group has as many members as it may", Retry.NO),
    FENCED_INSTANCE_ID(82, "another member has taken the static member's place", Retry.NO),
    GROUP_SUBSCRIBED_TO_TOPIC(86, "a member of the group reads the topic", Retry.NO),
    INVALID_RECORD(87, "a record breaks a rule of its topic", Retry.NO),
    UNKNOWN_TOPIC_ID(100, "there is no topic with that id; it may have been deleted", Retry.AFTER_REFRESH),
    INCONSISTENT_TOPIC_ID(103, "the topic's id is not the one that the request named", Retry.AFTER_REFRESH),
    INCONSISTENT_CLUSTER_ID(104, "the broker belongs to another cluster than those before it", Retry.NO),
    FENCED_MEMBER_EPOCH(110, "the member's epoch is not one that it had; it must join as new", Retry.NO),
    UNSUPPORTED_ASSIGNOR(112, "the broker has no assignor of that name", Retry.NO),
    STALE_MEMBER_EPOCH(113, "the partition is not the member's at that epoch", Retry.NO),
    INVALID_REGULAR_EXPRESSION(128, "a pattern is not a regular expression, or takes too long", Retry.NO),

    UNKNOWN_VERB(1000, "the broker does not know the verb", Retry.NO, UNSUPPORTED_VERSION),
    BROKER_CLOSING(
            1001,
            "the broker is shutting down; another connection will be accepted after its restart",
            Retry.AFTER_REFRESH,
            NOT_LEADER_OR_FOLLOWER),
    STREAM_ROLLED_OVER(
            1002,
            "the stream reached its element limit; open it again at the offset that it names",
            Retry.YES,
            REQUEST_TIMED_OUT),
    FRAME_TOO_LARGE(1003, "the frame is larger than the connection's limit", Retry.NO, MESSAGE_TOO_LARGE),
    TOO_MANY_CONNECTIONS(1004, "the broker has as many connections as it may", Retry.YES, REQUEST_TIMED_OUT),
    CONNECTION_LOST(1005, "the connection ended before the answer came", Retry.YES, REQUEST_TIMED_OUT),
    CLIENT_CLOSED(1006, "the client was closed", Retry.NO, REQUEST_TIMED_OUT),
    TOO_MANY_STREAMS(1007, "the connection has as many streams as it may", Retry.NO, POLICY_VIOLATION),
    SERIALIZATION_FAILED(1008, "a serializer or deserializer failed on a record", Retry.NO, INVALID_RECORD),
    STORAGE_FULL(1009, "the partition's directory has no space left", Retry.YES, STORAGE_ERROR),
    DIRECTORY_LOCKED(1010, "another process uses the data directory", Retry.NO, STORAGE_ERROR),
    BROKER_OVERLOADED(
            1011,
            "the broker holds as many batches as it may that are not in a log; nothing was written",
            Retry.YES,
            REQUEST_TIMED_OUT),
    TOO_MANY_OPEN_FILES(
            1012,
            "the broker's operating system lets it open no more files: its limit (ulimit -n) must be raised",
            Retry.YES,
            REQUEST_TIMED_OUT),
    CLIENT_FAILED(1013, "the client failed in a way that it did not foresee", Retry.NO, UNKNOWN_SERVER_ERROR),
    PROGRESS_DEADLINE_EXCEEDED(
            1014,
            "a record was not acknowledged within the progress deadline of its group's member",
            Retry.NO,
            UNKNOWN_MEMBER_ID),
    HANDLER_FAILED(1015, "the handler of a record failed", Retry.NO, UNKNOWN_SERVER_ERROR);

    /** What is added to a number to make an RSocket ERROR code of it. */
    public static final int RSOCKET_BASE = 0x1_0000;

    private static final Map<Integer, ErrorCode> BY_NUMBER = new HashMap<>();

    static {
        for (ErrorCode code : values()) {
            BY_NUMBER.put((int) code.number, code);
        }
    }

    private enum Retry {
        NO,
        YES,
        AFTER_REFRESH
    }

    private final short number;
    private final short kafkaNumber;
    private final String meaning;
    private final Retry retry;

    ErrorCode(int number, String meaning, Retry retry) {
        this.number = (short) number;
        this.kafkaNumber = (short) number;
        this.meaning = meaning;
        this.retry = retry;
    }

    ErrorCode(int number, String meaning, Retry retry, ErrorCode forKafka) {
        this.number = (short) number;
        this.kafkaNumber = forKafka.number;
        this.meaning = meaning;
        this.retry = retry;
    }

    /** The number on the wire. */
    public short number() {
        return number;
    }

    /** The number that a Kafka client is given for it. */
    public short kafkaNumber() {
        return kafkaNumber;
    }

    /** The code of an RSocket ERROR frame that carries this error. */
    public int rsocketCode() {
        return RSOCKET_BASE + number;
    }

    /** What it means, as half a sentence. */
    public String meaning() {
        return meaning;
    }

    /** Whether the same request can succeed later. */
    public boolean isRetriable() {
        return retry != Retry.NO;
    }

    /** Whether metadata should be fetched again before a retry. */
    public boolean isRefreshMetadata() {
        return retry == Retry.AFTER_REFRESH;
    }

    /** The error with a number; a number from a newer broker is {@link #UNKNOWN_SERVER_ERROR}. */
    public static ErrorCode ofNumber(int number) {
        return BY_NUMBER.getOrDefault(number, UNKNOWN_SERVER_ERROR);
    }

    /** Tells whether the code of an RSocket ERROR frame is one of this table's. */
    public static boolean isRSocketCode(int rsocketCode) {
        return BY_NUMBER.containsKey(rsocketCode - RSOCKET_BASE);
    }

    /** The error with the code of an RSocket ERROR frame. */
    public static ErrorCode ofRSocketCode(int rsocketCode) {
        return ofNumber(rsocketCode - RSOCKET_BASE);
    }
}
