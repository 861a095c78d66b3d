package io.penstock.server.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.server.coordinator.decision.CoordinatorRecord;
import io.penstock.server.coordinator.decision.Decision;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/** All on one thread: what runs when, the test says. */
class CoordinatorShardTest {

    private final ScriptedLog log = new ScriptedLog();
    private final VirtualTimeScheduler timers = VirtualTimeScheduler.create();
    private final Deque<Runnable> reading = new ArrayDeque<>();
    private final List<String> told = new ArrayList<>();
    private final List<Tally> tallies = new ArrayList<>();
    private boolean isWorking = true;

    private CoordinatorShard<Tally> shard;

    @BeforeEach
    void start() {
        shard = new CoordinatorShard<>(
                "shard",
                () -> {
                    tallies.add(new Tally(told));
                    return tallies.get(tallies.size() - 1);
                },
                log,
                new ShardRuntime(
                        this::work,
                        reading::add,
                        timers,
                        () -> timers.now(java.util.concurrent.TimeUnit.MILLISECONDS),
                        new CoordinatorMetrics(new SimpleMeterRegistry())));
    }

    private void work(Runnable task) {
        if (!isWorking) {
            throw new RejectedExecutionException();
        }
        task.run();
    }

    private void load() {
        reading.remove().run();
    }

    private void startAndLoad() {
        shard.start();
        load();
    }

    private CompletableFuture<Long> add(String name, long more) {
        return shard.decide((tally, nowMs) -> tally.add(name, more, nowMs)).toFuture();
    }

    private CompletableFuture<Long> look(String name) {
        return shard.<Long>decide((tally, nowMs) -> tally.look(name)).toFuture();
    }

    private static ErrorCode errorOf(CompletableFuture<?> answer) {
        assertThat(answer).isCompletedExceptionally();
        return answer.handle((value, error) -> ((PenstockException) error).code())
                .join();
    }

    @Test
    void answersWhenTheRecordsAreCommitted() {
        startAndLoad();

        CompletableFuture<Long> answer = add("a", 2);

        assertThat(answer).isNotDone();
        log.commit();
        assertThat(answer).isCompletedWithValue(2L);
    }

    @Test
    void decidesOnWhatWasDecidedBeforeAndIsNotCommitted() {
        startAndLoad();
        add("a", 2);

        CompletableFuture<Long> answer = add("a", 3);

        log.commitAll();
        assertThat(answer).isCompletedWithValue(5L);
    }

    @Test
    void appendsTogetherWhatWasDecidedDuringAnAppend() {
        startAndLoad();
        add("a", 1);

        add("b", 1);
        add("c", 1);

        assertThat(log.appending()).containsExactly(List.of("a"));
        log.commit();
        assertThat(log.appending()).containsExactly(List.of("b", "c"));
    }

    @Test
    void letsAnAnswerWithoutRecordsWaitForWhatItSaw() {
        startAndLoad();
        add("a", 2);

        CompletableFuture<Long> answer = look("a");

        assertThat(answer).isNotDone();
        log.commit();
        assertThat(answer).isCompletedWithValue(2L);
    }

    @Test
    void answersAtOnceWhereNothingIsUnderWay() {
        log.records.add(Tally.record("a", 7L, 0));
        startAndLoad();

        assertThat(look("a")).isCompletedWithValue(7L);
    }

