package io.penstock.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.cli.HistoryEvent.Kind;
import io.penstock.client.ClientOptions;
import io.penstock.client.PenstockClient;
import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerEvent;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.consumer.FetchWindow;
import io.penstock.client.consumer.PartitionRecords;
import io.penstock.client.group.CommitPolicy;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.model.TopicPartition;
import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * A member of a group as a process of its own: acknowledges what it gets, and writes down what it goes through, line by
 * line, so that a kill loses none. A line on its standard input says how many microseconds to take for a record, or to
 * hold a commit up, or to go on; the end of the input, to leave.
 */
final class GroupRunMember {

    static final Duration SESSION_TIMEOUT = Duration.ofSeconds(6);
    static final String HOLD = "hold";
    static final String GO_ON = "go on";

    private final OutputStream history;
    private final Map<Integer, Integer> claims = new HashMap<>();
    /** By partition: the offset after the last record that was finished in this claim. */
    private final Map<Integer, Long> finished = new HashMap<>();

    private final AtomicBoolean isToHold = new AtomicBoolean();
    private final Semaphore goOn = new Semaphore(0);
    private volatile Duration pace = Duration.ZERO;

    private GroupRunMember(OutputStream history) {
        this.history = history;
    }

    /** Server, topic, group, its name and the file to write to. */
    public static void main(String... arguments) throws IOException {
        try (OutputStream history = new FileOutputStream(arguments[4])) {
            PenstockClient client = PenstockClient.connect(ClientOptions.builder("penstock://" + arguments[0])
                    .clientName(arguments[3])
                    .build());
            new GroupRunMember(history).run(client, arguments[1], arguments[2]);
        }
    }

    private void run(PenstockClient client, String topic, String group) throws IOException {
        Consumer<byte[], byte[]> consumer =
                client.consumer(ConsumerOptions.<byte[], byte[]>builder(Serdes.bytes(), Serdes.bytes())
                        .topics(topic)
                        .group(GroupOptions.builder(group)
                                .sessionTimeout(SESSION_TIMEOUT)
                                .commits(CommitPolicy.automatic(Duration.ofMillis(100), 1_000))
                                .build())
                        .window(new FetchWindow(64 << 10, 8 << 20, 16 << 10))
                        .build());
        consumer.events().subscribe(this::follow);
        consumer.receiveByPartition()
                .flatMap(partition -> take(partition, consumer), Integer.MAX_VALUE)
                .subscribe(nothing -> {}, error -> {
                    error.printStackTrace();
                    Runtime.getRuntime().halt(1);
                });
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String line = orders.readLine(); line != null; line = orders.readLine()) {
            switch (line) {
                case HOLD -> isToHold.set(true);
                case GO_ON -> goOn.release();
                default -> pace = Duration.ofNanos(1_000 * Long.parseLong(line));
            }
        }
        consumer.close().block();
        client.closeNow();
    }

    private Publisher<Void> take(PartitionRecords<byte[], byte[]> partition, Consumer<byte[], byte[]> consumer) {
        int claim = claim(partition.topicPartition().partition());
        return partition
                .records()
                .filter(record -> !isHeldUp(record, claim, consumer))
                .concatMap(record -> handle(record, claim), 1);
    }

    /**
     * Handles the record here, and holds the subscription up: the commit, which is asked for now, is sent when it goes on,
     * before it hears of anything that happened meanwhile.
     */
    private boolean isHeldUp(ConsumerRecord<byte[], byte[]> record, int claim, Consumer<byte[], byte[]> consumer) {
        if (!isNext(record) || !isToHold.compareAndSet(true, false)) {
            return false;
        }
        finish(record, claim);
        consumer.commit().subscribe(nothing -> {}, refused -> {}); // what becomes of it is an event
        write(Kind.HELD, record.offset() + 1, List.of(record.partition()));
        goOn.acquireUninterruptibly();
        return true;
    }

    /** Whether all before it is finished. */
    private synchronized boolean isNext(ConsumerRecord<byte[], byte[]> record) {
        return finished.getOrDefault(record.partition(), -1L) == record.offset();
    }

    private Mono<Void> handle(ConsumerRecord<byte[], byte[]> record, int claim) {
        Duration takes = pace;
        return takes.isZero()
                ? Mono.fromRunnable(() -> finish(record, claim))
                : Mono.delay(takes).then(Mono.fromRunnable(() -> finish(record, claim)));
    }

    private synchronized int claim(int partition) {
        return claims.getOrDefault(partition, 0);
    }

    /** What is not owned any more is let go. */
    private synchronized void finish(ConsumerRecord<byte[], byte[]> record, int claim) {
        if (claim(record.partition()) == claim) {
            write(Kind.HANDLED, record.offset(), List.of(record.partition()));
            finished.put(record.partition(), record.offset() + 1);
            record.acknowledge();
        }
    }

    private synchronized void follow(ConsumerEvent event) {
        if (event instanceof ConsumerEvent.Assigned assigned) {
            write(Kind.ASSIGNED, assigned.memberEpoch(), numbers(assigned.partitions()));
        } else if (event instanceof ConsumerEvent.Started started) {
            write(Kind.STARTED, started.offset(), numbers(List.of(started.topicPartition())));
        } else if (event instanceof ConsumerEvent.Opened opened) {
            write(Kind.OPENED, opened.offset(), numbers(List.of(opened.topicPartition())));
        } else if (event instanceof ConsumerEvent.Interrupted interrupted) {
            write(Kind.INTERRUPTED, 0, numbers(List.of(interrupted.topicPartition())));
        } else if (event instanceof ConsumerEvent.CommitRefused refused) {
            write(Kind.REFUSED, 0, numbers(List.of(refused.topicPartition())));
        } else if (event instanceof ConsumerEvent.Revoking revoking) {
            write(Kind.REVOKING, revoking.unacknowledged(), numbers(revoking.partitions()));
        } else if (event instanceof ConsumerEvent.Revoked revoked) {
            end(Kind.REVOKED, revoked.unacknowledged(), List.of(revoked.partition()));
        } else if (event instanceof ConsumerEvent.Lost lost) {
            end(Kind.LOST, 0, lost.partitions());
        }
    }

    private void end(Kind kind, long number, Collection<TopicPartition> partitions) {
        List<Integer> numbers = numbers(partitions);
        numbers.forEach(partition -> claims.merge(partition, 1, Integer::sum));
        numbers.forEach(finished::remove);
        write(kind, number, numbers);
    }

    private static List<Integer> numbers(Collection<TopicPartition> partitions) {
        return partitions.stream().map(TopicPartition::partition).toList();
    }

    private synchronized void write(Kind kind, long number, List<Integer> partitions) {
        try {
            history.write((HistoryEvent.now(kind, number, partitions).line() + "\n").getBytes(UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
