package io.penstock.client.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.Await;
import io.penstock.client.ClientOptions;
import io.penstock.client.PenstockClient;
import io.penstock.client.ScriptedBroker;
import io.penstock.client.ScriptedCoordinator;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.protocol.Verb;
import io.penstock.core.record.TestBatches;
import io.penstock.core.runtime.NodeRuntime;
import io.penstock.core.transport.LeakProbe;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A member of a group for which nothing is written, while hours go by. */
class IdleMemberTest {

    private final LeakProbe leaks = new LeakProbe();
    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final NodeRuntime runtime = NodeRuntime.builder("idle-member-test")
            .timers(time)
            .nanoTime(() -> time.now(TimeUnit.NANOSECONDS))
            .build();
    private final ScriptedBroker broker = ScriptedBroker.start().topic("t", 2);
    private final PenstockClient client = PenstockClient.connect(
            ClientOptions.builder(broker.endpoint()).runtime(runtime).build());
    private final List<String> values = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        client.closeNow();
        broker.close();
        runtime.close().block(Await.TIMEOUT);
        leaks.assertNone();
    }

    @Test
    void asksNothingOfAnybodyAndTellsNothing() {
        broker.append("t", 0, TestBatches.of("0", "1"));
        Consumer<String, String> consumer =
                client.consumer(ConsumerOptions.<String, String>builder(Serdes.string(), Serdes.string())
                        .topics("t")
                        .group(GroupOptions.of("g"))
                        .build());
        consumer.receive().doOnNext(ConsumerRecord::acknowledge).subscribe(record -> values.add(record.value()));
        ScriptedCoordinator.Member member = broker.coordinator().member(0).assign(1, "t", 0, 1);
        Await.until("its records", () -> values.size() == 2);
        consumer.commit().block(Await.TIMEOUT);
        broker.fetch(1);
        member.report(0);
        List<Verb> asked = List.copyOf(broker.asked());
        List<Long> credit = credit();

        for (int minute = 0; minute < 240; minute++) {
            time.advanceTimeBy(Duration.ofMinutes(1));
            consumer.commit()
                    .block(Await.TIMEOUT); // behind whatever that minute brought about; there is nothing to commit
        }

        assertThat(broker.asked()).isEqualTo(asked);
        assertThat(credit()).isEqualTo(credit);
        assertThat(member.reports()).hasSize(1);
        assertThat(broker.coordinator().memberChannels()).isEqualTo(1);
    }

    private List<Long> credit() {
        return broker.fetches().stream()
                .map(ScriptedBroker.ScriptedFetch::requested)
                .toList();
    }
}
