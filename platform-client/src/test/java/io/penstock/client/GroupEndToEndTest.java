package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerEvent;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.consumer.StartPosition;
import io.penstock.client.group.CommitPolicy;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.model.TopicPartition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/** Consumers in a group over a real broker. */
class GroupEndToEndTest {

    private static final int PARTITIONS = 4;
    private static final int NEVER = 0;

    @TempDir
    Path directory;

    private final List<PenstockClient> clients = new ArrayList<>();
    private RunningBroker broker;
    private PenstockClient client;
    private Producer<Integer, Integer> producer;
    private int sent;

    @BeforeEach
    void start() {
        broker = RunningBroker.start(
                directory, Map.of("durability", "replicated", "num.partitions", String.valueOf(PARTITIONS)));
        client = client();
        producer = client.producer(ProducerOptions.of(Serdes.int32(), Serdes.int32()));
    }

    @AfterEach
    void stop() {
        clients.forEach(PenstockClient::closeNow);
        broker.close();
    }

    private PenstockClient client() {
        PenstockClient made = PenstockClient.connect(broker.endpoint("penstock"));
        clients.add(made);
        return made;
    }

    private void send(int records) {
        producer.send(Flux.range(sent, records).map(i -> ProducerRecord.of("orders", i, i)))
                .blockLast(Await.TIMEOUT);
        sent += records;
    }

    private void send(TopicPartition to, int records) {
        producer.send(Flux.range(sent, records)
                        .map(i -> ProducerRecord.of(to.topic(), i, i).withPartition(to.partition())))
                .blockLast(Await.TIMEOUT);
        sent += records;
    }

    /** A member that finishes what it gets, or part of it, or keeps it until it is told to. */
    private final class Member {

        private final List<Integer> values = new CopyOnWriteArrayList<>();
        private final List<ConsumerRecord<Integer, Integer>> kept = new CopyOnWriteArrayList<>();
        private final Set<TopicPartition> owned = new HashSet<>();
        private final Set<TopicPartition> draining = new HashSet<>();
        private final List<Throwable> errors = new CopyOnWriteArrayList<>();
        private final Consumer<Integer, Integer> consumer;
        private final Disposable receiving;
        private int moves;

        Member(PenstockClient of, int finishEvery) {
            this(of, finishEvery, options -> options);
        }

        Member(PenstockClient of, int finishEvery, UnaryOperator<GroupOptions.Builder> change) {
            GroupOptions.Builder options = GroupOptions.builder("billing")
                    .drainTimeout(Await.TIMEOUT.multipliedBy(10))
                    .commits(CommitPolicy.automatic(Duration.ofMillis(50), 100));
            consumer = of.consumer(ConsumerOptions.<Integer, Integer>builder(Serdes.int32(), Serdes.int32())
                    .patterns("ord.*")
                    .group(change.apply(options).build())
                    .build());
            consumer.events().subscribe(this::follow);
            receiving = consumer.receive().subscribe(record -> take(record, finishEvery), errors::add);
        }

        private void take(ConsumerRecord<Integer, Integer> record, int finishEvery) {
            values.add(record.value());
            if (finishEvery == NEVER) {
                kept.add(record);
            } else if (record.value() % finishEvery == 0) {
                record.acknowledge();
            }
        }

        void finish(TopicPartition partition) {
            kept.stream()
                    .filter(record -> new TopicPartition(record.topic(), record.partition()).equals(partition))
                    .forEach(ConsumerRecord::acknowledge);
        }

        private synchronized void follow(ConsumerEvent event) {
            if (event instanceof ConsumerEvent.Assigned || event instanceof ConsumerEvent.Revoking) {
                moves++;
            }
            if (event instanceof ConsumerEvent.Assigned assigned) {
                owned.addAll(assigned.partitions());
            } else if (event instanceof ConsumerEvent.Revoking revoking) {
                draining.addAll(revoking.partitions());
            } else if (event instanceof ConsumerEvent.Revoked revoked) {
                owned.remove(revoked.partition());
                draining.remove(revoked.partition());
            }
        }

