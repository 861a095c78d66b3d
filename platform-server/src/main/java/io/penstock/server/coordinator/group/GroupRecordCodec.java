package io.penstock.server.coordinator.group;

import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Membership;
import io.penstock.server.coordinator.decision.CoordinatorRecord;
import io.penstock.server.coordinator.group.MemberMetadata.Subscription;
import io.penstock.server.coordinator.group.assignor.TopicIdPartition;
import java.nio.BufferUnderflowException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The records of {@code __consumer_offsets}, in the schemas of Kafka's group coordinator. A key is an int16 that says
 * what the record is about, and then strings with an int16 length; a value is an int16 version and then:
 *
 * <pre>
 *  key              what                       value
 *  1 OffsetCommit   group, topic, partition    v4: int64 offset, int32 leader epoch, compact metadata, int64 commit
 *                                              timestamp; tag 0 uuid topic id; tag 1000 finished ranges, as committed
 *  3 ConsumerGroupMetadata         group       v0: int32 epoch; tag 0 int64 hash of the topics
 *  5 ConsumerGroupMemberMetadata   + member    v0: compact instance id, rack id, client id, client host, [topic], pattern,
 *                                              int32 rebalance timeout, compact assignor; tag 1000 [pattern] if there
 *                                              are several; tag 1001 int32 session timeout
 *  6 ConsumerGroupTargetAssignmentMetadata     v0: int32 epoch
 *  7 ConsumerGroupTargetAssignmentMember       v0: [uuid topic id, [int32 partition]]
 *  8 ConsumerGroupCurrentMemberAssignment      v0: int32 epoch, int32 previous epoch, int8 state, assigned, pending, each
 *                                              [uuid topic id, [int32 partition]; tag 0 [int32 epoch of each]]
 * </pre>
 *
 * Tags from 1000 on are Penstock's own; Kafka's readers pass over them. Where a member has several patterns, Kafka's
 * field has them as alternatives of one. Keys of other kinds are passed over; versions of a known kind that are newer
 * than these are an error, since nobody can tell what they mean.
 */
final class GroupRecordCodec {

    private static final int OFFSET_COMMIT = 1;
    private static final int GROUP_EPOCH = 3;
    private static final int MEMBER = 5;
    private static final int TARGET_EPOCH = 6;
    private static final int TARGET = 7;
    private static final int CURRENT = 8;

    private static final int OFFSET_VERSION = 4;
    private static final int FIRST_VERSION = 0;

    private static final int TOPIC_ID = 0;
    private static final int TOPICS_HASH = 0;
    private static final int ASSIGNMENT_EPOCHS = 0;
    private static final int FINISHED = 1000;
    private static final int PATTERNS = 1000;
    private static final int SESSION_TIMEOUT = 1001;

    private GroupRecordCodec() {}

    static CoordinatorRecord encode(GroupRecord record, long timestampMs) {
        if (record instanceof GroupRecord.Offset offset) {
            return record(offsetKey(offset), encode(offset.value()), timestampMs);
        } else if (record instanceof GroupRecord.Epoch epoch) {
            return record(key(GROUP_EPOCH, epoch.group()), encode(epoch.value()), timestampMs);
        } else if (record instanceof GroupRecord.Member member) {
            return record(key(MEMBER, member.group(), member.memberId()), encode(member.value()), timestampMs);
        } else if (record instanceof GroupRecord.TargetEpoch epoch) {
            return record(key(TARGET_EPOCH, epoch.group()), encode(epoch.value()), timestampMs);
        } else if (record instanceof GroupRecord.Target target) {
            return record(key(TARGET, target.group(), target.memberId()), encode(target.value()), timestampMs);
        } else if (record instanceof GroupRecord.Current current) {
            return record(key(CURRENT, current.group(), current.memberId()), encode(current.value()), timestampMs);
        }
        throw new AssertionError(record);
    }

    private static CoordinatorRecord record(FieldWriter key, @Nullable FieldWriter value, long timestampMs) {
        return new CoordinatorRecord(key.toBytes(), value == null ? null : value.toBytes(), timestampMs);
    }

    private static FieldWriter key(int kind, String... ids) {
        FieldWriter key = new FieldWriter().int16(kind);
        for (String id : ids) {
            key.string(id);
        }
        return key;
    }

    private static FieldWriter offsetKey(GroupRecord.Offset offset) {
        return key(OFFSET_COMMIT, offset.group(), offset.partition().topic())
                .int32(offset.partition().partition());
    }

    private static @Nullable FieldWriter encode(@Nullable CommittedOffset offset) {
        if (offset == null) {
            return null;
        }
        FieldWriter value = new FieldWriter()
                .int16(OFFSET_VERSION)
                .int64(offset.offset())
                .int32(offset.leaderEpoch())
                .compactString(offset.metadata())
                .int64(offset.commitTimestampMs());
        UUID topicId = offset.topicId();
        if (topicId != null) {
            value.tagged(TOPIC_ID, field -> field.uuid(topicId));
        }
        byte[] finished = offset.finished();
        if (finished != null) {
            value.tagged(FINISHED, field -> field.bytes(finished));
        }
        return value.endOfFields();
    }

