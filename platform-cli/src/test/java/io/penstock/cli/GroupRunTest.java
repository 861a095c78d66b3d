package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.PenstockClient;
import io.penstock.client.admin.CommittedOffset;
import io.penstock.client.admin.NewTopic;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.Topics.PartitionDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A group of processes that are killed, stopped for a while, slowed, replaced and added to under load: no partition is
 * two members' at once, no record is missed, and none comes again that was handed over drained. What is done to whom
 * comes from a seed; {@code -Dpenstock.group.seconds}, {@code -Dpenstock.group.members} and {@code -Dpenstock.seed} make
 * it longer, larger and another one. Says how long moves took.
 */
@Timeout(3_600)
class GroupRunTest {

    private static final long SEED = Long.getLong("penstock.seed", 20_261_121L);
    private static final int MEMBERS = Integer.getInteger("penstock.group.members", 4);
    private static final Duration LENGTH = Duration.ofSeconds(Integer.getInteger("penstock.group.seconds", 12));
    private static final long CALM_MOVES = Math.max(1, LENGTH.toSeconds() / 30);
    private static final int PARTITIONS = 64;
    private static final int MOST_MORE_MEMBERS = 2;
    private static final Duration TICK = Duration.ofMillis(20);
    private static final int RECORDS_A_TICK = 40;
    private static final long SLOW_MICROS = 20_000;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final String TOPIC = "work";
    private static final String GROUP = "workers";

    private enum Deed {
        /** For longer than a session, with a commit that is sent when it wakes. */
        STOP_LONG,
        STOP_BRIEFLY,
        KILL_AND_REPLACE,
        LEAVE_AND_REPLACE,
        ADD,
        SLOW,
        HURRY
    }

    private record Wakening(MemberProcess member, long atNanos, boolean onlyWhenPutOut) {}

    @TempDir
    private Path directory = Path.of("");

    private final Random random = new Random(SEED);
    private final List<MemberProcess> all = new ArrayList<>();
    private final List<MemberProcess> active = new ArrayList<>();
    private final List<MemberProcess> leaving = new ArrayList<>();
    private final List<Wakening> wakenings = new ArrayList<>();
    private final Map<TopicPartition, Long> committed = new ConcurrentHashMap<>();
    private final List<String> steppedBack = new CopyOnWriteArrayList<>();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private String server = "";
    private PenstockClient client;

    @AfterEach
    void endMembers() {
        all.forEach(MemberProcess::destroy);
    }

    @Test
    void sharesPartitionsWhateverHappensToItsMembers() throws Exception {
        try (ServerProcess process = ServerProcess.start(directory.resolve("data"))) {
            server = process.address();
            client = PenstockClient.connect("penstock://" + server);
            client.admin()
                    .createTopic(new NewTopic(TOPIC, PARTITIONS, -1, Map.of("durability", "replicated")))
                    .block();
            for (int i = 0; i < MEMBERS; i++) {
                startMember();
            }
            awaitMembers(client);
            Disposable watching = watchOffsets(client);
            Sinks.Empty<Void> enough = Sinks.empty();
            Mono<Void> sent = send(client, enough.asMono());
            run();
            enough.tryEmitEmpty();
            sent.block(PATIENCE);
            Map<Integer, Long> ends = ends(client);
            awaitEnd(client, ends);
            watching.dispose();
            for (MemberProcess member : active) {
                leave(member);
            }
            for (MemberProcess member : leaving) {
                member.awaitLeft();
            }
            client.closeNow();
            verify(ends);
        }
    }

    // the load

    private Mono<Void> send(PenstockClient client, Mono<Void> enough) {
        Producer<byte[], byte[]> producer = client.producer(ProducerOptions.of(Serdes.bytes(), Serdes.bytes()));
        Mono<Void> sending = producer.send(Flux.interval(TICK)
                        .onBackpressureDrop()
                        .takeUntilOther(enough)
                        .concatMapIterable(GroupRunTest::records))
                .doOnError(failures::add)
                .then()
                .cache();
        sending.subscribe(nothing -> {}, error -> {});
        return sending;
    }

