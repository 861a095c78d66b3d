package io.penstock.client.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.Await;
import io.penstock.client.ClientOptions;
import io.penstock.client.PenstockClient;
import io.penstock.client.ScriptedBroker;
import io.penstock.client.ScriptedCoordinator;
import io.penstock.client.group.CommitPolicy;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Verb;
import io.penstock.core.record.TestBatches;
import io.penstock.core.runtime.NodeRuntime;
import io.penstock.core.transport.LeakProbe;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A commit that did not arrive, and is to be made again when the time of the test goes on. */
class LostCommitTest {

    private static final TopicPartition T0 = new TopicPartition("t", 0);

    private final LeakProbe leaks = new LeakProbe();
    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final NodeRuntime runtime = NodeRuntime.builder("lost-commit-test")
            .timers(time)
            .nanoTime(() -> time.now(TimeUnit.NANOSECONDS))
            .build();
    private final ScriptedBroker broker = ScriptedBroker.start().topic("t", 2);
    private final ScriptedCoordinator coordinator = broker.coordinator();
    private final PenstockClient client = PenstockClient.connect(
            ClientOptions.builder(broker.endpoint()).runtime(runtime).build());
    private final List<ConsumerRecord<String, String>> received = new CopyOnWriteArrayList<>();
    private final List<ConsumerEvent> events = new CopyOnWriteArrayList<>();
    private ScriptedCoordinator.Member member;
    private CompletableFuture<Void> commit;

    @BeforeEach
    void commitInVain() {
        broker.append("t", 0, TestBatches.of("0"));
        broker.append("t", 1, TestBatches.of("1"));
        Consumer<String, String> consumer =
                client.consumer(ConsumerOptions.<String, String>builder(Serdes.string(), Serdes.string())
                        .topics("t")
                        .group(GroupOptions.builder("g")
                                .commits(CommitPolicy.manual())
                                .drainTimeout(Duration.ofSeconds(1))
                                .build())
                        .build());
        consumer.events().subscribe(events::add);
        consumer.receive().subscribe(received::add);
        member = coordinator.member(0).assign(1, "t", 0, 1);
        Await.until("the records", () -> received.size() == 2);
        received.stream().filter(record -> record.partition() == 0).forEach(ConsumerRecord::acknowledge);
        broker.failNext(Verb.COMMIT_OFFSETS, ErrorCode.COORDINATOR_NOT_AVAILABLE);
        commit = consumer.commit().toFuture();
        awaitEvent(ConsumerEvent.Waiting.class);
    }

    @AfterEach
    void stop() {
        client.closeNow();
        broker.close();
        runtime.close().block(Await.TIMEOUT);
        leaks.assertNone();
    }

    private <E> E awaitEvent(Class<E> type) {
        Await.until(type.getSimpleName(), () -> events.stream().anyMatch(type::isInstance));
        return type.cast(events.stream().filter(type::isInstance).findFirst().orElseThrow());
    }

    private void passUntilItEnds() {
        Await.until("the commit's end", () -> {
            time.advanceTimeBy(Duration.ofMillis(10));
            return commit.isDone();
        });
    }

    @Test
    void failsWhenItsPartitionWasLostMeanwhile() {
        member.fail(ErrorCode.UNKNOWN_MEMBER_ID);
        awaitEvent(ConsumerEvent.Lost.class);

        passUntilItEnds();

        assertThat(commit).isCompletedExceptionally();
        assertThat(commit.handle((nothing, error) -> error).join())
                .isInstanceOfSatisfying(
                        PenstockException.class,
                        error -> assertThat(error.code()).isEqualTo(ErrorCode.STALE_MEMBER_EPOCH))
                .hasMessageContaining("t-0")
                .hasMessageContaining("group g");
        assertThat(awaitEvent(ConsumerEvent.CommitRefused.class).topicPartition())
                .isEqualTo(T0);
        assertThat(coordinator.commits()).isEmpty();
    }

    /** Of which nothing is acknowledged. */
    @Test
    void isThereThoughAnotherPartitionHadToGoMeanwhile() {
        member.assign(2, "t", 0);
        awaitEvent(ConsumerEvent.Revoking.class);

        passUntilItEnds();

        assertThat(commit).isCompleted();
        assertThat(coordinator.committed("t", 0, 1).offset()).isEqualTo(1);
    }
}