    private static @Nullable FieldWriter encode(@Nullable GroupEpoch epoch) {
        if (epoch == null) {
            return null;
        }
        FieldWriter value = new FieldWriter().int16(FIRST_VERSION).int32(epoch.epoch());
        if (epoch.topicsHash() != 0) {
            value.tagged(TOPICS_HASH, field -> field.int64(epoch.topicsHash()));
        }
        return value.endOfFields();
    }

    private static @Nullable FieldWriter encode(@Nullable MemberMetadata member) {
        if (member == null) {
            return null;
        }
        List<String> patterns = member.subscription().patterns();
        FieldWriter value = new FieldWriter()
                .int16(FIRST_VERSION)
                .compactString(member.instanceId())
                .compactString(member.rackId())
                .compactString(member.clientId())
                .compactString(member.clientHost())
                .compactArray(member.subscription().topics(), FieldWriter::compactString)
                .compactString(onePattern(patterns))
                .int32(member.rebalanceTimeoutMs())
                .compactString(member.assignor())
                .tagged(SESSION_TIMEOUT, field -> field.int32(member.sessionTimeoutMs()));
        if (patterns.size() > 1) {
            value.tagged(PATTERNS, field -> field.compactArray(patterns, FieldWriter::compactString));
        }
        return value.endOfFields();
    }

    private static @Nullable String onePattern(List<String> patterns) {
        return switch (patterns.size()) {
            case 0 -> null;
            case 1 -> patterns.get(0);
            default -> "(?:" + String.join(")|(?:", patterns) + ")";
        };
    }

    private static @Nullable FieldWriter encode(@Nullable Integer targetEpoch) {
        return targetEpoch == null
                ? null
                : new FieldWriter().int16(FIRST_VERSION).int32(targetEpoch).endOfFields();
    }

    private static @Nullable FieldWriter encode(@Nullable SortedSet<TopicIdPartition> target) {
        if (target == null) {
            return null;
        }
        return new FieldWriter()
                .int16(FIRST_VERSION)
                .compactArray(
                        byTopic(target).entrySet(),
                        (field, topic) -> field.uuid(topic.getKey())
                                .compactArray(
                                        topic.getValue(), (inner, partition) -> inner.int32(partition.partition()))
                                .endOfFields())
                .endOfFields();
    }

    private static @Nullable FieldWriter encode(@Nullable CurrentAssignment current) {
        if (current == null) {
            return null;
        }
        FieldWriter value = new FieldWriter()
                .int16(FIRST_VERSION)
                .int32(current.epoch())
                .int32(current.previousEpoch())
                .int8(current.state().ordinal());
        writeWithEpochs(value, current.assigned());
        writeWithEpochs(value, current.pending());
        return value.endOfFields();
    }

    private static void writeWithEpochs(FieldWriter value, SortedMap<TopicIdPartition, Integer> partitions) {
        value.compactArray(
                byTopic(partitions.keySet()).entrySet(),
                (field, topic) -> field.uuid(topic.getKey())
                        .compactArray(topic.getValue(), (inner, partition) -> inner.int32(partition.partition()))
                        .tagged(
                                ASSIGNMENT_EPOCHS,
                                epochs -> epochs.compactArray(
                                        topic.getValue(), (inner, partition) -> inner.int32(partitions.get(partition))))
                        .endOfFields());
    }

    private static SortedMap<UUID, List<TopicIdPartition>> byTopic(Collection<TopicIdPartition> partitions) {
        SortedMap<UUID, List<TopicIdPartition>> byTopic = new TreeMap<>();
        partitions.forEach(partition -> byTopic.computeIfAbsent(partition.topicId(), topic -> new ArrayList<>())
                .add(partition));
        return byTopic;
    }

    /**
     * Reads a record.
     *
     * @return null if its key is of a kind that this build does not know
     * @throws IllegalStateException if it is of a known kind and can't be read
     */
    static @Nullable GroupRecord decode(CoordinatorRecord record) {
        try {
            FieldReader key = new FieldReader(record.key());
            FieldReader value = record.value() == null ? null : new FieldReader(record.value());
            return switch (key.int16()) {
                case OFFSET_COMMIT ->
                    new GroupRecord.Offset(key.string(), new TopicPartition(key.string(), key.int32()), offset(value));
                case GROUP_EPOCH -> new GroupRecord.Epoch(key.string(), groupEpoch(value, record.timestampMs()));
                case MEMBER -> new GroupRecord.Member(key.string(), key.string(), member(value));
                case TARGET_EPOCH -> new GroupRecord.TargetEpoch(key.string(), targetEpoch(value));
                case TARGET -> new GroupRecord.Target(key.string(), key.string(), target(value));
                case CURRENT -> new GroupRecord.Current(key.string(), key.string(), current(value));
                default -> null;
            };
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new IllegalStateException("a record of a group coordinator can't be read: " + e.getMessage(), e);
        }
    }

