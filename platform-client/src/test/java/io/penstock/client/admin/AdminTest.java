package io.penstock.client.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.Await;
import io.penstock.client.ClientOptions;
import io.penstock.client.PenstockClient;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.DeleteRecords;
import io.penstock.core.protocol.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

class AdminTest extends AdminCase {

    private static final TopicPartition T0 = new TopicPartition("t", 0);
    private static final TopicPartition T1 = new TopicPartition("t", 1);
    private static final TopicPartition T2 = new TopicPartition("t", 2);

    /** A topic of two partitions, the first of which has records. */
    private void topicWithRecords(int count) {
        now(admin.createTopic(NewTopic.of("t", 2)));
        client.producer(ProducerOptions.of(Serdes.string(), Serdes.string()))
                .send(Flux.range(0, count)
                        .map(i -> ProducerRecord.<String, String>of("t", "v" + i)
                                .withPartition(0)
                                .withTimestamp(1000L * (i + 1))))
                .blockLast(Await.TIMEOUT);
    }

    @Test
    void createsATopicAsItIsAskedFor() {
        Topics.Description created = now(admin.createTopic(NewTopic.of("t", 3).withSetting("retention.ms", "60000")));
        assertThat(created.name()).isEqualTo("t");
        assertThat(created.partitions()).hasSize(3);
        assertThat(now(admin.describeTopic("t")).id()).isEqualTo(created.id());
    }

    @Test
    void refusesTopicsThatCanNotBe() {
        now(admin.createTopic(NewTopic.of("t")));
        assertFails(ErrorCode.TOPIC_ALREADY_EXISTS, admin.createTopic(NewTopic.of("t")));
        assertFails(ErrorCode.INVALID_PARTITIONS, admin.createTopic(NewTopic.of("u", 0)));
        assertFails(ErrorCode.INVALID_REPLICATION_FACTOR, admin.createTopic(new NewTopic("u", 1, 3, Map.of())));
        assertFails(ErrorCode.INVALID_CONFIG, admin.createTopic(NewTopic.of("u").withSetting("no.such", "1")));
    }

    @Test
    void createsNothingWhereItOnlyValidates() {
        now(admin.validateTopic(NewTopic.of("t")));
        assertFails(
                ErrorCode.INVALID_CONFIG, admin.validateTopic(NewTopic.of("t").withSetting("no.such", "1")));
        assertThat(now(admin.topics())).isEmpty();
    }

    @Test
    void listsTopics() {
        now(admin.createTopic(NewTopic.of("t")));
        now(admin.createTopic(NewTopic.of("u")));
        assertThat(now(admin.topics())).extracting(Topics.Listing::name).containsExactlyInAnyOrder("t", "u");
        assertThat(now(admin.allTopics())).extracting(Topics.Listing::name).contains("t", "u");
    }

    @Test
    void altersSettingsOfATopic() {
        now(admin.createTopic(NewTopic.of("t")));
        now(admin.alterTopic("t", Map.of("retention.ms", "1234"), Set.of()));
        assertThat(now(admin.describeTopic("t")).settings().toString()).contains("1234");
        now(admin.alterTopic("t", Map.of(), Set.of("retention.ms")));
        assertThat(now(admin.describeTopic("t")).settings().toString()).doesNotContain("1234");
        assertFails(ErrorCode.INVALID_CONFIG, admin.alterTopic("t", Map.of("no.such", "1"), Set.of()));
    }

    @Test
    void deletesATopic() {
        now(admin.createTopic(NewTopic.of("t")));
        assertThat(now(admin.deleteTopic("t")).name()).isEqualTo("t");
        assertThat(now(admin.topics())).isEmpty();
    }

    @Test
    void knowsNothingOfATopicThatIsNotThere() {
        assertFails(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, admin.describeTopic("t"));
        assertFails(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, admin.alterTopic("t", Map.of("retention.ms", "1"), Set.of()));
        assertFails(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, admin.deleteTopic("t"));
        assertFails(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, admin.listOffsets(Map.of(T0, OffsetSpec.latest())));
        assertFails(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, admin.deleteRecords(Map.of(T0, 1L)));
    }

    @Test
    void listsOffsets() {
        topicWithRecords(3);
        assertThat(offset(OffsetSpec.earliest())).isZero();
        assertThat(offset(OffsetSpec.latest())).isEqualTo(3);
        assertThat(offset(OffsetSpec.maxTimestamp())).isEqualTo(2);
        assertThat(offset(OffsetSpec.timestamp(Instant.ofEpochMilli(1500)))).isEqualTo(1);
        assertThat(offset(OffsetSpec.timestamp(Instant.ofEpochMilli(9000)))).isEqualTo(-1);
        assertThat(now(admin.listOffsets(Map.of(T0, OffsetSpec.latest(), T1, OffsetSpec.latest()))))
                .containsOnlyKeys(T0, T1);
    }

    private long offset(OffsetSpec spec) {
        return now(admin.listOffsets(Map.of(T0, spec))).get(T0).offset();
    }

    @Test
    void failsAllOffsetsWhereOnePartitionIsNotThere() {
        topicWithRecords(1);
        assertFails(
                ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                admin.listOffsets(Map.of(T0, OffsetSpec.latest(), T2, OffsetSpec.latest())));
    }

    @Test
    void deletesRecords() {
        topicWithRecords(3);
        assertThat(now(admin.deleteRecords(Map.of(T0, 2L)))).isEqualTo(Map.of(T0, 2L));
        assertThat(offset(OffsetSpec.earliest())).isEqualTo(2);
        assertThat(now(admin.deleteRecords(Map.of(T0, DeleteRecords.HIGH_WATERMARK))))
                .isEqualTo(Map.of(T0, 3L));
        assertFails(ErrorCode.OFFSET_OUT_OF_RANGE, admin.deleteRecords(Map.of(T0, 4L)));
    }

    @Test
    void asksForNothingWhereNothingIsAskedFor() {
        assertThat(now(admin.listOffsets(Map.of()))).isEmpty();
        assertThat(now(admin.deleteRecords(Map.of()))).isEmpty();
    }

    @Test
    void describesTheCluster() {
        assertThat(now(admin.cluster()).clusterId()).isEqualTo(broker.broker().clusterId());
        assertThat(now(admin.cluster()).brokers()).hasSize(1);
    }

    @Test
    void timesOutWhereNobodyAnswers() {
        PenstockClient alone = PenstockClient.connect(ClientOptions.builder("local:nobody-is-there")
                .requestTimeout(Duration.ofMillis(50))
                .build());
        assertFails(ErrorCode.REQUEST_TIMED_OUT, alone.admin().topics());
        assertFails(ErrorCode.REQUEST_TIMED_OUT, alone.admin().listOffsets(Map.of(T0, OffsetSpec.latest())));
        alone.closeNow();
    }
}
