package io.penstock.client.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.client.Await;
import io.penstock.client.connection.Backoff;
import io.penstock.client.connection.BrokerSession;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.Acks;
import io.penstock.core.record.RecordHeaders;
import io.penstock.core.runtime.NodeRuntime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

class PartitionQueueTest {

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final NodeRuntime runtime =
            NodeRuntime.builder("queue-test").timers(time).build();
    private final Accumulator accumulator =
            new Accumulator(ProducerOptions.of(Serdes.string(), Serdes.string()), runtime, null);
    private final ProducerTopic topic = new ProducerTopic("t", runtime.random());
    private final PartitionQueue queue = new PartitionQueue(topic, UUID.randomUUID(), 0, accumulator);

    @AfterEach
    void close() {
        accumulator.close();
        runtime.close().block(Await.TIMEOUT);
    }

    private Lane deadLane(AtomicInteger asked, BiConsumer<ProducerTopic, ErrorCode> onStale) {
        Lanes.Settings settings = new Lanes.Settings(Acks.ALL, 100, Backoff.DEFAULTS, Duration.ofSeconds(5), runtime);
        return new Lane(
                Mono.<BrokerSession>never().doOnSubscribe(asking -> asked.incrementAndGet()), settings, onStale);
    }

    @Test
    void leavesTheLaneOfALeaderThatIsDownWhenAnotherLeads() {
        AtomicInteger oldAsked = new AtomicInteger();
        AtomicInteger newAsked = new AtomicInteger();
        queue.follow(0, 0, deadLane(oldAsked, (stale, code) -> {}));
        assertThat(oldAsked).hasValue(1);
        queue.follow(1, 1, deadLane(newAsked, (stale, code) -> {}));
        assertThat(newAsked).hasValue(1);
    }

    @Test
    void asksWhoLeadsWhenTheLeaderCannotBeReached() {
        List<ProducerTopic> stale = new ArrayList<>();
        AtomicInteger asked = new AtomicInteger();
        queue.follow(0, 0, deadLane(asked, (found, code) -> stale.add(found)));
        time.advanceTimeBy(Duration.ofSeconds(4));
        assertThat(stale).isEmpty();
        time.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(stale).containsExactly(topic);
        time.advanceTimeBy(Backoff.DEFAULTS.max());
        assertThat(asked).as("and tries again").hasValue(2);
    }

    @Test
    void closesABatchWhoseFirstRecordCouldNotBeCopied() {
        Placement placement = new Placement(accumulator.memory());
        assertThatThrownBy(() -> queue.append(0, new byte[1], -1, 100, RecordHeaders.EMPTY, false, () -> {}, placement))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(accumulator.memory().usedBytes()).isPositive();
        accumulator.closeOpen();
        assertThat(accumulator.memory().usedBytes()).isZero();
        assertThat(accumulator.unanswered()).isEmpty();
    }
}