    private static List<ProducerRecord<byte[], byte[]>> records(long tick) {
        return IntStream.range(0, RECORDS_A_TICK)
                .mapToObj(i -> ProducerRecord.<byte[], byte[]>of(TOPIC, new byte[100])
                        .withPartition((int) ((tick * RECORDS_A_TICK + i) % PARTITIONS)))
                .toList();
    }

    private static Map<Integer, Long> ends(PenstockClient client) {
        Map<Integer, Long> ends = new HashMap<>();
        for (PartitionDescription partition :
                client.admin().describeTopic(TOPIC).block().partitions()) {
            ends.put(partition.partition(), partition.highWatermark());
        }
        return ends;
    }

    // what happens to the members

    private static void awaitMembers(PenstockClient client) {
        await("members", () -> {
            List<Groups.Listing> groups = client.admin().listGroups().block();
            return groups.stream()
                    .anyMatch(
                            group -> group.members() == MEMBERS && group.state().equals("Stable"));
        });
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime())
                    .as("seed %s, waiting for %s", SEED, what)
                    .isLessThan(deadline);
            LockSupport.parkNanos(TICK.toNanos());
        }
    }

    private void run() throws IOException {
        Deque<Deed> first = new ArrayDeque<>(shuffled());
        long end = System.nanoTime() + LENGTH.toNanos();
        while (System.nanoTime() < end || !first.isEmpty()) {
            pass(Duration.ofMillis(300 + random.nextInt(1_700)));
            Deed next = first.isEmpty() ? Deed.values()[random.nextInt(Deed.values().length)] : first.poll();
            act(next);
        }
        while (!wakenings.isEmpty()) {
            pass(TICK);
        }
        runCalmly();
    }

    /** Once those who were dead or stopped are put out, partitions move among the living: what that takes is measured. */
    private void runCalmly() throws IOException {
        pass(GroupRunMember.SESSION_TIMEOUT.plusSeconds(1));
        for (int i = 0; i < CALM_MOVES; i++) {
            leave(active.remove(random.nextInt(active.size())));
            pass(Duration.ofSeconds(2));
            startMember();
            pass(Duration.ofSeconds(3));
        }
    }

    /** Each once, the longest first. */
    private List<Deed> shuffled() {
        List<Deed> deeds = new ArrayList<>(List.of(Deed.values()));
        deeds.remove(Deed.STOP_LONG);
        Collections.shuffle(deeds, random);
        deeds.add(0, Deed.STOP_LONG);
        return deeds;
    }

    /** Lets time go by, and wakes who is to be woken. */
    private void pass(Duration time) throws IOException {
        long until = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < until) {
            for (Wakening due : List.copyOf(wakenings)) {
                if (System.nanoTime() >= due.atNanos && !(due.onlyWhenPutOut && isMember(due.member))) {
                    wakenings.remove(due);
                    if (due.onlyWhenPutOut) {
                        due.member.isPutOut();
                    }
                    due.member.resume();
                }
            }
            LockSupport.parkNanos(TICK.toNanos());
        }
    }

    private void act(Deed deed) throws IOException {
        List<MemberProcess> awake =
                active.stream().filter(member -> !member.isPaused()).toList();
        if (awake.size() < 2) {
            return;
        }
        MemberProcess chosen = awake.get(random.nextInt(awake.size()));
        switch (deed) {
            case STOP_LONG -> {
                holdACommit(chosen);
                stop(chosen, GroupRunMember.SESSION_TIMEOUT.multipliedBy(3).dividedBy(2), true);
                chosen.goOn(); // heard when it wakes
            }
            case STOP_BRIEFLY -> stop(chosen, GroupRunMember.SESSION_TIMEOUT.dividedBy(4), false);
            case KILL_AND_REPLACE -> {
                active.remove(chosen);
                chosen.kill();
                startMember();
            }
            case LEAVE_AND_REPLACE -> {
                active.remove(chosen);
                leave(chosen);
                startMember();
            }
            case ADD -> {
                if (active.size() < MEMBERS + MOST_MORE_MEMBERS) {
                    startMember();
                }
            }
            case SLOW -> chosen.pace(SLOW_MICROS);
            case HURRY -> chosen.pace(0);
        }
    }

    private void startMember() throws IOException {
        MemberProcess member = MemberProcess.start("member-" + all.size(), directory, server, TOPIC, GROUP);
        all.add(member);
        active.add(member);
    }

    private void holdACommit(MemberProcess member) throws IOException {
        long before = member.holds();
        member.hold();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (member.holds() == before) {
            assertThat(System.nanoTime())
                    .as("seed %s, waiting for a held commit of %s", SEED, member.name())
                    .isLessThan(deadline);
            pass(TICK);
        }
    }

    private void stop(MemberProcess member, Duration time, boolean untilPutOut) throws IOException {
        member.pause();
        wakenings.add(new Wakening(member, System.nanoTime() + time.toNanos(), untilPutOut));
    }

    private boolean isMember(MemberProcess process) {
        return client.admin().describeGroup(GROUP).block().members().stream()
                .anyMatch(member -> member.clientId().equals(process.name()));
    }

    private void leave(MemberProcess member) throws IOException {
        member.leave();
        leaving.add(member);
    }

    // what is seen of the group meanwhile

    /** A late commit that was taken would set an offset back. */
    private Disposable watchOffsets(PenstockClient client) {
        return Flux.interval(Duration.ofMillis(100))
                .onBackpressureDrop()
                .concatMap(tick -> client.admin().groupOffsets(GROUP), 1)
                .subscribe(this::compare, failures::add);
    }

    private void compare(Map<TopicPartition, CommittedOffset> offsets) {
        offsets.forEach((partition, offset) -> {
            Long before = committed.put(partition, offset.offset());
            if (before != null && before > offset.offset()) {
                steppedBack.add(partition + " from " + before + " to " + offset.offset());
            }
        });
    }

    private static void awaitEnd(PenstockClient client, Map<Integer, Long> ends) {
        await("the end of " + ends, () -> {
            Map<TopicPartition, CommittedOffset> now =
                    client.admin().groupOffsets(GROUP).block();
            return ends.entrySet().stream().allMatch(end -> {
                CommittedOffset offset = now.get(new TopicPartition(TOPIC, end.getKey()));
                return offset != null && offset.offset() == end.getValue();
            });
        });
    }

    private void verify(Map<Integer, Long> ends) throws IOException {
        GroupHistory history = new GroupHistory();
        for (MemberProcess member : all) {
            history.add(member.name(), member.history());
        }
        report(history, ends);
        assertThat(failures).as("seed %s", SEED).isEmpty();
        assertThat(steppedBack)
                .as("seed %s: committed offsets that stepped back", SEED)
                .isEmpty();
        assertThat(history.violations(ends)).as("seed %s", SEED).isEmpty();
        assertThat(history.lost())
                .as("partitions of members that were stopped too long")
                .isPositive();
        assertThat(history.lateCommits())
                .as("commits of members that were stopped too long; each was refused")
                .isPositive();
    }

    private void report(GroupHistory history, Map<Integer, Long> ends) throws IOException {
        long records = ends.values().stream().mapToLong(Long::longValue).sum();
        List<GroupHistory.Move> moves = history.moves();
        String text = String.format(
                "%,d records, %,d handled, %d processes, %d claims, %d lost, %d commits refused;"
                        + " %d drained moves: assigned after %s, read after %s%n",
                records,
                history.handled(),
                all.size(),
                history.claims(),
                history.lost(),
                history.refusedCommits(),
                moves.size(),
                quantiles(moves.stream().mapToLong(GroupHistory.Move::toAssignedNanos)),
                quantiles(moves.stream().mapToLong(GroupHistory.Move::toStartedNanos)));
        System.out.print(text);
        Files.writeString(Path.of("target", "group-run.txt"), text);
    }

    private static String quantiles(LongStream nanos) {
        long[] sorted = nanos.sorted().toArray();
        return sorted.length == 0
                ? "-"
                : String.format(
                        "p50 %.1f, p99 %.1f, max %.1f ms",
                        sorted[sorted.length / 2] / 1e6,
                        sorted[sorted.length * 99 / 100] / 1e6,
                        sorted[sorted.length - 1] / 1e6);
    }
}
