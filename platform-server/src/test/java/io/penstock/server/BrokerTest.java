package io.penstock.server;

import static io.penstock.server.BrokerFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.Guarantee;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.FetchRequest;
import io.penstock.core.protocol.Hello;
import io.penstock.core.protocol.ListOffsets;
import io.penstock.core.protocol.Metadata;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.protocol.ProduceRequest;
import io.penstock.core.protocol.ProducerIds;
import io.penstock.core.protocol.Topics;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.codec.CborCodec;
import io.penstock.core.protocol.codec.RSocketErrors;
import io.penstock.core.record.TestBatches;
import io.rsocket.Payload;
import io.rsocket.util.ByteBufPayload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** What any RSocket client sees of a broker, over TCP and inside the JVM. */
@ParameterizedClass
@ValueSource(strings = {"penstock://127.0.0.1:0", "local:broker-test"})
class BrokerTest {

    @Parameter
    String listener;

    @TempDir
    Path directory;

    private BrokerFixture fixture;
    private StockClient client;

    @BeforeEach
    void start() {
        fixture = BrokerFixture.on(directory, listener)
                .with(BrokerSettings.STREAMS_PER_CONNECTION_MAX, 40)
                .start();
        client = fixture.connect();
    }

    @AfterEach
    void end() {
        fixture.close();
    }

    /** Fails if what a client leaves out of the body is taken for 0. */
    @Test
    void createsATopicWithAsManyPartitionsAsTheBrokerLikesIfNobodySays() {
        Topics.Description created =
                client.askNow(Verb.CREATE_TOPIC, Map.of("version", 1, "name", "unsaid"), Topics.Description.class);

        assertThat(created.partitions()).hasSize(1);
    }

    @Test
    void saysWhoItIsAndWhatItAllows() {
        Hello.Response hello = client.askNow(Verb.HELLO, new Hello.Request(1, "test", "1"), Hello.Response.class);

        assertThat(hello.brokerId()).isZero();
        assertThat(hello.clusterId()).isEqualTo(fixture.broker().clusterId()).hasSize(22);
        assertThat(hello.verbs()).hasSize(Verb.values().length);
        assertThat(hello.limits().maxStreams()).isEqualTo(40);
    }

    @Test
    void createsListsDescribesAndDeletesTopics() {
        Topics.Description created = client.createTopic("orders", 3, Map.of("segment.bytes", "4096"));

        assertThat(listing()).containsExactly(new Topics.Listing("orders", created.id(), false, 3));
        Topics.Description described =
                client.askNow(Verb.DESCRIBE_TOPIC, new Topics.DescribeRequest(1, "orders"), Topics.Description.class);
        assertThat(described).isEqualTo(created);
        assertThat(described.settings())
                .filteredOn(setting -> setting.name().equals("segment.bytes"))
                .singleElement()
                .satisfies(setting -> {
                    assertThat(setting.value()).isEqualTo("4096");
                    assertThat(setting.source()).isEqualTo("TOPIC");
                });

        Topics.DeleteResponse deleted = client.askNow(
                Verb.DELETE_TOPIC, new Topics.DeleteRequest(1, "orders", null), Topics.DeleteResponse.class);
        assertThat(deleted.id()).isEqualTo(created.id());
        assertThat(listing()).isEmpty();
    }

    @Test
    void checksACreationWithoutMakingIt() {
        Topics.Description checked = client.askNow(
                Verb.CREATE_TOPIC,
                new Topics.CreateRequest(1, "orders", 2, 1, Map.of(), true),
                Topics.Description.class);

        assertThat(checked.partitions()).hasSize(2);
        assertThat(listing()).isEmpty();
    }

    @Test
    void givesATopicThatIsCreatedAgainANewIdAndAnEmptyLog() {
        UUID first = client.createTopic("orders");
        client.produceNow(first, 0, TestBatches.of("old"));
        client.askNow(Verb.DELETE_TOPIC, new Topics.DeleteRequest(1, null, first), Topics.DeleteResponse.class);

        UUID second = client.createTopic("orders");
        client.produceNow(second, 0, TestBatches.of("new"));

        assertThat(second).isNotEqualTo(first);
        assertThat(client.fetchNow(second, 0, 0, 1)).containsExactly("new");
        assertThat(client.produceNow(first, 0, TestBatches.of("x")))
                .extracting(ProduceAck::error)
                .containsExactly(ErrorCode.UNKNOWN_TOPIC_ID);
    }

