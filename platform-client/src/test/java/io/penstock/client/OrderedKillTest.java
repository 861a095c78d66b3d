package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/** A client that handles records in parallel is killed in the midst of it, and another one goes on. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OrderedKillTest {

    private static final int RECORDS = 6_000;
    private static final int KEYS = 200;

    @TempDir
    Path directory;

    private RunningBroker broker;
    private PenstockClient client;

    @BeforeEach
    void start() {
        broker = RunningBroker.start(directory, Map.of("durability", "replicated", "num.partitions", "1"));
        client = PenstockClient.connect(broker.endpoint("penstock"));
    }

    @AfterEach
    void stop() {
        client.closeNow();
        broker.close();
    }

    /** What a client did, as it told. */
    private static final class Life {

        private final List<String> begun = new ArrayList<>();
        private final List<String> finished = new ArrayList<>();
        /** What was finished by this one or those before it. */
        private final Set<String> all;

        private int committed;

        Life(Collection<String> finishedBefore) {
            all = new HashSet<>(finishedBefore);
        }

        private void hear(String line) {
            String what = line.substring(line.indexOf(' ') + 1);
            if (line.startsWith("begun ")) {
                begun.add(what);
            } else if (line.startsWith("finished ")) {
                finished.add(what);
                all.add(what);
            } else if (line.startsWith("committed ")) {
                committed = Integer.parseInt(what);
            }
        }
    }

    /** Runs a client until it has done enough, kills it, and hears what else it said. */
    private Life live(long stuckFrom, Predicate<Life> enough, Collection<String> finishedBefore) {
        Life life = new Life(finishedBefore);
        KilledClient.run(
                OrderedClientProcess.class, List.of(broker.endpoint("penstock"), String.valueOf(stuckFrom)), line -> {
                    life.hear(line);
                    return enough.test(life);
                });
        return life;
    }

    @Test
    void losesNothingKeepsTheOrderAndRepeatsNothingThatWasCommitted() {
        Producer<String, Integer> producer = client.producer(ProducerOptions.of(Serdes.string(), Serdes.int32()));
        producer.send(Flux.range(0, RECORDS).map(i -> ProducerRecord.of("orders", "k" + i * 31 % KEYS, i)))
                .blockLast(Await.TIMEOUT);

        Life first = live(RECORDS / 2, life -> life.committed > RECORDS / 4, List.of());
        Set<String> committed = new HashSet<>(first.finished.subList(0, first.committed));
        Life second = live(RECORDS, life -> life.all.size() == RECORDS, first.finished);

        assertThat(second.begun).as("nothing that was committed is repeated").doesNotContainAnyElementsOf(committed);
        assertOrder(first.begun);
        assertOrder(second.begun);
    }

    /** Offsets grow with each key, and none that is to come is before one that came. */
    private static void assertOrder(List<String> lines) {
        Map<String, Long> last = new HashMap<>();
        for (String line : lines) {
            String[] parts = line.split(" ");
            long offset = Long.parseLong(parts[0]);
            assertThat(offset).as(line).isGreaterThan(last.getOrDefault(parts[1], -1L));
            last.put(parts[1], offset);
        }
    }
}