    private static void checkVersion(FieldReader value, String what, int newest) {
        int version = value.int16();
        if (version != newest) {
            throw new IllegalArgumentException(what + " has version " + version + ", and only " + newest + " is known");
        }
    }

    private static @Nullable CommittedOffset offset(@Nullable FieldReader value) {
        if (value == null) {
            return null;
        }
        checkVersion(value, "OffsetCommitValue", OFFSET_VERSION);
        long offset = value.int64();
        int leaderEpoch = value.int32();
        String metadata = value.compactString();
        long timestampMs = value.int64();
        Map<Integer, byte[]> tagged = value.endOfFields();
        byte[] topicId = tagged.get(TOPIC_ID);
        return new CommittedOffset(
                topicId == null ? null : new FieldReader(topicId).uuid(),
                offset,
                leaderEpoch,
                metadata,
                timestampMs,
                tagged.get(FINISHED));
    }

    private static @Nullable GroupEpoch groupEpoch(@Nullable FieldReader value, long timestampMs) {
        if (value == null) {
            return null;
        }
        checkVersion(value, "ConsumerGroupMetadataValue", FIRST_VERSION);
        int epoch = value.int32();
        byte[] hash = value.endOfFields().get(TOPICS_HASH);
        return new GroupEpoch(epoch, hash == null ? 0 : new FieldReader(hash).int64(), timestampMs);
    }

    private static @Nullable MemberMetadata member(@Nullable FieldReader value) {
        if (value == null) {
            return null;
        }
        checkVersion(value, "ConsumerGroupMemberMetadataValue", FIRST_VERSION);
        String instanceId = value.compactNullableString();
        String rackId = value.compactNullableString();
        String clientId = value.compactString();
        String clientHost = value.compactString();
        List<String> topics = value.compactArray(FieldReader::compactString);
        String pattern = value.compactNullableString();
        int rebalanceTimeoutMs = value.int32();
        String assignor = value.compactNullableString();
        Map<Integer, byte[]> tagged = value.endOfFields();
        byte[] patterns = tagged.get(PATTERNS);
        byte[] sessionTimeout = tagged.get(SESSION_TIMEOUT);
        return new MemberMetadata(
                instanceId,
                rackId,
                clientId,
                clientHost,
                new Subscription(
                        topics,
                        patterns != null
                                ? new FieldReader(patterns).compactArray(FieldReader::compactString)
                                : pattern == null ? List.of() : List.of(pattern)),
                assignor,
                sessionTimeout == null
                        ? Membership.DEFAULT_SESSION_TIMEOUT_MS
                        : new FieldReader(sessionTimeout).int32(),
                rebalanceTimeoutMs);
    }

    private static @Nullable Integer targetEpoch(@Nullable FieldReader value) {
        if (value == null) {
            return null;
        }
        checkVersion(value, "ConsumerGroupTargetAssignmentMetadataValue", FIRST_VERSION);
        int epoch = value.int32();
        value.endOfFields();
        return epoch;
    }

    private static @Nullable SortedSet<TopicIdPartition> target(@Nullable FieldReader value) {
        if (value == null) {
            return null;
        }
        checkVersion(value, "ConsumerGroupTargetAssignmentMemberValue", FIRST_VERSION);
        SortedSet<TopicIdPartition> target = new TreeSet<>();
        value.compactArray(topic -> {
            UUID id = topic.uuid();
            topic.compactArray(FieldReader::int32)
                    .forEach(partition -> target.add(new TopicIdPartition(id, partition)));
            return topic.endOfFields();
        });
        value.endOfFields();
        return target;
    }

    private static @Nullable CurrentAssignment current(@Nullable FieldReader value) {
        if (value == null) {
            return null;
        }
        checkVersion(value, "ConsumerGroupCurrentMemberAssignmentValue", FIRST_VERSION);
        int epoch = value.int32();
        int previousEpoch = value.int32();
        int state = value.int8();
        if (state < 0 || state >= MemberState.values().length) {
            throw new IllegalArgumentException("there is no member state " + state);
        }
        CurrentAssignment current = new CurrentAssignment(
                epoch, previousEpoch, MemberState.values()[state], readWithEpochs(value), readWithEpochs(value));
        value.endOfFields();
        return current;
    }

    private static SortedMap<TopicIdPartition, Integer> readWithEpochs(FieldReader value) {
        SortedMap<TopicIdPartition, Integer> all = new TreeMap<>();
        value.compactArray(topic -> {
            UUID id = topic.uuid();
            List<Integer> partitions = topic.compactArray(FieldReader::int32);
            byte[] tagged = topic.endOfFields().get(ASSIGNMENT_EPOCHS);
            List<Integer> epochs =
                    tagged == null ? List.of() : new FieldReader(tagged).compactArray(FieldReader::int32);
            for (int i = 0; i < partitions.size(); i++) {
                all.put(new TopicIdPartition(id, partitions.get(i)), epochs.isEmpty() ? 0 : epochs.get(i));
            }
            return all;
        });
        return all;
    }
}