    @Test
    void keepsTopicsAndRecordsOverARestart() {
        Topics.Description created = client.createTopic("orders", 2, Map.of("max.message.bytes", "2000"));
        client.produceNow(created.id(), 1, TestBatches.of("a", "b"), TestBatches.of("c"));
        String clusterId = fixture.broker().clusterId();

        fixture.restart();
        client = fixture.connect();

        assertThat(fixture.broker().clusterId()).isEqualTo(clusterId);
        Topics.Description described =
                client.askNow(Verb.DESCRIBE_TOPIC, new Topics.DescribeRequest(1, "orders"), Topics.Description.class);
        assertThat(described.id()).isEqualTo(created.id());
        assertThat(described.settings()).isEqualTo(created.settings());
        assertThat(described.partitions().get(1).highWatermark()).isEqualTo(3);
        assertThat(client.fetchNow(created.id(), 1, 0, 3)).containsExactly("a", "b", "c");
        assertThat(client.produceNow(created.id(), 1, TestBatches.of("d")))
                .extracting(ProduceAck::baseOffset)
                .containsExactly(3L);
    }

    @Test
    void answersARepeatedBatchWithItsOffsetAlsoAfterARestart() {
        UUID id = client.createTopic("orders");
        long producer = producerId();
        ByteBuf original =
                TestBatches.batch().producer(producer, 0, 0).values("a", "b").build();
        assertThat(client.produceNow(id, 0, TestBatches.of("first"), original.copy(), original.copy()))
                .extracting(ProduceAck::baseOffset)
                .containsExactly(0L, 1L, 1L);

        fixture.restart();
        client = fixture.connect();

        assertThat(client.produceNow(id, 0, original))
                .extracting(ProduceAck::baseOffset, ProduceAck::outcome)
                .containsExactly(tuple(1L, Outcome.COMMITTED));
        assertThat(client.fetchNow(id, 0, 0, 3)).containsExactly("first", "a", "b");
        assertThat(producerId()).as("an id after a restart").isGreaterThan(producer);
    }

    private long producerId() {
        return client.askNow(Verb.PRODUCER_ID, new ProducerIds.Request(1, null), ProducerIds.Response.class)
                .producerId();
    }

    @Test
    void saysInTheAnswerWhatStandsBehindABatch() {
        UUID forced = client.createTopic("forced");
        UUID cached = client.createTopic("cached", 1, Map.of("durability", "replicated"))
                .id();

        assertThat(client.produceNow(forced, 0, TestBatches.of("a", "b"), TestBatches.of("c")))
                .containsExactly(
                        ProduceAck.committed(0, Guarantee.FSYNCED, 0, -1, 0),
                        ProduceAck.committed(1, Guarantee.FSYNCED, 2, -1, 0));
        assertThat(client.produceNow(cached, 0, TestBatches.of("a")))
                .containsExactly(ProduceAck.committed(0, Guarantee.REPLICATED, 0, -1, 0));
        assertThat(produce(1, StockClient.element(7, forced, 0, TestBatches.of("d"))))
                .containsExactly(ProduceAck.committed(7, Guarantee.LEADER, 3, -1, 0));
        assertThat(produce(0, StockClient.element(8, forced, 0, TestBatches.of("e"))))
                .as("acks=0 is not answered")
                .isEmpty();
        assertThat(client.fetchNow(forced, 0, 0, 5)).containsExactly("a", "b", "c", "d", "e");
    }

