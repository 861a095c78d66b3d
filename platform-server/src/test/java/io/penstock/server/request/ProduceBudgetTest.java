package io.penstock.server.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ProduceBudgetTest {

    @Test
    void wakesThoseWhoWaitOnceThereIsRoom() {
        ProduceBudget budget = new ProduceBudget(100);
        AtomicInteger woken = new AtomicInteger();
        budget.tryAdd(60);
        budget.tryAdd(60);

        budget.whenRoom(woken::incrementAndGet);
        budget.whenRoom(woken::incrementAndGet);
        budget.remove(10);
        assertThat(woken).hasValue(0);
        budget.remove(50);

        assertThat(woken).hasValue(2);
        assertThat(budget.usedBytes()).isEqualTo(60);
    }

    @Test
    void holdsNoMoreThanItsLimitAndOneBatch() {
        ProduceBudget budget = new ProduceBudget(100);

        assertThat(budget.tryAdd(99)).isTrue();
        assertThat(budget.tryAdd(50)).isTrue();
        assertThat(budget.tryAdd(1)).isFalse();
        assertThat(budget.usedBytes()).isEqualTo(149);
        budget.remove(99);
        assertThat(budget.tryAdd(1)).isTrue();
    }

    /** 2,000 channels with 8 batches each would be promised 16,000 batches if credit were not counted. */
    @Test
    void promisesWhatItCanHoldHoweverManyChannelsThereAre() {
        int limit = 128 << 20;
        ProduceBudget budget = new ProduceBudget(limit);
        int promised = 0;
        for (int channel = 0; channel < 2000; channel++) {
            int granted = new CreditReserve(budget).reserve(8, true);
            assertThat(granted)
                    .as("a channel is never left waiting by those that are idle")
                    .isPositive();
            promised += granted;
        }

        assertThat(budget.reservedBytes()).isLessThanOrEqualTo(limit);
        assertThat(promised).isLessThanOrEqualTo(limit / CreditReserve.FIRST_BATCH_BYTES + 2000);
    }

    @Test
    void reservesByWhatAChannelSends() {
        ProduceBudget budget = new ProduceBudget(10 << 20);
        CreditReserve reserve = new CreditReserve(budget);
        assertThat(reserve.reserve(8, true)).isEqualTo(8);
        for (int i = 0; i < 8; i++) {
            reserve.onArrived(4 << 20);
        }

        assertThat(budget.reservedBytes()).isZero();
        assertThat(reserve.reserve(8, true)).isEqualTo(2);
        assertThat(reserve.reserve(6, false)).isZero();
        reserve.end();
        assertThat(budget.reservedBytes()).isZero();
        assertThat(reserve.reserve(8, true)).isZero();
    }

    @Test
    void runsAtOnceWhenThereIsRoom() {
        AtomicInteger woken = new AtomicInteger();

        new ProduceBudget(1).whenRoom(woken::incrementAndGet);

        assertThat(woken).hasValue(1);
    }

    @Test
    void losesNoWakeBetweenTwoThreads() throws Exception {
        ProduceBudget budget = new ProduceBudget(1);
        int rounds = 20_000;
        for (int i = 0; i < rounds / 100; i++) {
            budget.tryAdd(1);
            CountDownLatch woken = new CountDownLatch(100);
            Thread waiter = new Thread(() -> {
                for (int j = 0; j < 100; j++) {
                    budget.whenRoom(woken::countDown);
                }
            });
            waiter.start();
            budget.remove(1);
            assertThat(woken.await(20, TimeUnit.SECONDS)).isTrue();
            waiter.join();
        }
    }
}
