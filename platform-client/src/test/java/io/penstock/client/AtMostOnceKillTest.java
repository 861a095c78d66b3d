package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/** A client that commits before it handles is killed again and again. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AtMostOnceKillTest {

    private static final int PARTITIONS = 2;
    private static final int BATCH = 20;
    private static final int BATCHES_OF_PARTITION = 40;
    private static final int RECORDS = PARTITIONS * BATCH * BATCHES_OF_PARTITION;
    private static final int KILLS = 3;
    private static final int RECORDS_BEFORE_A_KILL = 250;
    /** One that is killed late has not come to the end. */
    private static final int MOST_BEFORE_A_KILL = 300;

    /** What is committed and not handled when a client is killed: in each partition a batch that is begun, and the next. */
    private static final int LOST_BY_A_KILL = PARTITIONS * 2 * BATCH + AtMostOnceClientProcess.AHEAD;

    @TempDir
    Path directory;

    private final List<String> handled = new ArrayList<>();
    private RunningBroker broker;
    private PenstockClient client;

    @BeforeEach
    void start() {
        broker = RunningBroker.start(
                directory, Map.of("durability", "replicated", "num.partitions", String.valueOf(PARTITIONS)));
        client = PenstockClient.connect(broker.endpoint("penstock"));
    }

    @AfterEach
    void stop() {
        client.closeNow();
        broker.close();
    }

    private void send() {
        Producer<String, Integer> producer = client.producer(ProducerOptions.of(Serdes.string(), Serdes.int32()));
        for (int batch = 0; batch < PARTITIONS * BATCHES_OF_PARTITION; batch++) {
            int partition = batch % PARTITIONS;
            producer.send(Flux.range(0, BATCH)
                            .map(i -> ProducerRecord.<String, Integer>of("orders", i)
                                    .withPartition(partition)))
                    .blockLast(Await.TIMEOUT);
        }
    }

    private void live(int most, BooleanSupplier isEnough) {
        KilledClient.run(
                AtMostOnceClientProcess.class, List.of(broker.endpoint("penstock"), String.valueOf(most)), line -> {
                    if (line.startsWith(AtMostOnceClientProcess.HANDLED)) {
                        handled.add(line.substring(AtMostOnceClientProcess.HANDLED.length()));
                    }
                    return isEnough.getAsBoolean();
                });
    }

    @Test
    void handlesNothingTwiceAndLosesOnlyWhatWasOnItsWay() {
        send();
        for (int kill = 0; kill < KILLS; kill++) {
            int enough = handled.size() + RECORDS_BEFORE_A_KILL;
            live(MOST_BEFORE_A_KILL, () -> handled.size() >= enough);
        }
        List<String> lastOnes = List.of("0 " + (RECORDS / PARTITIONS - 1), "1 " + (RECORDS / PARTITIONS - 1));
        live(RECORDS, () -> handled.containsAll(lastOnes));

        assertThat(handled).doesNotHaveDuplicates();
        assertThat(handled).hasSizeBetween(RECORDS - KILLS * LOST_BY_A_KILL, RECORDS);
    }
}