    @Test
    void stampsTheBrokersTimeWhereTheTopicWantsIt() {
        UUID id = client.createTopic("orders", 1, Map.of("message.timestamp.type", "LogAppendTime"))
                .id();

        List<ProduceAck> acks = client.produceNow(id, 0, TestBatches.of("a"));

        assertThat(acks.get(0).appendTimeMs()).isGreaterThan(TestBatches.FIRST_TIMESTAMP);
        assertThat(offset("orders", ListOffsets.MAX_TIMESTAMP).timestamp())
                .isEqualTo(acks.get(0).appendTimeMs());
    }

    @Test
    void refusesABadBatchAloneAndTakesThoseAroundIt() {
        UUID id = client.createTopic("orders", 1, Map.of("max.message.bytes", "1000"))
                .id();
        ByteBuf corrupt = TestBatches.of("damaged");
        corrupt.setByte(corrupt.writerIndex() - 3, corrupt.getByte(corrupt.writerIndex() - 3) ^ 1);

        List<ProduceAck> acks = client.produceNow(
                id,
                0,
                TestBatches.of("a"),
                corrupt,
                TestBatches.ofSize(1, 2000),
                TestBatches.batch().control().values("c").build(),
                TestBatches.withTimestamps(Long.MAX_VALUE / 2),
                Unpooled.directBuffer().writeLong(1),
                Unpooled.wrappedUnmodifiableBuffer(TestBatches.of("one"), TestBatches.of("two")),
                TestBatches.of("b"));

        assertThat(acks).extracting(ProduceAck::correlation).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
        assertThat(acks)
                .extracting(ProduceAck::error)
                .containsExactly(
                        ErrorCode.NONE,
                        ErrorCode.CORRUPT_MESSAGE,
                        ErrorCode.MESSAGE_TOO_LARGE,
                        ErrorCode.INVALID_RECORD,
                        ErrorCode.INVALID_TIMESTAMP,
                        ErrorCode.CORRUPT_MESSAGE,
                        ErrorCode.INVALID_RECORD,
                        ErrorCode.NONE);
        assertThat(acks.subList(1, 7)).extracting(ProduceAck::outcome).containsOnly(Outcome.NOT_WRITTEN);
        assertThat(client.fetchNow(id, 0, 0, 2)).containsExactly("a", "b");
    }

