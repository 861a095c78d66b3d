package io.penstock.server.coordinator.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufUtil;
import io.penstock.core.model.TopicPartition;
import io.penstock.server.coordinator.decision.CoordinatorRecord;
import io.penstock.server.coordinator.group.MemberMetadata.Subscription;
import io.penstock.server.coordinator.group.assignor.TopicIdPartition;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMemberKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMemberValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMetadataValue;
import org.apache.kafka.coordinator.group.generated.OffsetCommitKey;
import org.apache.kafka.coordinator.group.generated.OffsetCommitValue;
import org.junit.jupiter.api.Test;

class GroupRecordCodecTest {

    private static final UUID TOPIC = new UUID(1, 2);
    private static final CoordinatorRecordSerde KAFKA = new GroupCoordinatorRecordSerde();

    @Provide
    Arbitrary<GroupRecord> records() {
        Arbitrary<String> text = Arbitraries.strings().ofMinLength(1).ofMaxLength(8);
        Arbitrary<Integer> number = Arbitraries.integers().between(0, Integer.MAX_VALUE);
        Arbitrary<UUID> ids = Arbitraries.longs().map(bits -> new UUID(bits, ~bits));
        Arbitrary<TopicIdPartition> partitions =
                Combinators.combine(ids, number).as(TopicIdPartition::new);
        Arbitrary<TreeMap<TopicIdPartition, Integer>> given =
                Arbitraries.maps(partitions, number).ofMaxSize(20).map(TreeMap::new);
        return Arbitraries.oneOf(
                Combinators.combine(
                                text,
                                text,
                                number,
                                Combinators.combine(
                                                ids.injectNull(0.3),
                                                Arbitraries.longs(),
                                                number,
                                                text,
                                                Arbitraries.longs(),
                                                Arbitraries.bytes()
                                                        .array(byte[].class)
                                                        .injectNull(0.5))
                                        .as(CommittedOffset::new)
                                        .injectNull(0.2))
                        .as((group, topic, partition, offset) ->
                                new GroupRecord.Offset(group, new TopicPartition(topic, partition), offset)),
                Combinators.combine(
                                text,
                                Combinators.combine(number, Arbitraries.longs())
                                        .as((epoch, hash) -> new GroupEpoch(epoch, hash, 77))
                                        .injectNull(0.2))
                        .as(GroupRecord.Epoch::new),
                Combinators.combine(
                                text,
                                text,
                                Combinators.combine(
                                                text.injectNull(0.5),
                                                text.injectNull(0.5),
                                                text,
                                                text,
                                                Combinators.combine(
                                                                text.list().ofMaxSize(3),
                                                                text.list().ofMaxSize(3))
                                                        .as(Subscription::new),
                                                text.injectNull(0.5),
                                                number,
                                                number)
                                        .as(MemberMetadata::new)
                                        .injectNull(0.2))
                        .as(GroupRecord.Member::new),
                Combinators.combine(text, number.injectNull(0.2)).as(GroupRecord.TargetEpoch::new),
                Combinators.combine(
                                text,
                                text,
                                given.map(map -> new TreeSet<>(map.keySet())).injectNull(0.2))
                        .as(GroupRecord.Target::new),
                Combinators.combine(
                                text,
                                text,
                                Combinators.combine(
                                                Arbitraries.integers(),
                                                number,
                                                Arbitraries.of(MemberState.values()),
                                                given,
                                                given)
                                        .as(CurrentAssignment::new)
                                        .injectNull(0.2))
                        .as(GroupRecord.Current::new));
    }

    @Property
    void readsWhatItWrote(@ForAll("records") GroupRecord record) {
        assertThat(GroupRecordCodec.decode(GroupRecordCodec.encode(record, 77))).isEqualTo(record);
    }

    @Property
    void writesWhatKafkaReadsAndWritesAgainToTheByte(@ForAll("records") GroupRecord record) {
        CoordinatorRecord written = GroupRecordCodec.encode(record, 77);
        org.apache.kafka.coordinator.common.runtime.CoordinatorRecord read = readAsKafka(written);
        assertThat(KAFKA.serializeKey(read)).isEqualTo(written.key());
        assertThat(KAFKA.serializeValue(read)).isEqualTo(written.value());
    }