        /** How often partitions came or had to go. */
        synchronized int moves() {
            return moves;
        }

        synchronized int owned() {
            return owned.size();
        }

        synchronized Set<TopicPartition> partitions() {
            return Set.copyOf(owned);
        }

        synchronized Set<TopicPartition> draining() {
            return Set.copyOf(draining);
        }
    }

    @Test
    void sharesPartitionsAndGivesEveryRecordToOneOfThem() {
        send(100);
        Member first = new Member(client(), 1);
        Await.until("the first has all partitions", () -> first.owned() == PARTITIONS);
        Await.until("its records", () -> first.values.size() == 100);
        Member second = new Member(client(), 1);
        Await.until("each has half", () -> first.owned() == PARTITIONS / 2 && second.owned() == PARTITIONS / 2);
        send(200);
        Await.until("all records", () -> first.values.size() + second.values.size() >= 300);
        second.consumer.close().block(Await.TIMEOUT);
        Await.until("the first has all partitions again", () -> first.owned() == PARTITIONS);
        send(100);
        Await.until("all records", () -> first.values.size() + second.values.size() >= 400);
        List<Integer> all = new ArrayList<>(first.values);
        all.addAll(second.values);
        assertThat(all).as("handed over drained, so each once").hasSize(400).doesNotHaveDuplicates();
        assertThat(second.values).isNotEmpty();
        assertThat(first.errors).isEmpty();
        assertThat(second.errors).isEmpty();
    }

    /** The drain of what moves is held open meanwhile: there is no time in which they could have waited for it. */
    @Test
    void partitionsThatStayGoOnWhileOthersMoveAndEachOfThoseMovesWhenItIsDrained() {
        send(PARTITIONS);
        Member first = new Member(client(), NEVER);
        Await.until("the first has all partitions", () -> first.owned() == PARTITIONS);
        for (TopicPartition partition : first.partitions()) {
            send(partition, 1);
        }
        Await.until("a record of each", () -> first.values.size() == 2 * PARTITIONS);

        Member second = new Member(client(), 1);
        Await.until("half of them drain", () -> first.draining().size() == PARTITIONS / 2);
        List<TopicPartition> moving = List.copyOf(first.draining());
        Set<TopicPartition> staying = new HashSet<>(first.partitions());
        staying.removeAll(first.draining());
        for (TopicPartition partition : staying) {
            send(partition, 100);
        }
        int all = sent;
        Await.until("what was sent meanwhile", () -> first.values.size() == all);
        assertThat(first.draining()).as("still").containsExactlyInAnyOrderElementsOf(moving);
        assertThat(second.partitions()).isEmpty();

        for (TopicPartition partition : moving) {
            assertThat(second.partitions()).doesNotContain(partition);
            first.finish(partition);
            Await.until("the second has " + partition, () -> second.partitions().contains(partition));
        }
        assertThat(second.values).as("handed over drained").isEmpty();
        assertThat(first.errors).isEmpty();
        assertThat(second.errors).isEmpty();
    }

    @Test
    void givesToTheNextOneWhatWasNotFinishedAndNothingElse() {
        send(200);
        Member first = new Member(client, 3);
        Await.until("its records", () -> first.values.size() == 200);
        first.receiving.dispose();
        Member second = new Member(client(), 1);
        Await.until("the rest", () -> second.values.size() >= 133);
        send(1);
        Await.until("one more", () -> second.values.contains(200));
        assertThat(second.values).doesNotHaveDuplicates().hasSize(134).noneMatch(value -> value % 3 == 0);
    }

    @Test
    void goesOnOverARestartOfTheBroker() {
        send(50);
        Member member = new Member(client(), 1);
        Await.until("its records", () -> member.values.size() == 50);
        member.consumer.commit().block(Await.TIMEOUT);
        String endpoint = broker.endpoint("penstock");
        broker.close();
        broker = RunningBroker.startAt(directory, endpoint);
        send(50);
        Await.until("the others", () -> member.values.size() >= 100);
        member.consumer.commit().block(Await.TIMEOUT);
        assertThat(member.values).hasSize(100).doesNotHaveDuplicates();
        assertThat(member.errors).isEmpty();
        assertThat(member.owned()).isEqualTo(PARTITIONS);
    }