    @Test
    void refusesBatchesForTopicsAndPartitionsThatAreNotThere() {
        UUID id = client.createTopic("orders");

        List<ProduceAck> acks = produce(
                -1,
                StockClient.element(1, new UUID(1, 2), 0, TestBatches.of("a")),
                StockClient.element(2, id, 1, TestBatches.of("a")),
                StockClient.element(3, id, -1, TestBatches.of("a")));

        assertThat(acks)
                .extracting(ProduceAck::error)
                .containsExactly(
                        ErrorCode.UNKNOWN_TOPIC_ID,
                        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void endsAChannelWithABrokenElement() {
        Payload broken =
                ByteBufPayload.create(ByteBufAllocator.DEFAULT.directBuffer().writeInt(1));

        assertThatThrownBy(() -> produce(-1, broken)).satisfies(code(ErrorCode.INVALID_REQUEST));
        assertThatThrownBy(() -> client.produce(5, Flux.never()).blockLast(StockClient.TIMEOUT))
                .satisfies(code(ErrorCode.INVALID_REQUEST))
                .hasMessageContaining("acks must be -1, 0 or 1");
    }

    @Test
    void refusesVerbsItDoesNotKnowAndNamesThoseItDoes() {
        assertThatThrownBy(() -> client.socket()
                        .requestResponse(StockClient.opener("topic.paint", Unpooled.EMPTY_BUFFER))
                        .onErrorMap(RSocketErrors::fromRSocket)
                        .block(StockClient.TIMEOUT))
                .satisfies(code(ErrorCode.UNKNOWN_VERB))
                .hasMessageContaining("topic.paint")
                .hasMessageContaining("topic.list");
        assertThatThrownBy(() -> client.ask(Verb.FETCH, new Hello.Request(1, null, null), Hello.Response.class)
                        .block(StockClient.TIMEOUT))
                .satisfies(code(ErrorCode.INVALID_REQUEST))
                .hasMessageContaining("request-stream");
        assertThatThrownBy(() -> client.ask(Verb.HELLO, new Hello.Request(9, null, null), Hello.Response.class)
                        .block(StockClient.TIMEOUT))
                .satisfies(code(ErrorCode.UNSUPPORTED_VERSION));
        assertThatThrownBy(() -> client.socket()
                        .requestResponse(ByteBufPayload.create("no metadata"))
                        .onErrorMap(RSocketErrors::fromRSocket)
                        .block(StockClient.TIMEOUT))
                .satisfies(code(ErrorCode.INVALID_REQUEST));
        assertThatThrownBy(() -> client.socket()
                        .requestResponse(StockClient.opener("hello", Unpooled.copiedBuffer(new byte[] {1, 2, 3})))
                        .onErrorMap(RSocketErrors::fromRSocket)
                        .block(StockClient.TIMEOUT))
                .satisfies(code(ErrorCode.INVALID_REQUEST));
        assertThat(listing()).as("the connection goes on").isEmpty();
    }

    @Test
    void refusesTopicsThatBreakARule() {
        client.createTopic("my.topic");

        assertRefused("bad name", ErrorCode.INVALID_TOPIC, 1, 1, Map.of());
        assertRefused("__internal", ErrorCode.INVALID_TOPIC, 1, 1, Map.of());
        assertRefused("my_topic", ErrorCode.INVALID_TOPIC, 1, 1, Map.of());
        assertRefused("my.topic", ErrorCode.TOPIC_ALREADY_EXISTS, 1, 1, Map.of());
        assertRefused("t", ErrorCode.INVALID_PARTITIONS, 0, 1, Map.of());
        assertRefused("t", ErrorCode.INVALID_PARTITIONS, 10_001, 1, Map.of());
        assertRefused("t", ErrorCode.INVALID_REPLICATION_FACTOR, 1, 2, Map.of());
        assertRefused("t", ErrorCode.INVALID_CONFIG, 1, 1, Map.of("colour", "red"));
        assertRefused("t", ErrorCode.INVALID_CONFIG, 1, 1, Map.of("segment.bytes", "many"));
        assertRefused("t", ErrorCode.INVALID_CONFIG, 1, 1, Map.of("max.message.bytes", "100000000"));
        assertThat(listing()).hasSize(1);
    }

    private void assertRefused(
            String name, ErrorCode error, int partitions, int replicationFactor, Map<String, String> settings) {
        assertThatThrownBy(() -> client.ask(
                                Verb.CREATE_TOPIC,
                                new Topics.CreateRequest(1, name, partitions, replicationFactor, settings, false),
                                Topics.Description.class)
                        .block(StockClient.TIMEOUT))
                .satisfies(code(error));
    }

    @Test
    void createsATopicAtItsFirstMentionIfTheClientAllowsIt() {
        Metadata.Image unasked =
                client.askNow(Verb.METADATA, new Metadata.Request(1, List.of("orders"), false), Metadata.Image.class);
        assertThat(unasked.topics()).extracting(Metadata.TopicImage::error).containsExactly((int)
                ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.number());

        Metadata.Image image = client.askNow(
                Verb.METADATA, new Metadata.Request(1, List.of("orders", "bad name"), true), Metadata.Image.class);

        assertThat(image.topics()).extracting(Metadata.TopicImage::error).containsExactly(0, (int)
                ErrorCode.INVALID_TOPIC.number());
        assertThat(image.topics().get(0).partitions()).hasSize(1);
        assertThat(image.brokers())
                .singleElement()
                .satisfies(node -> assertThat(node.listeners())
                        .extracting(Metadata.Listener::endpoint)
                        .containsExactly(fixture.endpoint().toString()));
    }

    @Test
    void watchesTheTopicsThatAClientAsksForAndKeepsOnlyTheLatestWithoutDemand() {
        List<Metadata.Image> images = new ArrayList<>();
        BaseSubscriber<Payload> watcher = new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {
                request(1);
            }

            @Override
            protected void hookOnNext(Payload payload) {
                synchronized (images) {
                    images.add(CborCodec.decode(payload.data(), Metadata.Image.class));
                }
                payload.release();
            }
        };
        client.socket()
                .requestStream(
                        StockClient.opener(Verb.WATCH_METADATA, new Metadata.Request(1, List.of("a", "b"), false)))
                .subscribe(watcher);
        await("the first image", () -> size(images) == 1);

        client.createTopic("a");
        client.createTopic("other");
        client.createTopic("b");
        watcher.request(10);

        await("the latest image", () -> size(images) == 2);
        assertThat(images.get(1).topics())
                .extracting(Metadata.TopicImage::error)
                .containsOnly(0);
        client.createTopic("elsewhere");
        client.askNow(Verb.DELETE_TOPIC, new Topics.DeleteRequest(1, "a", null), Topics.DeleteResponse.class);
        await("the deletion", () -> size(images) == 3);
        watcher.cancel();
        assertThat(images.get(2).topics().get(0).error()).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.number());
    }

