package io.penstock.client.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufAllocator;
import io.penstock.client.Await;
import io.penstock.client.PenstockClient;
import io.penstock.client.RunningBroker;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.Membership;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.codec.CborCodec;
import io.penstock.core.protocol.codec.RoutingCodec;
import io.rsocket.RSocket;
import io.rsocket.core.RSocketConnector;
import io.rsocket.frame.decoder.PayloadDecoder;
import io.rsocket.metadata.WellKnownMimeType;
import io.rsocket.transport.local.LocalClientTransport;
import io.rsocket.util.ByteBufPayload;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@Timeout(60)
class GroupsAdminTest {

    private static final TopicPartition FIRST = new TopicPartition("orders", 0);
    private static final TopicPartition SECOND = new TopicPartition("orders", 1);
    private static final Instant OLD = Instant.parse("2020-01-01T00:00:00Z");

    @TempDir
    Path directory;

    private RunningBroker broker;
    private PenstockClient client;
    private Admin admin;

    @BeforeEach
    void start() {
        broker = RunningBroker.start(directory);
        client = PenstockClient.connect(broker.endpoint("local"));
        admin = client.admin();
        admin.createTopic(NewTopic.of("orders", 2)).block(Await.TIMEOUT);
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

    @AfterEach
    void stop() {
        client.close().block(Await.TIMEOUT);
        broker.close();
    }

    private Map<TopicPartition, ResetOffset> reset(OffsetTarget target) {
        return admin.resetOffsets("billing", Map.of(FIRST, target), false).block(Await.TIMEOUT);
    }

    private static void assertRefused(Mono<?> asked, ErrorCode code) {
        assertThatThrownBy(() -> asked.block(Await.TIMEOUT))
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(code));
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

        Map<TopicPartition, ResetOffset> plan = admin.resetOffsets(
                        "billing", Map.of(FIRST, OffsetTarget.latest(), SECOND, OffsetTarget.latest()), true)
                .block(Await.TIMEOUT);

        assertThat(plan).isEqualTo(Map.of(FIRST, new ResetOffset(3, 20), SECOND, new ResetOffset(-1, 0)));
        assertThat(admin.groupOffsets("billing").block(Await.TIMEOUT))
                .hasSize(1)
                .hasEntrySatisfying(
                        FIRST, committed -> assertThat(committed.offset()).isEqualTo(3));
    }

    @Test
    void listsDescribesAndDeletesGroups() {
        assertThat(admin.listGroups().block(Await.TIMEOUT)).isEmpty();
        reset(OffsetTarget.earliest());

        assertThat(admin.listGroups().block(Await.TIMEOUT))
                .extracting(Groups.Listing::group, Groups.Listing::state)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("billing", "Empty"));
        assertThat(admin.describeGroup("billing").block(Await.TIMEOUT).members())
                .isEmpty();
        admin.deleteGroup("billing").block(Await.TIMEOUT);
        assertRefused(admin.deleteGroup("billing"), ErrorCode.GROUP_ID_NOT_FOUND);
        assertRefused(admin.describeGroup("billing"), ErrorCode.GROUP_ID_NOT_FOUND);
        assertThat(admin.groupOffsets("billing").block(Await.TIMEOUT)).isEmpty();
    }

    @Test
    void deletesOffsetsOfAGroup() {
        admin.resetOffsets("billing", Map.of(FIRST, OffsetTarget.latest(), SECOND, OffsetTarget.latest()), false)
                .block(Await.TIMEOUT);

        admin.deleteGroupOffsets("billing", Set.of(FIRST)).block(Await.TIMEOUT);

        assertThat(admin.groupOffsets("billing").block(Await.TIMEOUT)).containsOnlyKeys(SECOND);
    }

    @Test
    void touchesNothingOfAGroupThatHasMembers() {
        RSocket socket = connect();
        Disposable member = join(socket);
        Await.until(
                "it is a member",
                () -> !admin.listGroups().block(Await.TIMEOUT).stream()
                        .filter(group -> group.members() == 1)
                        .toList()
                        .isEmpty());

        assertRefused(
                admin.resetOffsets("billing", Map.of(FIRST, OffsetTarget.latest()), true), ErrorCode.NON_EMPTY_GROUP);
        assertRefused(admin.deleteGroup("billing"), ErrorCode.NON_EMPTY_GROUP);
        assertRefused(admin.deleteGroupOffsets("billing", Set.of(FIRST)), ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC);
        member.dispose();
        socket.dispose();
    }

    private RSocket connect() {
        return RSocketConnector.create()
                .payloadDecoder(PayloadDecoder.ZERO_COPY)
                .metadataMimeType(WellKnownMimeType.MESSAGE_RSOCKET_COMPOSITE_METADATA.getString())
                .dataMimeType(WellKnownMimeType.APPLICATION_CBOR.getString())
                .connect(LocalClientTransport.create(broker.endpoint("local").substring("local:".length())))
                .block(Await.TIMEOUT);
    }

    private static Disposable join(RSocket socket) {
        ByteBufAllocator allocator = ByteBufAllocator.DEFAULT;
        Membership.Join join = new Membership.Join(
                1, "billing", "a", null, "test", null, List.of("orders"), null, null, 45_000, 60_000, 0, null);
        return socket.requestChannel(Flux.concat(
                        Mono.fromSupplier(() -> ByteBufPayload.create(
                                CborCodec.encode(allocator, join), RoutingCodec.encode(allocator, Verb.JOIN_GROUP))),
                        Mono.never()))
                .subscribe(payload -> payload.release());
    }

    @Test
    void givesATopicMorePartitionsAndNeverFewer() {
        assertThat(admin.addPartitions("orders", 5).block(Await.TIMEOUT).partitions())
                .hasSize(5);

        assertRefused(admin.addPartitions("orders", 5), ErrorCode.INVALID_PARTITIONS);
        assertRefused(admin.addPartitions("orders", 4), ErrorCode.INVALID_PARTITIONS);
        assertRefused(admin.addPartitions("nobody", 4), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(admin.listOffsets(Map.of(
                                FIRST, OffsetSpec.latest(), new TopicPartition("orders", 4), OffsetSpec.latest()))
                        .block(Await.TIMEOUT))
                .hasEntrySatisfying(FIRST, offset -> assertThat(offset.offset()).isEqualTo(20));
    }
}
