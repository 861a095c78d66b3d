package io.penstock.core.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;

class OutboundWindowTest {

    private final OutboundBudget budget = new OutboundBudget(1_000);
    private final OutboundWindow window = new OutboundWindow(budget, 400);
    private final List<String> woken = new ArrayList<>();

    private OutboundWindow.Waiter waiter(String name) {
        return isReserved -> woken.add(name + (isReserved ? "" : " refused"));
    }

    @Test
    void reservesUpToItsOwnLimit() {
        assertThat(window.tryReserve(300)).isTrue();
        assertThat(window.tryReserve(101)).isFalse();
        assertThat(window.tryReserve(100)).isTrue();
        assertThat(window.tryReserve(1)).isFalse();
        assertThat(window.heldBytes()).isEqualTo(400);
        assertThat(budget.usedBytes()).isEqualTo(400);
    }

    @Test
    void letsOneLargeElementPassAlone() {
        assertThat(window.tryReserve(1_000)).isTrue();
        assertThat(window.tryReserve(1)).isFalse();
        window.unreserve(1_000);
        assertThat(window.tryReserve(1_001)).isFalse();
        assertThat(window.tryReserve(1)).isTrue();
        assertThat(window.tryReserve(1_000)).isFalse();
    }

    /** Stuck peers that come one after the other leave less and less: the beat makes them give room to who has none. */
    @Test
    void givesUpTheLargestThatStallsForOneThatStarves() {
        List<OutboundWindow> givenUp = new ArrayList<>();
        List<OutboundWindow> stuck = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            OutboundWindow greedy = new OutboundWindow(budget, 1_000);
            greedy.onGivenUp(() -> givenUp.add(greedy));
            int held = 0;
            while (greedy.tryReserve(1)) {
                held++;
            }
            if (held > 0) {
                greedy.sent(held);
                greedy.unreserve(held);
            }
            stuck.add(greedy);
        }
        assertThat(budget.usedBytes()).isEqualTo(1_000);
        window.whenReserved(300, waiter("starving"));

        budget.beat();
        assertThat(givenUp).as("not before it has waited for a whole beat").isEmpty();
        budget.beat();