    @Test
    void findsOffsetsByPositionAndByTime() {
        UUID id = client.createTopic("orders");
        client.produceNow(id, 0, TestBatches.withTimestamps(1000, 3000, 2000), TestBatches.withTimestamps(4000));

        assertThat(offset("orders", ListOffsets.EARLIEST).offset()).isZero();
        assertThat(offset("orders", ListOffsets.LATEST).offset()).isEqualTo(4);
        assertThat(offset("orders", ListOffsets.MAX_TIMESTAMP).offset()).isEqualTo(3);
        assertThat(offset("orders", 1500)).satisfies(answer -> {
            assertThat(answer.offset()).isEqualTo(1);
            assertThat(answer.timestamp()).isEqualTo(3000);
        });
        assertThat(offset("orders", 5000).offset()).isEqualTo(-1);
        assertThat(offset("nowhere", 0).error()).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.number());
    }

    @Test
    void refusesQueriesAndNamesThatAreNull() {
        assertThatThrownBy(() -> client.askNow(
                        Verb.LIST_OFFSETS,
                        new ListOffsets.Request(1, Collections.singletonList(null)),
                        ListOffsets.Response.class))
                .satisfies(code(ErrorCode.INVALID_REQUEST));
        assertThatThrownBy(() -> client.askNow(
                        Verb.METADATA,
                        new Metadata.Request(1, Collections.singletonList(null), true),
                        Metadata.Image.class))
                .satisfies(code(ErrorCode.INVALID_REQUEST));
    }

    @Test
    void createsNoMoreThanAHundredTopicsForOneRequest() {
        List<String> names = IntStream.range(0, 101).mapToObj(i -> "topic-" + i).toList();

        assertThatThrownBy(
                        () -> client.askNow(Verb.METADATA, new Metadata.Request(1, names, true), Metadata.Image.class))
                .satisfies(code(ErrorCode.POLICY_VIOLATION));
        assertThat(listing()).isEmpty();
    }

    @Test
    void endsAFetchInBandAndSaysWhy() {
        UUID id = client.createTopic("orders");
        client.produceNow(id, 0, TestBatches.of("a"));

        assertThat(end(new FetchRequest(1, null, id, 0, 5, -1, 0, 0))).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
        assertThat(end(new FetchRequest(1, null, id, 0, -1, -1, 0, 0))).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
        assertThat(end(new FetchRequest(1, "nowhere", null, 0, 0, -1, 0, 0)))
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(end(new FetchRequest(1, null, new UUID(7, 7), 0, 0, -1, 0, 0)))
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
        assertThat(end(new FetchRequest(1, "orders", new UUID(7, 7), 0, 0, -1, 0, 0)))
                .isEqualTo(ErrorCode.INCONSISTENT_TOPIC_ID);
        assertThat(end(new FetchRequest(1, null, id, 3, 0, -1, 0, 0))).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(end(new FetchRequest(1, null, id, 0, 0, 4, 0, 0))).isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH);
    }

    /** Damage that was set aside leaves a gap up to the end, as compaction may. */
    @Test
    void saysWhereAGapEndsThatNothingFollows() throws IOException {
        UUID id = client.createTopic("orders");
        client.produceNow(id, 0, TestBatches.of("lost", "too"));
        fixture.stop();
        Path log = directory.resolve("orders-0/00000000000000000000.log");
        Files.write(log, new byte[(int) Files.size(log)]);
        Files.delete(directory.resolve(".clean-shutdown"));
        fixture.start();
        client = fixture.connect();

        ConcurrentLinkedQueue<StockClient.Element> elements = new ConcurrentLinkedQueue<>();
        Disposable fetching = client.fetch(id, 0, 0).subscribe(elements::add);
        await("an element", () -> !elements.isEmpty());
        assertThat(elements.peek().batches()).isZero();
        assertThat(elements.peek().header().nextOffset()).isEqualTo(2);
        client.produceNow(id, 0, TestBatches.of("next"));
        await("the next one", () -> elements.size() > 1);
        assertThat(elements).flatExtracting(StockClient.Element::values).containsExactly("next");
        fetching.dispose();
    }

    @Test
    void wakesAFetchAtTheEndOfTheLogAndEndsItWhenTheTopicGoes() {
        UUID id = client.createTopic("orders");
        ConcurrentLinkedQueue<StockClient.Element> elements = new ConcurrentLinkedQueue<>();
        Sinks.Empty<Void> completed = Sinks.empty();
        client.fetch(id, 0, 0).doOnComplete(completed::tryEmitEmpty).subscribe(elements::add);
        await("the stream is open", () -> fixture.broker().status().openStreams() == 1);

        client.produceNow(id, 0, TestBatches.of("a"));
        await("a record", () -> elements.size() == 1);
        client.produceNow(id, 0, TestBatches.of("b"));
        await("another", () -> elements.size() == 2);
        client.askNow(Verb.DELETE_TOPIC, new Topics.DeleteRequest(1, "orders", null), Topics.DeleteResponse.class);

        completed.asMono().block(StockClient.TIMEOUT);
        assertThat(elements).flatExtracting(StockClient.Element::values).containsExactly("a", "b");
        assertThat(elements).last().satisfies(element -> {
            assertThat(element.header().error()).isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
            assertThat(element.header().nextOffset()).isEqualTo(2);
        });
    }

    @Test
    void readsNoByteForAFetchWithoutDemand() {
        UUID id = client.createTopic("orders");
        for (int i = 0; i < 20; i++) {
            client.produceNow(id, 0, TestBatches.ofSize(10, 1000));
        }
        List<StockClient.Element> elements = new ArrayList<>();
        BaseSubscriber<StockClient.Element> idle = new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {
                request(1);
            }

            @Override
            protected void hookOnNext(StockClient.Element element) {
                synchronized (elements) {
                    elements.add(element);
                }
            }
        };
        client.fetch(new FetchRequest(1, null, id, 0, 0, -1, 12_000, 0)).subscribe(idle);
        await("one element", () -> size(elements) == 1);
        long readForOne = fixture.broker().status().bytesRead();

        client.produceNow(id, 0, TestBatches.of("more"));
        client.askNow(Verb.DESCRIBE_TOPIC, new Topics.DescribeRequest(1, "orders"), Topics.Description.class);

        assertThat(readForOne).isPositive();
        assertThat(fixture.broker().status().bytesRead()).isEqualTo(readForOne);
        idle.request(Long.MAX_VALUE);
        await("everything", () -> records(elements) == 201);
        idle.cancel();
    }

    /** FINDINGS 16c: a slice that holds no whole batch must be read larger, or the stream loops for ever. */
    @Test
    void carriesABatchThatIsLargerThanAnElement() {
        UUID id = client.createTopic("orders");
        client.produceNow(id, 0, TestBatches.of("a"), TestBatches.ofSize(1, 600_000), TestBatches.of("c"));

        List<StockClient.Element> elements = client.fetch(new FetchRequest(1, null, id, 0, 0, -1, 1000, 0))
                .take(3)
                .collectList()
                .block(StockClient.TIMEOUT);

        assertThat(elements).extracting(StockClient.Element::batches).containsExactly(1, 1, 1);
        assertThat(elements.get(1).bytes()).isGreaterThan(600_000);
    }

    @Test
    void allowsAConnectionNoMoreStreamsThanItsLimit() {
        UUID id = client.createTopic("orders");
        List<Disposable> open = IntStream.range(0, 40)
                .mapToObj(i -> client.fetch(id, 0, 0).subscribe())
                .toList();
        await("all are open", () -> fixture.broker().status().openStreams() == 40);

        assertThatThrownBy(() -> client.fetch(id, 0, 0).blockLast(StockClient.TIMEOUT))
                .satisfies(code(ErrorCode.TOO_MANY_STREAMS));
        assertThatThrownBy(() -> client.produce(-1, Flux.never()).blockLast(StockClient.TIMEOUT))
                .satisfies(code(ErrorCode.TOO_MANY_STREAMS));
        open.forEach(Disposable::dispose);
        await("all are closed", () -> fixture.broker().status().openStreams() == 0);
        assertThat(client.produceNow(id, 0, TestBatches.of("a"))).hasSize(1);
    }

    @Test
    void refusesAChannelWhoseOpenerNamesNoVerbOfChannels() {
        assertThat(channelError(StockClient.opener(Verb.HELLO, new Hello.Request(1, "test", "1"))))
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(channelError(StockClient.opener("no.such.verb", Unpooled.EMPTY_BUFFER)))
                .isEqualTo(ErrorCode.UNKNOWN_VERB);
        assertThat(channelError(ByteBufPayload.create(Unpooled.EMPTY_BUFFER))).isEqualTo(ErrorCode.INVALID_REQUEST);
        client.createTopic("the-connection-still-works");
    }

    private ErrorCode channelError(Payload opener) {
        return client.socket()
                .requestChannel(Flux.concat(Mono.just(opener), Mono.never()))
                .then(Mono.<ErrorCode>empty())
                .onErrorResume(error -> Mono.just(RSocketErrors.fromRSocket(error))
                        .cast(PenstockException.class)
                        .map(PenstockException::code))
                .block(StockClient.TIMEOUT);
    }

    @Test
    void completesAChannelThatTheClientCompletesWithoutABatch() {
        assertThat(client.produce(-1, Flux.empty()).collectList().block(StockClient.TIMEOUT))
                .isEmpty();
        assertThat(Flux.from(client.socket()
                                .requestChannel(Mono.fromSupplier(
                                        () -> StockClient.opener(Verb.PRODUCE, new ProduceRequest(1, 1)))))
                        .collectList()
                        .block(StockClient.TIMEOUT))
                .isEmpty();
    }

    private List<ProduceAck> produce(int acks, Payload... elements) {
        return client.produce(acks, Flux.just(elements)).collectList().block(StockClient.TIMEOUT);
    }

    private List<Topics.Listing> listing() {
        return client.askNow(Verb.LIST_TOPICS, new Topics.ListRequest(1, false), Topics.ListResponse.class)
                .topics();
    }

    private ListOffsets.Answer offset(String topic, long timestamp) {
        ListOffsets.Request request =
                new ListOffsets.Request(1, List.of(new ListOffsets.Query(topic, 0, timestamp, -1)));
        return client.askNow(Verb.LIST_OFFSETS, request, ListOffsets.Response.class)
                .answers()
                .get(0);
    }

    private ErrorCode end(FetchRequest request) {
        StockClient.Element last = client.fetch(request).blockLast(StockClient.TIMEOUT);
        assertThat(last.header().isEnd()).isTrue();
        assertThat(last.end().message()).isNotEmpty();
        return last.header().error();
    }

    private static int records(List<StockClient.Element> elements) {
        synchronized (elements) {
            return elements.stream()
                    .mapToInt(element -> element.values().size())
                    .sum();
        }
    }

    private static int size(List<?> list) {
        synchronized (list) {
            return list.size();
        }
    }

    private static Consumer<Throwable> code(ErrorCode expected) {
        return error -> assertThat(error)
                .isInstanceOfSatisfying(
                        PenstockException.class,
                        known -> assertThat(known.code()).isEqualTo(expected));
    }
}
