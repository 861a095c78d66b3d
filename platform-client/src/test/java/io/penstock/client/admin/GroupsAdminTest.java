package io.penstock.client.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.client.Await;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Groups;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

@Timeout(60)
class GroupsAdminTest extends AdminCase {

    private static final TopicPartition FIRST = new TopicPartition("orders", 0);
    private static final TopicPartition SECOND = new TopicPartition("orders", 1);
    private static final Instant OLD = Instant.parse("2020-01-01T00:00:00Z");

    @BeforeEach
    void aTopicWithRecords() {
        now(admin.createTopic(NewTopic.of("orders", 2)));
        produce();
    }

    /** Ten old records and ten of now in the first partition, none in the second. */
    private void produce() {
        Flux<ProducerRecord<Integer, Integer>> records = Flux.range(0, 20)
                .map(i -> ProducerRecord.<Integer, Integer>of("orders", i)
                        .withPartition(0)
                        .withTimestamp((i < 10 ? OLD : Instant.now()).toEpochMilli()));
        assertThat(client.producer(ProducerOptions.of(Serdes.int32(), Serdes.int32()))
                        .send(records)
                        .count()
                        .block(Await.TIMEOUT))
                .isEqualTo(20);
    }

    private Map<TopicPartition, ResetOffset> reset(OffsetTarget target) {
        return now(admin.resetOffsets("billing", Map.of(FIRST, target), false));
    }

    @Test
    void resetsAGroupToEveryKindOfTarget() {
        assertThat(reset(OffsetTarget.latest())).containsEntry(FIRST, new ResetOffset(-1, 20));
        assertThat(reset(OffsetTarget.earliest())).containsEntry(FIRST, new ResetOffset(20, 0));
        assertThat(reset(OffsetTarget.offset(7))).containsEntry(FIRST, new ResetOffset(0, 7));
        assertThat(reset(OffsetTarget.offset(700))).containsEntry(FIRST, new ResetOffset(7, 20));
        assertThat(reset(OffsetTarget.timestamp(OLD.plusSeconds(1)))).containsEntry(FIRST, new ResetOffset(20, 10));
        assertThat(reset(OffsetTarget.timestamp(OLD))).containsEntry(FIRST, new ResetOffset(10, 0));
        assertThat(reset(OffsetTarget.ago(Duration.ofDays(1)))).containsEntry(FIRST, new ResetOffset(0, 10));
        assertThat(reset(OffsetTarget.timestamp(Instant.MAX))).containsEntry(FIRST, new ResetOffset(10, 20));
        assertThat(reset(OffsetTarget.ago(Duration.ofDays(1_000_000)))).containsEntry(FIRST, new ResetOffset(20, 0));
    }

    @Test
    void saysWhatAResetWouldDoAndDoesNotDoIt() {
        reset(OffsetTarget.offset(3));

        Map<TopicPartition, ResetOffset> plan = now(admin.resetOffsets(
                "billing", Map.of(FIRST, OffsetTarget.latest(), SECOND, OffsetTarget.latest()), true));

        assertThat(plan).isEqualTo(Map.of(FIRST, new ResetOffset(3, 20), SECOND, new ResetOffset(-1, 0)));
        assertThat(now(admin.groupOffsets("billing")))
                .hasSize(1)
                .hasEntrySatisfying(
                        FIRST, committed -> assertThat(committed.offset()).isEqualTo(3));
    }

    @Test
    void listsDescribesAndDeletesGroups() {
        assertThat(now(admin.listGroups())).isEmpty();
        reset(OffsetTarget.earliest());

        assertThat(now(admin.listGroups()))
                .extracting(Groups.Listing::group, Groups.Listing::state)
                .containsExactly(tuple("billing", "Empty"));
        assertThat(now(admin.describeGroup("billing")).members()).isEmpty();
        now(admin.deleteGroup("billing"));
        assertFails(ErrorCode.GROUP_ID_NOT_FOUND, admin.deleteGroup("billing"));
        assertFails(ErrorCode.GROUP_ID_NOT_FOUND, admin.describeGroup("billing"));
        assertThat(now(admin.groupOffsets("billing"))).isEmpty();
    }

    @Test
    void deletesOffsetsOfAGroup() {
        now(admin.resetOffsets("billing", Map.of(FIRST, OffsetTarget.latest(), SECOND, OffsetTarget.latest()), false));

        now(admin.deleteGroupOffsets("billing", Set.of(FIRST)));

        assertThat(now(admin.groupOffsets("billing"))).containsOnlyKeys(SECOND);
    }

    @Test
    void touchesNothingOfAGroupThatHasMembers() {
        Disposable member = client.consumer(ConsumerOptions.<Integer, Integer>builder(Serdes.int32(), Serdes.int32())
                        .topics("orders")
                        .group(GroupOptions.of("billing"))
                        .build())
                .receive()
                .subscribe();
        Await.until("it is a member", () -> now(admin.listGroups()).stream().anyMatch(group -> group.members() == 1));

        assertFails(
                ErrorCode.NON_EMPTY_GROUP, admin.resetOffsets("billing", Map.of(FIRST, OffsetTarget.latest()), true));
        assertFails(ErrorCode.NON_EMPTY_GROUP, admin.deleteGroup("billing"));
        assertFails(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC, admin.deleteGroupOffsets("billing", Set.of(FIRST)));
        member.dispose();
    }

    @Test
    void givesATopicMorePartitionsAndNeverFewer() {
        assertThat(now(admin.addPartitions("orders", 5)).partitions()).hasSize(5);

        assertFails(ErrorCode.INVALID_PARTITIONS, admin.addPartitions("orders", 5));
        assertFails(ErrorCode.INVALID_PARTITIONS, admin.addPartitions("orders", 4));
        assertFails(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, admin.addPartitions("nobody", 4));
        assertThat(now(admin.listOffsets(
                        Map.of(FIRST, OffsetSpec.latest(), new TopicPartition("orders", 4), OffsetSpec.latest()))))
                .hasEntrySatisfying(FIRST, offset -> assertThat(offset.offset()).isEqualTo(20));
    }
}