    @Test
    void letsARefusalWaitForWhatItSaw() {
        log.records.add(Tally.record("until", 5L, 0));
        startAndLoad();
        timers.advanceTimeBy(Duration.ofMillis(5));

        CompletableFuture<Long> refusal = look("until");

        assertThat(refusal).isNotDone();
        log.commit();
        assertThat(errorOf(refusal)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
    }

    @Test
    void tellsOthersInTheOrderOfTheDecisionsOnceTheyAreCommitted() {
        startAndLoad();
        told.clear();
        add("a", 1);
        add("b", 1);
        add("c", 1);

        assertThat(told).isEmpty();
        log.commit();
        assertThat(told).containsExactly("a");
        log.commit();
        assertThat(told).containsExactly("a", "b", "c");
    }

    @Test
    void splitsWhatDoesNotFitABatch() {
        log.maxBatchBytes = 61 + 2 * (ShardLog.MAX_RECORD_OVERHEAD + 2);
        startAndLoad();
        add("a", 1);
        add("b", 1);
        add("c", 1);
        add("d", 1);

        log.commit();
        assertThat(log.appending()).containsExactly(List.of("b", "c"));
        log.commit();
        assertThat(log.appending()).containsExactly(List.of("d"));
    }

    @Test
    void refusesADecisionThatNoBatchHoldsAndForgetsIt() {
        log.maxBatchBytes = 100;
        startAndLoad();

        CompletableFuture<Long> refused = add("a".repeat(100), 1);

        assertThat(errorOf(refused)).isEqualTo(ErrorCode.MESSAGE_TOO_LARGE);
        assertThat(tallies.get(0).numbers).isEmpty();
    }

    @Test
    void refusesWhileItLoads() {
        shard.start();

        CompletableFuture<Long> early = add("a", 1);
        load();

        assertThat(errorOf(early)).isEqualTo(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
        assertThat(shard.whenLoaded().toFuture()).isCompleted();
    }

    @Test
    void triesAgainToReadALogThatCanNotBeRead() {
        log.records.add(Tally.record("a", 1L, 0));
        log.unreadable = new PenstockException(ErrorCode.STORAGE_ERROR, "by the script");
        startAndLoad();
        log.unreadable = null;

        timers.advanceTimeBy(Duration.ofMillis(100));
        load();

        assertThat(look("a")).isCompletedWithValue(1L);
    }

    @Test
    void waitsLongerFromFailureToFailure() {
        log.unreadable = new PenstockException(ErrorCode.STORAGE_ERROR, "by the script");
        startAndLoad();
        for (int i = 0; i < 20; i++) {
            timers.advanceTimeBy(Duration.ofSeconds(10));
            if (!reading.isEmpty()) {
                load();
            }
        }

        timers.advanceTimeBy(Duration.ofMillis(9_999));
        assertThat(reading).isEmpty();
        timers.advanceTimeBy(Duration.ofMillis(1));
        assertThat(reading).hasSize(1);
    }

    @Test
    void forgetsWhatAFailedAppendSaidAndEverythingDecidedOnIt() {
        startAndLoad();
        CompletableFuture<Long> lost = add("a", 1);
        CompletableFuture<Long> decidedOnIt = add("a", 1);
        CompletableFuture<Long> looked = look("a");

        log.fail(ErrorCode.STORAGE_FULL);

        assertThat(List.of(errorOf(lost), errorOf(decidedOnIt), errorOf(looked)))
                .containsOnly(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        assertThat(tallies.get(0).dropped).isNotNull();
        assertThat(log.appending()).isEmpty();
        timers.advanceTimeBy(Duration.ofMillis(100));
        load();
        assertThat(errorOf(look("a"))).isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
    }

    @Test
    void knowsAfterwardsWhatAFailedAppendWroteNevertheless() {
        startAndLoad();
        add("a", 1);
        log.failAfterWriting(ErrorCode.REQUEST_TIMED_OUT);

        timers.advanceTimeBy(Duration.ofMillis(100));
        load();

        assertThat(look("a")).isCompletedWithValue(1L);
    }

    @Test
    void tellsNobodyOfWhatWasNotCommitted() {
        startAndLoad();
        told.clear();
        add("a", 1);
        add("b", 1);

        log.fail(ErrorCode.STORAGE_FULL);

        assertThat(told).isEmpty();
    }

    @Test
    void readsItsLogAgainWhenItCanNotReplayWhatItDecided() {
        log.records.add(Tally.record("a", 1L, 0));
        startAndLoad();
        CompletableFuture<Object> broken = shard.<Object>decide((tally, nowMs) ->
                        new Decision<>(List.of(Tally.record("a", 9L, nowMs), Tally.record("poison", 1L, nowMs)), 1))
                .toFuture();

        assertThat(broken).isCompletedExceptionally();
        assertThat(log.appending()).isEmpty();
        timers.advanceTimeBy(Duration.ofMillis(100));
        load();
        assertThat(look("a")).isCompletedWithValue(1L);
        assertThat(reading).isEmpty();
    }

    @Test
    void doesByItselfWhatIsDueAtADeadline() {
        startAndLoad();
        add("until", 50);
        log.commit();

        timers.advanceTimeBy(Duration.ofMillis(49));
        assertThat(log.appending()).isEmpty();
        timers.advanceTimeBy(Duration.ofMillis(1));

        assertThat(log.appending()).containsExactly(List.of("until"));
        log.commit();
        assertThat(errorOf(look("until"))).isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
    }

    @Test
    void writesWhatIsDueAtOnceWithTheDecisionThatMadeItDue() {
        startAndLoad();

        add("until", 0);

        assertThat(log.appending()).containsExactly(List.of("until", "until"));
    }

    @Test
    void doesWhatIsDueOnceForAllWhoCameDuringAnAppend() {
        startAndLoad();
        add("a", 1);
        add("until1", 0);
        add("until2", 0);
        add("until3", 0);

        log.commit();

        assertThat(log.appending())
                .containsExactly(List.of("until1", "until2", "until3", "until1", "until2", "until3"));
    }

    @Test
    void heedsAnEarlierDeadlineThatComesLater() {
        startAndLoad();
        add("until-late", 500);
        add("until-early", 50);
        log.commitAll();

        timers.advanceTimeBy(Duration.ofMillis(50));

        assertThat(log.appending()).containsExactly(List.of("until-early"));
    }

    @Test
    void goesOnAfterADecisionThatFailsInAnUnforeseenWay() {
        startAndLoad();
        CompletableFuture<Long> failed = shard.<Long>decide((tally, nowMs) -> {
                    throw new IllegalStateException("a fault");
                })
                .toFuture();

        assertThat(failed).isCompletedExceptionally();
        CompletableFuture<Long> next = add("a", 1);
        log.commit();
        assertThat(next).isCompletedWithValue(1L);
    }

    @Test
    void tellsEverybodyWhyItIsClosed() {
        startAndLoad();
        CompletableFuture<Long> waiting = add("a", 1);
        PenstockException moved = new PenstockException(ErrorCode.NOT_COORDINATOR, "broker 2 leads");

        shard.close(moved);

        assertThat(errorOf(waiting)).isEqualTo(ErrorCode.NOT_COORDINATOR);
        assertThat(errorOf(add("a", 1))).isEqualTo(ErrorCode.NOT_COORDINATOR);
        assertThat(tallies.get(0).dropped).isSameAs(moved);
        log.commit();
        timers.advanceTimeBy(Duration.ofMinutes(1));
        assertThat(reading).isEmpty();
    }

    @Test
    void comesToNothingWhenItIsClosedWhileItLoads() {
        shard.start();
        shard.close(new PenstockException(ErrorCode.NOT_COORDINATOR, "broker 2 leads"));

        load();

        assertThat(errorOf(look("a"))).isEqualTo(ErrorCode.NOT_COORDINATOR);
        assertThat(shard.whenLoaded().toFuture()).isCompleted();
    }

    @Test
    void refusesWhenNobodyWorksAnyMore() {
        startAndLoad();
        isWorking = false;

        assertThat(errorOf(add("a", 1))).isEqualTo(ErrorCode.BROKER_CLOSING);
    }

    @Test
    void letsNoMoreWaitThanItMay() {
        startAndLoad();
        for (int i = 0; i < CoordinatorShard.MAX_WAITING; i++) {
            add("a", 1);
        }

        assertThat(errorOf(add("a", 1))).isEqualTo(ErrorCode.BROKER_OVERLOADED);

        log.commitAll();
        CompletableFuture<Long> next = add("a", 1);
        log.commitAll();
        assertThat(next).isCompletedWithValue(CoordinatorShard.MAX_WAITING + 1L);
    }

    @Test
    void startsNothingBeforeSomebodySubscribes() {
        startAndLoad();

        Mono<Long> unasked = shard.decide((tally, nowMs) -> tally.add("a", 1, nowMs));

        assertThat(log.appending()).isEmpty();
        assertThat(unasked).isNotNull();
    }

    @Test
    void endsInTheStateThatAReplayOfItsLogGives() {
        startAndLoad();
        for (int i = 0; i < 200; i++) {
            add("n" + i % 7, i);
            if (i % 3 == 0) {
                log.commitAll();
            }
        }
        log.commitAll();

        Tally replayed = new Tally(new ArrayList<>());
        for (CoordinatorRecord record : log.records) {
            replayed.replay(record);
        }
        assertThat(replayed.numbers).isEqualTo(tallies.get(0).numbers);
    }
}
