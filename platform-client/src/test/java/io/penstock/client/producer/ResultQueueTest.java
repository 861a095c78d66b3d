package io.penstock.client.producer;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.model.Guarantee;
import io.penstock.core.model.Outcome;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ResultQueueTest {

    /** Answered, and says which record was asked for. */
    private record Answered(int number) implements Settleable {

        @Override
        public boolean isAnswered() {
            return true;
        }

        @Override
        public void whenAnswered(Runnable listener) {
            listener.run();
        }

        @Override
        public SendResult result(int index, long timestamp, @Nullable Object correlation) {
            return new SendResult(
                    "t", number, index, timestamp, Guarantee.LEADER, Outcome.COMMITTED, null, correlation);
        }
    }

    private final ResultQueue queue = new ResultQueue();

    /** Batches, times and correlations that now stay as they are and now change. */
    @Property
    void givesBackInOrderWhatWasPutIn(@ForAll long seed) {
        Random random = new Random(seed);
        ResultQueue filled = new ResultQueue();
        Deque<SendResult> expected = new ArrayDeque<>();
        Answered batch = new Answered(0);
        int index = 0;
        long timestamp = 0;
        for (int round = 0; round < 20; round++) {
            for (int burst = random.nextInt(900); burst > 0; burst--) {
                boolean isNext = random.nextInt(20) == 0;
                batch = isNext ? new Answered(batch.number + 1) : batch;
                index = isNext ? random.nextInt(5) : index + 1 + random.nextInt(20) / 19;
                timestamp += random.nextInt(10) / 9;
                Object correlation = random.nextInt(4) == 0 ? burst : null;
                filled.add(batch, index, timestamp, correlation);
                expected.add(batch.result(index, timestamp, correlation));
            }
            filled.publish();
            assertThat(filled.size()).isEqualTo(expected.size());
            for (int burst = random.nextInt(900); burst > 0 && !filled.isEmpty(); burst--) {
                assertThat(filled.isHeadAnswered()).isTrue();
                assertThat(filled.take()).isEqualTo(expected.poll());
            }
        }
    }

    @Test
    void showsNothingBeforeItIsPublished() {
        queue.add(new Answered(1), 0, 5, null);
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.isHeadAnswered()).isFalse();
        queue.publish();
        assertThat(queue.size()).isEqualTo(1);
        assertThat(queue.take().timestamp()).isEqualTo(5);
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void anEntryGrowsWhileItsResultsAreTaken() throws InterruptedException {
        int records = 1_000_000;
        Answered batch = new Answered(7);
        Thread adding = new Thread(() -> {
            for (int i = 0; i < records; i++) {
                queue.add(batch, i, i / 1000, null);
                queue.publish();
            }
        });
        adding.start();
        for (int i = 0; i < records; ) {
            if (queue.isHeadAnswered()) {
                assertThat(queue.take().offset()).isEqualTo(i++);
            }
        }
        adding.join();
    }
}
