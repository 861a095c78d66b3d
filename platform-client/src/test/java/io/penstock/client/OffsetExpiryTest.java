package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.admin.Admin;
import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.consumer.StartPosition;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.runtime.NodeRuntime;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Members that come back sooner or later than their group's offsets are kept, to a broker whose time the test has in hand. */
class OffsetExpiryTest {

    private static final Duration RETENTION = Duration.ofMinutes(10);

    @TempDir
    Path directory;

    private final VirtualTimeScheduler timers = VirtualTimeScheduler.create();
    private final NodeRuntime runtime = NodeRuntime.builder("expiry-test")
            .clock(Clock.fixed(Instant.now(), ZoneOffset.UTC))
            .nanoTime(() -> timers.now(TimeUnit.NANOSECONDS))
            .timers(timers)
            .build();
    private RunningBroker broker;
    private PenstockClient client;
    private Admin admin;
    private Producer<String, Integer> producer;
    private int sent;

    @BeforeEach
    void start() {
        broker = RunningBroker.start(
                directory,
                Map.of(
                        "offsets.retention.minutes", String.valueOf(RETENTION.toMinutes()),
                        "num.partitions", "1",
                        "shutdown.timeout.ms", "0"),
                runtime);
        client = PenstockClient.connect(broker.endpoint("penstock"));
        admin = client.admin();
        producer = client.producer(ProducerOptions.of(Serdes.string(), Serdes.int32()));
    }

    @AfterEach
    void stop() {
        client.closeNow();
        broker.close();
        runtime.close().block(Await.TIMEOUT);
    }

    private void send(int records) {
        producer.send(Flux.range(sent, records).map(i -> ProducerRecord.<String, Integer>of("orders", i)))
                .blockLast(Await.TIMEOUT);
        sent += records;
    }

    private Consumer<String, Integer> member(StartPosition startAt) {
        return client.consumer(ConsumerOptions.<String, Integer>builder(Serdes.string(), Serdes.int32())
                .topics("orders")
                .group(GroupOptions.of("billing"))
                .startAt(startAt)
                .build());
    }

    /** Reads until a value, commits and leaves. */
    private List<Integer> read(StartPosition startAt, int last) {
        Consumer<String, Integer> member = member(startAt);
        List<Integer> values = new CopyOnWriteArrayList<>();
        member.receive().doOnNext(ConsumerRecord::acknowledge).subscribe(record -> values.add(record.value()));
        Await.until("the record " + last, () -> values.contains(last));
        member.close().block(Await.TIMEOUT);
        return values;
    }

    private void pass(Duration time) {
        timers.advanceTimeBy(time);
    }

    @Test
    void goesOnWhereItsGroupWasUntilTheRetentionIsOverAndThenWhereItIsToldToBegin() {
        send(10);
        assertThat(read(StartPosition.earliest(), 9)).hasSize(10);

        pass(RETENTION.minusMillis(1));
        send(1);
        assertThat(read(StartPosition.earliest(), 10))
                .as("within the retention")
                .containsExactly(10);

        pass(RETENTION);
        Await.until(
                "the group is gone",
                () -> admin.listGroups().block(Await.TIMEOUT).isEmpty());
        assertThat(admin.groupOffsets("billing").block(Await.TIMEOUT)).isEmpty();
        StepVerifier.create(member(StartPosition.none()).receive())
                .expectErrorSatisfies(error ->
                        assertThat(((PenstockException) error).code()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE))
                .verify(Await.TIMEOUT);
        assertThat(read(StartPosition.earliest(), 10)).as("after it").hasSize(11);
    }
}
