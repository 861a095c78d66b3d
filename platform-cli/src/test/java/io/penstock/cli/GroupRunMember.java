package io.penstock.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.cli.HistoryEvent.Kind;
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
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * A member of a group as a process of its own: acknowledges what it gets, and writes down what it goes through, line by
 * line, so that a kill loses none. A line on its standard input says how many microseconds to take for a record; the end
 * of the input, to leave.
 */
final class GroupRunMember {

    static final Duration SESSION_TIMEOUT = Duration.ofSeconds(6);

    private final OutputStream history;
    private final Map<Integer, Integer> claims = new HashMap<>();
    private volatile Duration pace = Duration.ZERO;

    private GroupRunMember(OutputStream history) {
        this.history = history;
    }

    /** Server, topic, group and the file to write to. */
    public static void main(String... arguments) throws IOException {
        try (OutputStream history = new FileOutputStream(arguments[3])) {
            new GroupRunMember(history).run(arguments[0], arguments[1], arguments[2]);
        }
    }

    private void run(String server, String topic, String group) throws IOException {
        PenstockClient client = PenstockClient.connect("penstock://" + server);
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
        consumer.receiveByPartition().flatMap(this::take, Integer.MAX_VALUE).subscribe(nothing -> {}, error -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
        });
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String line = orders.readLine(); line != null; line = orders.readLine()) {
            pace = Duration.ofNanos(1_000 * Long.parseLong(line));
        }
        consumer.close().block();
        client.closeNow();
    }

    private Publisher<Void> take(PartitionRecords<byte[], byte[]> partition) {
        int claim = claim(partition.topicPartition().partition());
        return partition.records().concatMap(record -> handle(record, claim), 1);
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
        write(kind, number, numbers);
    }

    private static List<Integer> numbers(Collection<TopicPartition> partitions) {
        return partitions.stream().map(TopicPartition::partition).toList();
    }

    private void write(Kind kind, long number, List<Integer> partitions) {
        try {
            history.write((HistoryEvent.now(kind, number, partitions).line() + "\n").getBytes(UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
