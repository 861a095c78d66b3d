package io.penstock.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.protocol.Topics;
import io.penstock.core.protocol.Verb;
import io.penstock.core.record.TestBatches;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Topics of few names that come and go beside everything else that clients ask of them, on a live broker. */
class BrokerChurnTest {

    private static final List<String> NAMES = List.of("a", "b", "c");
    private static final int CLIENTS = 4;
    private static final int STEPS = 60;

    /** What a call may be told when the topic of its name comes or goes under it. */
    private static final Set<ErrorCode> EXPECTED = EnumSet.of(
            ErrorCode.TOPIC_ALREADY_EXISTS,
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            ErrorCode.UNKNOWN_TOPIC_ID,
            ErrorCode.INCONSISTENT_TOPIC_ID);

    @TempDir
    Path directory;

    private final Set<UUID> created = ConcurrentHashMap.newKeySet();
    private final Set<UUID> deleted = ConcurrentHashMap.newKeySet();
    private final Map<UUID, Queue<String>> committed = new ConcurrentHashMap<>();
    private final Map<UUID, Queue<String>> doubtful = new ConcurrentHashMap<>();
    private final Queue<OpenFetch> fetches = new ConcurrentLinkedQueue<>();
    private final Queue<Throwable> unexpected = new ConcurrentLinkedQueue<>();

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void namesThatComeAndGoBesideOtherCallsLeaveWhatWasAnswered(long seed) {
        try (BrokerFixture fixture =
                BrokerFixture.on(directory, "penstock://127.0.0.1:0").start()) {
            Flux.fromStream(IntStream.range(0, CLIENTS)
                            .mapToObj(i -> run(fixture.connect(), new Random(seed * 100 + i), "client" + i)))
                    .flatMap(life -> life, CLIENTS)
                    .then()
                    .block(StockClient.TIMEOUT.multipliedBy(3));

            BrokerFixture.await(
                    "fetches of deleted topics have ended",
                    () -> fetches.stream().noneMatch(fetch -> deleted.contains(fetch.id) && !fetch.isDisposed()));
            fetches.forEach(BaseSubscriber::cancel);
            assertThat(unexpected).isEmpty();
            assertThat(created).containsAll(deleted);
            StockClient client = fixture.connect();
            List<Topics.Listing> left = list(client);
            assertThat(left).extracting(Topics.Listing::id).doesNotContainAnyElementsOf(deleted);
            assertThat(left.stream().map(Topics.Listing::id).toList())
                    .containsExactlyInAnyOrderElementsOf(
                            created.stream().filter(id -> !deleted.contains(id)).toList());
            left.forEach(topic -> assertHasWhatWasCommitted(client, topic.id()));

            fixture.restart();

            StockClient again = fixture.connect();
            assertThat(list(again)).containsExactlyInAnyOrderElementsOf(left);
            left.forEach(topic -> assertHasWhatWasCommitted(again, topic.id()));
            assertThat(directory
                            .toFile()
                            .list((parent, name) -> NAMES.stream().anyMatch(topic -> name.startsWith(topic + "-"))))
                    .as("partitions on the disk")
                    .hasSizeLessThanOrEqualTo(left.size());
        }
    }

    private static List<Topics.Listing> list(StockClient client) {
        return client.askNow(Verb.LIST_TOPICS, new Topics.ListRequest(1, false), Topics.ListResponse.class)
                .topics();
    }

    private void assertHasWhatWasCommitted(StockClient client, UUID id) {
        List<String> sure = List.copyOf(committed.getOrDefault(id, new ConcurrentLinkedQueue<>()));
        List<@Nullable String> found = sure.isEmpty() ? List.of() : client.fetchNow(id, 0, 0, sure.size());
        List<String> possible = new ArrayList<>(sure);
        possible.addAll(doubtful.getOrDefault(id, new ConcurrentLinkedQueue<>()));
        assertThat(found).doesNotHaveDuplicates().isSubsetOf(possible);
        if (doubtful.getOrDefault(id, new ConcurrentLinkedQueue<>()).isEmpty()) {
            assertThat(found).containsExactlyInAnyOrderElementsOf(sure);
        }
    }

    private Mono<Void> run(StockClient client, Random random, String who) {
        return Flux.range(0, STEPS)
                .concatMap(step -> step(client, random, who + "-" + step).onErrorResume(error -> {
                    noteUnlessExpected(error);
                    return Mono.empty();
                }))
                .then();
    }

    private void noteUnlessExpected(Throwable error) {
        if (!(error instanceof PenstockException known) || !EXPECTED.contains(known.code())) {
            unexpected.add(error);
        }
    }

    private Mono<?> step(StockClient client, Random random, String value) {
        String name = NAMES.get(random.nextInt(NAMES.size()));
        return switch (random.nextInt(6)) {
            case 0, 1 -> create(client, name);
            case 2 -> delete(client, name);
            case 3 -> describe(client, name);
            case 4 -> describe(client, name).flatMap(topic -> produce(client, topic.id(), value));
            default -> describe(client, name).flatMap(topic -> fetch(client, topic.id()));
        };
    }

    private Mono<?> create(StockClient client, String name) {
        return client.ask(
                        Verb.CREATE_TOPIC,
                        new Topics.CreateRequest(1, name, 1, -1, Map.of(), false),
                        Topics.Description.class)
                .doOnNext(topic ->
                        assertThat(created.add(topic.id())).as("a new id").isTrue());
    }

    private Mono<?> delete(StockClient client, String name) {
        return client.ask(Verb.DELETE_TOPIC, new Topics.DeleteRequest(1, name, null), Topics.DeleteResponse.class)
                .doOnNext(topic ->
                        assertThat(deleted.add(topic.id())).as("deleted once").isTrue());
    }

    private static Mono<Topics.Description> describe(StockClient client, String name) {
        return client.ask(Verb.DESCRIBE_TOPIC, new Topics.DescribeRequest(1, name), Topics.Description.class);
    }

    private Mono<?> produce(StockClient client, UUID id, String value) {
        return client.produce(-1, Flux.defer(() -> Flux.just(StockClient.element(1, id, 0, TestBatches.of(value)))))
                .single()
                .doOnNext(ack -> note(id, value, ack));
    }

    private void note(UUID id, String value, ProduceAck ack) {
        if (ack.outcome() == Outcome.COMMITTED) {
            committed.computeIfAbsent(id, key -> new ConcurrentLinkedQueue<>()).add(value);
        } else {
            if (ack.outcome() == Outcome.UNKNOWN) {
                doubtful.computeIfAbsent(id, key -> new ConcurrentLinkedQueue<>())
                        .add(value);
            }
            if (!EXPECTED.contains(ack.error())) {
                unexpected.add(new AssertionError(ack.toString()));
            }
        }
    }

    /** Opens a stream that stays, until its topic goes or the test ends. */
    private Mono<?> fetch(StockClient client, UUID id) {
        OpenFetch fetch = new OpenFetch(id);
        fetches.add(fetch);
        client.fetch(id, 0, 0).subscribe(fetch);
        return Mono.empty();
    }

    private final class OpenFetch extends BaseSubscriber<StockClient.Element> {

        private final UUID id;

        OpenFetch(UUID id) {
            this.id = id;
        }

        @Override
        protected void hookOnNext(StockClient.Element element) {
            if (element.header().isEnd() && !EXPECTED.contains(element.header().error())) {
                unexpected.add(new AssertionError("a fetch ended: " + element));
            }
        }

        @Override
        protected void hookOnError(Throwable error) {
            noteUnlessExpected(error);
        }
    }
}