    @Property
    void refusesAValueThatIsCutOff(@ForAll("records") GroupRecord record, @ForAll int seed) {
        CoordinatorRecord written = GroupRecordCodec.encode(record, 77);
        byte[] value = written.value();
        if (value != null) {
            byte[] cut = Arrays.copyOf(value, Math.floorMod(seed, value.length));
            assertThatThrownBy(() -> GroupRecordCodec.decode(new CoordinatorRecord(written.key(), cut, 77)))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void kafkaFindsEachFieldWhereItLooks() {
        CurrentAssignment assignment = new CurrentAssignment(
                7,
                6,
                MemberState.UNREVOKED_PARTITIONS,
                new TreeMap<>(java.util.Map.of(new TopicIdPartition(TOPIC, 3), 5)),
                new TreeMap<>(java.util.Map.of(new TopicIdPartition(TOPIC, 4), 6)));
        var current =
                (ConsumerGroupCurrentMemberAssignmentValue) asKafka(new GroupRecord.Current("g", "m", assignment));
        assertThat(current.memberEpoch()).isEqualTo(7);
        assertThat(current.previousMemberEpoch()).isEqualTo(6);
        assertThat(org.apache.kafka.coordinator.group.modern.MemberState.fromValue(current.state()))
                .hasToString("UNREVOKED_PARTITIONS");
        assertThat(current.assignedPartitions().get(0).partitions()).containsExactly(3);
        assertThat(current.assignedPartitions().get(0).assignmentEpochs()).containsExactly(5);
        assertThat(current.partitionsPendingRevocation().get(0).topicId()).isEqualTo(new Uuid(1, 2));

        var member = (ConsumerGroupMemberMetadataValue) asKafka(new GroupRecord.Member(
                "g",
                "m",
                new MemberMetadata(
                        "i",
                        "r",
                        "c",
                        "/h",
                        new Subscription(List.of("t"), List.of("a.*", "b.*")),
                        "range",
                        45_000,
                        60_000)));
        assertThat(member.instanceId()).isEqualTo("i");
        assertThat(member.rackId()).isEqualTo("r");
        assertThat(member.clientId()).isEqualTo("c");
        assertThat(member.clientHost()).isEqualTo("/h");
        assertThat(member.subscribedTopicNames()).containsExactly("t");
        assertThat(member.subscribedTopicRegex()).isEqualTo("(?:a.*)|(?:b.*)");
        assertThat(member.rebalanceTimeoutMs()).isEqualTo(60_000);
        assertThat(member.serverAssignor()).isEqualTo("range");

        var offset = (OffsetCommitValue) asKafka(new GroupRecord.Offset(
                "g", new TopicPartition("t", 3), new CommittedOffset(TOPIC, 42, 5, "md", 1_000, new byte[] {1})));
        assertThat(offset.offset()).isEqualTo(42);
        assertThat(offset.leaderEpoch()).isEqualTo(5);
        assertThat(offset.metadata()).isEqualTo("md");
        assertThat(offset.commitTimestamp()).isEqualTo(1_000);
        assertThat(offset.topicId()).isEqualTo(new Uuid(1, 2));

        var epoch = (ConsumerGroupMetadataValue) asKafka(new GroupRecord.Epoch("g", new GroupEpoch(3, 9, 77)));
        assertThat(epoch.epoch()).isEqualTo(3);
        assertThat(epoch.metadataHash()).isEqualTo(9);

        var target = (ConsumerGroupTargetAssignmentMemberValue)
                asKafka(new GroupRecord.Target("g", "m", new TreeSet<>(List.of(new TopicIdPartition(TOPIC, 3)))));
        assertThat(target.topicPartitions().get(0).partitions()).containsExactly(3);

        var targetEpoch = (ConsumerGroupTargetAssignmentMetadataValue) asKafka(new GroupRecord.TargetEpoch("g", 3));
        assertThat(targetEpoch.assignmentEpoch()).isEqualTo(3);
    }

    @Test
    void kafkaFindsTheKeys() {
        assertThat(readAsKafka(GroupRecordCodec.encode(
                                new GroupRecord.Offset("g", new TopicPartition("t", 3), null), 77))
                        .key())
                .isEqualTo(new OffsetCommitKey().setGroup("g").setTopic("t").setPartition(3));
        assertThat(readAsKafka(GroupRecordCodec.encode(new GroupRecord.Target("g", "m", null), 77))
                        .key())
                .isEqualTo(new ConsumerGroupTargetAssignmentMemberKey()
                        .setGroupId("g")
                        .setMemberId("m"));
    }

    @Test
    void theBytesNeverChange() {
        assertBytes(
                new GroupRecord.Offset(
                        "g", new TopicPartition("t", 3), new CommittedOffset(TOPIC, 42, 5, "md", 1_000, new byte[] {9
                        })),
                "0001" + "000167" + "000174" + "00000003",
                "0004" + "000000000000002a" + "00000005" + "036d64" + "00000000000003e8" + "02" + "0010"
                        + "0000000000000001" + "0000000000000002" + "e80701" + "09");
        assertBytes(
                new GroupRecord.Epoch("g", new GroupEpoch(3, 9, 77)),
                "0003" + "000167",
                "0000" + "00000003" + "01" + "0008" + "0000000000000009");
        assertBytes(
                new GroupRecord.Member(
                        "g",
                        "m",
                        new MemberMetadata(
                                null,
                                null,
                                "c",
                                "h",
                                new Subscription(List.of("t"), List.of("a", "b")),
                                null,
                                45_000,
                                60_000)),
                "0005" + "000167" + "00016d",
                "0000" + "00" + "00" + "0263" + "0268" + "020274" + "0c283f3a61297c283f3a6229" + "0000ea60" + "00"
                        + "02" + "e80705" + "0302610262" + "e90704" + "0000afc8");
        assertBytes(new GroupRecord.TargetEpoch("g", 3), "0006" + "000167", "0000" + "00000003" + "00");
        assertBytes(
                new GroupRecord.Target("g", "m", new TreeSet<>(List.of(new TopicIdPartition(TOPIC, 3)))),
                "0007" + "000167" + "00016d",
                "0000" + "02" + "0000000000000001" + "0000000000000002" + "02" + "00000003" + "00" + "00");
        assertBytes(
                new GroupRecord.Current(
                        "g",
                        "m",
                        new CurrentAssignment(
                                7,
                                6,
                                MemberState.UNRELEASED_PARTITIONS,
                                new TreeMap<>(java.util.Map.of(new TopicIdPartition(TOPIC, 3), 5)),
                                new TreeMap<>())),
                "0008" + "000167" + "00016d",
                "0000" + "00000007" + "00000006" + "02" + "02" + "0000000000000001" + "0000000000000002" + "02"
                        + "00000003" + "01" + "0005" + "02" + "00000005" + "01" + "00");
    }

    @Test
    void passesOverKeysThatItDoesNotKnow() {
        assertThat(GroupRecordCodec.decode(new CoordinatorRecord(new byte[] {0, 2, 0, 1, 'g'}, new byte[] {0, 3}, 77)))
                .isNull();
    }

    @Test
    void refusesAVersionThatItDoesNotKnow() {
        assertThatThrownBy(() -> GroupRecordCodec.decode(
                        new CoordinatorRecord(new byte[] {0, 3, 0, 1, 'g'}, new byte[] {0, 1, 0, 0, 0, 1, 0}, 77)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("version 1");
    }

    private static void assertBytes(GroupRecord record, String key, String value) {
        CoordinatorRecord written = GroupRecordCodec.encode(record, 77);
        assertThat(ByteBufUtil.hexDump(written.key())).isEqualTo(key);
        assertThat(ByteBufUtil.hexDump(written.value())).isEqualTo(value);
    }

    private static ApiMessage asKafka(GroupRecord record) {
        return readAsKafka(GroupRecordCodec.encode(record, 77)).value().message();
    }

    private static org.apache.kafka.coordinator.common.runtime.CoordinatorRecord readAsKafka(CoordinatorRecord record) {
        return KAFKA.deserialize(
                ByteBuffer.wrap(record.key()), record.value() == null ? null : ByteBuffer.wrap(record.value()));
    }
}
