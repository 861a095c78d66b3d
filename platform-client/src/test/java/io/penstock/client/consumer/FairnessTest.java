package io.penstock.client.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.Await;
import io.penstock.client.PenstockClient;
import io.penstock.client.ScriptedBroker;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.record.TestBatches;
import io.penstock.core.transport.LeakProbe;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

/** Partitions take turns, a batch at a time, whatever one of them has waiting. */
class FairnessTest {

    private static final int PARTITIONS = 3;
    private static final int RECORDS_IN_A_BATCH = 2;

    private final LeakProbe leaks = new LeakProbe();
    private final ScriptedBroker broker = ScriptedBroker.start().topic("t", PARTITIONS);
    private final PenstockClient client = PenstockClient.connect(broker.endpoint());
    private final Consumer<String, String> consumer =
            client.consumer(ConsumerOptions.<String, String>builder(Serdes.string(), Serdes.string())
                    .topics("t")
                    .build());

    @AfterEach
    void stop() {
        client.closeNow();
        broker.close();
        leaks.assertNone();
    }

    private boolean hasReceivedFromAll() {
        return consumer.positions().size() == PARTITIONS
                && consumer.positions().values().stream().allMatch(position -> position.highWatermark() > 0);
    }

    @Test
    void aPartitionWithMuchDataDoesNotKeepTheOthersWaiting() {
        for (int i = 0; i < 100; i++) {
            broker.append("t", 0, TestBatches.of("much", "much"));
        }
        broker.append("t", 1, TestBatches.of("little", "little"));
        broker.append("t", 2, TestBatches.of("little", "little"));
        List<TopicPartition> order = new ArrayList<>();
        StepVerifier.create(
                        consumer.receive()
                                .doOnNext(record -> order.add(new TopicPartition(record.topic(), record.partition()))),
                        1)
                .expectNextCount(1)
                .then(() -> Await.until("something of each partition", this::hasReceivedFromAll))
                .thenRequest((PARTITIONS + 1) * RECORDS_IN_A_BATCH - 1)
                .expectNextCount((PARTITIONS + 1) * RECORDS_IN_A_BATCH - 1)
                .thenCancel()
                .verify(Await.TIMEOUT);
        for (int i = 0; i < PARTITIONS; i++) {
            assertThat(order).contains(new TopicPartition("t", i));
        }
    }
}