        assertThat(givenUp).containsExactly(stuck.get(0));
        int largest = (int) stuck.get(0).heldBytes();
        assertThat(largest).isEqualTo(500);
        stuck.get(0).close();
        stuck.get(0).released(largest);
        assertThat(woken).containsExactly("starving");
        budget.beat();
        budget.beat();
        assertThat(givenUp).as("nobody starves any more").hasSize(1);
    }

    @Test
    void givesUpNobodyWhoSendsOrOnlyReads() {
        List<String> givenUp = new ArrayList<>();
        OutboundWindow sender = new OutboundWindow(budget, 1_000);
        sender.onGivenUp(() -> givenUp.add("sender"));
        sender.sent(400);
        OutboundWindow reader = new OutboundWindow(budget, 1_000);
        reader.onGivenUp(() -> givenUp.add("reader"));
        assertThat(reader.tryReserve(300)).isTrue();
        window.whenReserved(350, waiter("starving"));

        for (int beat = 0; beat < 10; beat++) {
            sender.released(1);
            budget.beat();
        }

        assertThat(givenUp).isEmpty();
    }

    /** Fails without the dynamic threshold: the first to come take all, and the tenth has nothing. */
    @Test
    void sharesTheBudgetEvenlyAmongConnectionsThatGrowTogether() {
        List<OutboundWindow> stuck = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            stuck.add(new OutboundWindow(budget, 1_000));
        }
        boolean isGrowing = true;
        while (isGrowing) {
            isGrowing = false;
            for (OutboundWindow greedy : stuck) {
                isGrowing |= greedy.tryReserve(1);
            }
        }

        assertThat(stuck).allSatisfy(greedy -> assertThat(greedy.heldBytes()).isEqualTo(100));
        assertThat(window.tryReserve(100)).isTrue();
    }

    @Test
    void countsFramesUntilTheyAreWritten() {
        assertThat(window.tryReserve(100)).isTrue();
        window.sent(90);
        window.unreserve(100);
        assertThat(window.heldBytes()).isEqualTo(90);
        window.released(90);
        assertThat(window.heldBytes()).isZero();
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void servesWaitersInOrderWithTheirReservationMade() {
        window.tryReserve(400);
        window.whenReserved(300, waiter("first"));
        window.whenReserved(50, waiter("second"));
        window.whenReserved(50, waiter("third"));
        assertThat(window.tryReserve(1)).as("overtakes those who wait").isFalse();

        window.unreserve(100);
        assertThat(woken).as("the second does not overtake the first").isEmpty();
        window.unreserve(250);

        assertThat(woken).containsExactly("first", "second");
        assertThat(window.heldBytes()).isEqualTo(400);
        window.unreserve(50);
        assertThat(woken).endsWith("third");
    }

    @Test
    void callsAWaiterAtOnceIfThereIsRoom() {
        window.whenReserved(400, waiter("only"));

        assertThat(woken).containsExactly("only");
        assertThat(window.heldBytes()).isEqualTo(400);
    }

    @Test
    void servesThoseBehindAWaiterThatGaveUp() {
        window.tryReserve(300);
        Disposable first = window.whenReserved(200, waiter("first"));
        window.whenReserved(100, waiter("second"));
        assertThat(woken).isEmpty();

        first.dispose();

        assertThat(woken).containsExactly("second");
    }

    @Test
    void disposingAfterTheGrantTakesNothingFromALaterWaiter() {
        OutboundWindow.Waiter same = waiter("same");
        window.tryReserve(400);
        Disposable first = window.whenReserved(400, same);
        window.unreserve(400);
        window.whenReserved(400, same);

        first.dispose();
        window.unreserve(400);

        assertThat(woken).containsExactly("same", "same");
    }

    @Test
    void wakesOneConnectionWhenAnotherMakesRoom() {
        OutboundWindow other = new OutboundWindow(budget, 1_000);
        assertThat(other.tryReserve(1_000)).isTrue();
        window.whenReserved(200, waiter("waiter"));
        assertThat(woken).isEmpty();

        other.unreserve(1_000);

        assertThat(woken).containsExactly("waiter");
    }

    @Test
    void closeRefusesThoseWhoWaitAndThoseWhoCome() {
        window.tryReserve(400);
        window.whenReserved(1, waiter("before"));

        window.close();
        window.whenReserved(1, waiter("after"));

        assertThat(woken).containsExactly("before refused", "after refused");
        assertThat(window.isClosed()).isTrue();
        window.unreserve(400);
        assertThat(window.tryReserve(1)).isFalse();
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void aWaiterThatThrowsHarmsNoOther() {
        OutboundWindow other = new OutboundWindow(budget, 1_000);
        other.tryReserve(1_000);
        window.whenReserved(100, isReserved -> {
            throw new IllegalStateException("thrown by a test");
        });
        window.whenReserved(100, waiter("second"));

        other.unreserve(1_000);

        assertThat(woken).containsExactly("second");
    }

    @Test
    void refusesSizesThatCanNotBe() {
        assertThatIllegalArgumentException().isThrownBy(() -> window.tryReserve(0));
        assertThatIllegalArgumentException().isThrownBy(() -> window.whenReserved(-1, isReserved -> {}));
        assertThatIllegalArgumentException().isThrownBy(() -> window.unreserve(0));
        assertThatIllegalArgumentException().isThrownBy(() -> new OutboundBudget(0));
    }

    /**
     * Any sequence of reserving, waiting, ending and giving up on three connections: never above a cap, never below
     * zero, and when everything has been ended everybody has had his turn.
     */
    @Property(tries = 500)
    void neverPassesACapAndForgetsNobody(@ForAll @Size(max = 200) List<@IntRange(min = 0, max = 3_999) Integer> steps) {
        OutboundBudget shared = new OutboundBudget(1_000);
        List<OutboundWindow> windows = new ArrayList<>();
        List<Queue<Integer>> reserved = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            windows.add(new OutboundWindow(shared, 400));
            reserved.add(new ArrayDeque<>());
        }
        AtomicInteger waiting = new AtomicInteger();
        for (int step : steps) {
            int which = step % 3;
            int bytes = 1 + step / 12;
            OutboundWindow one = windows.get(which);
            Queue<Integer> mine = reserved.get(which);
            switch (step / 3 % 4) {
                case 0 -> {
                    if (one.tryReserve(bytes)) {
                        mine.add(bytes);
                    }
                }
                case 1 -> {
                    waiting.incrementAndGet();
                    one.whenReserved(bytes, isReserved -> {
                        waiting.decrementAndGet();
                        mine.add(bytes);
                    });
                }
                default -> {
                    Integer ended = mine.poll();
                    if (ended != null) {
                        one.unreserve(ended);
                    }
                }
            }
            long sum = 0;
            for (int i = 0; i < 3; i++) {
                long held = windows.get(i).heldBytes();
                assertThat(held).isBetween(0L, Math.max(400L, largest(reserved.get(i))));
                assertThat(held)
                        .isEqualTo(reserved.get(i).stream().mapToLong(b -> b).sum());
                sum += held;
            }
            assertThat(shared.usedBytes()).isEqualTo(sum).isLessThanOrEqualTo(1_000);
        }
        boolean isMoving = true;
        while (isMoving) {
            isMoving = false;
            for (int i = 0; i < 3; i++) {
                for (Integer ended = reserved.get(i).poll();
                        ended != null;
                        ended = reserved.get(i).poll()) {
                    windows.get(i).unreserve(ended);
                    isMoving = true;
                }
            }
        }
        assertThat(waiting).hasValue(0);
        assertThat(shared.usedBytes()).isZero();
    }

    private static int largest(Queue<Integer> bytes) {
        return bytes.stream().mapToInt(b -> b).max().orElse(0);
    }

    /** Several threads on several connections under one tight budget: a lost wake-up leaves somebody waiting for ever. */
    @Test
    void losesNoWakeUpBetweenThreads() throws Exception {
        int threads = 4;
        int turns = 20_000;
        OutboundBudget tight = new OutboundBudget(100);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<?>> runs = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                OutboundWindow own = new OutboundWindow(tight, 60);
                Random random = new Random(t);
                runs.add(pool.submit(() -> {
                    for (int turn = 0; turn < turns; turn++) {
                        int bytes = 1 + random.nextInt(50);
                        if (!own.tryReserve(bytes)) {
                            CountDownLatch granted = new CountDownLatch(1);
                            own.whenReserved(bytes, isReserved -> granted.countDown());
                            assertThat(granted.await(20, TimeUnit.SECONDS))
                                    .as("woken")
                                    .isTrue();
                        }
                        assertThat(tight.usedBytes()).isBetween(0L, 100L);
                        own.unreserve(bytes);
                    }
                    return null;
                }));
            }
            for (Future<?> run : runs) {
                run.get(60, TimeUnit.SECONDS);
            }
            assertThat(tight.usedBytes()).isZero();
        } finally {
            pool.shutdownNow();
        }
    }

    /** Fails if room is not looked for again after the budget was told: nobody else would ever wake this waiter. */
    @Test
    void wakesAWaiterThatComesWhileTheLastRoomIsMade() {
        AtomicReference<OutboundWindow> holder = new AtomicReference<>();
        OutboundBudget interleaved = new OutboundBudget(100) {
            @Override
            void addStarved(OutboundWindow waiting) {
                holder.get().unreserve(100); // another thread, after the waiter found no room, and before it is known
                super.addStarved(waiting);
            }
        };
        holder.set(new OutboundWindow(interleaved, 100));
        assertThat(holder.get().tryReserve(100)).isTrue();

        new OutboundWindow(interleaved, 100).whenReserved(100, waiter("late"));

        assertThat(woken).containsExactly("late");
    }
}