    @Test
    void movesNothingWhenAStaticMemberIsRestarted() {
        send(PARTITIONS);
        Member left = new Member(client(), 1, options -> options.instanceId("left"));
        Member right = new Member(client(), 1, options -> options.instanceId("right"));
        Await.until("each has half", () -> left.owned() == PARTITIONS / 2 && right.owned() == PARTITIONS / 2);
        Set<TopicPartition> ofLeft = left.partitions();
        int movesOfRight = right.moves();
        left.consumer.close().block(Await.TIMEOUT);

        Member leftAgain = new Member(client(), 1, options -> options.instanceId("left"));
        Await.until("it has what it had", () -> leftAgain.partitions().equals(ofLeft));
        send(100);
        Await.until("the records", () -> leftAgain.values.size() + right.values.size() + left.values.size() == sent);
        assertThat(leftAgain.moves()).isEqualTo(1);
        assertThat(right.moves()).isEqualTo(movesOfRight);
    }

    /** A consumer that begins after the last record, when so much has happened to it. */
    private List<Integer> receiveFromTheEnd(Class<? extends ConsumerEvent> event, int events, IntConsumer handler) {
        List<Integer> values = new CopyOnWriteArrayList<>();
        AtomicInteger happened = new AtomicInteger();
        Consumer<Integer, Integer> consumer = client().consumer(
                        ConsumerOptions.<Integer, Integer>builder(Serdes.int32(), Serdes.int32())
                                .patterns("ord.*")
                                .startAt(StartPosition.latest())
                                .group(GroupOptions.of("billing"))
                                .build());
        consumer.events().filter(event::isInstance).subscribe(any -> happened.incrementAndGet());
        consumer.receive()
                .subscribe(
                        record -> {
                            values.add(record.value());
                            handler.accept(record.value());
                        },
                        error -> {});
        Await.until(event.getSimpleName(), () -> happened.get() >= events);
        return values;
    }

    /** Whatever its producer's clock says. */
    @Test
    void missesNothingOfATopicThatIsCreatedLaterThoughItBeginsAfterTheLastRecord() {
        send(10);
        List<Integer> values = receiveFromTheEnd(ConsumerEvent.Started.class, PARTITIONS, value -> {});
        producer.send(Flux.range(10, 100)
                        .map(i -> ProducerRecord.of("orders-to-come", i, i).withTimestamp(0)))
                .blockLast(Await.TIMEOUT);
        Await.until("its records", () -> values.size() == 100);
        assertThat(values).doesNotHaveDuplicates().allMatch(value -> value >= 10);
    }

    @Test
    void missesNothingOfTheFirstTopicThoughItBeginsAfterTheLastRecord() {
        List<Integer> values = receiveFromTheEnd(ConsumerEvent.Joined.class, 1, value -> {});
        send(100);
        Await.until("its records", () -> values.size() == 100);
    }

    /** A handler keeps it from hearing of the partition before there are records in it. */
    @Test
    void missesNothingOfPartitionsThatAreAddedThoughItBeginsAfterTheLastRecord() {
        send(10);
        CountDownLatch handling = new CountDownLatch(1);
        List<Integer> values =
                receiveFromTheEnd(ConsumerEvent.Started.class, PARTITIONS, value -> Await.hold(handling));
        send(1);
        Await.until("the record that holds it", () -> values.size() == 1);
        try {
            client.admin().addPartitions("orders", PARTITIONS + 1).block(Await.TIMEOUT);
            send(new TopicPartition("orders", PARTITIONS), 10);
        } finally {
            handling.countDown();
        }
        Await.until("its records", () -> values.size() == 11);
        assertThat(values).containsExactly(10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20);
    }

    @Test
    void findsTopicsThatAreCreatedLater() {
        Member member = new Member(client(), 1);
        send(20);
        Await.until("its records", () -> member.values.size() == 20);
        assertThat(member.values).doesNotHaveDuplicates();
    }
}
