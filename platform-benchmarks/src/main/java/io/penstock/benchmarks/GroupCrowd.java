package io.penstock.benchmarks;

import io.penstock.client.PenstockClient;
import io.penstock.client.admin.NewTopic;
import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerEvent;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.serialization.Serdes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;

/**
 * Many groups of two idle members each on a running server, and a storm of joins beside them: how much memory a member
 * takes on both sides, what goes over the wire while nothing happens, and how long the storm takes to settle. All goes
 * through a relay that counts; start the server with {@code advertised.listeners=penstock://127.0.0.1:<relay's port>}.
 */
public final class GroupCrowd {

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);
    private static final Duration SETTLING = Duration.ofSeconds(5);
    private static final int MEMBERS_A_GROUP = 2;
    private static final int PARTITIONS_A_MEMBER = 2;

    private final long serverPid;
    private final CountingRelay relay;
    private final List<PenstockClient> clients = new ArrayList<>();

    private GroupCrowd(long serverPid, CountingRelay relay) {
        this.serverPid = serverPid;
        this.relay = relay;
    }

    /**
     * Prints what it finds.
     *
     * @param args the server's host and port, the relay's port, the server's process id, and then how many groups, how
     *     many clients they share, how many seconds of idleness to watch, and how many joins make the storm
     */
    public static void main(String[] args) throws IOException {
        String[] server = args[0].split(":");
        int port = Integer.parseInt(args[1]);
        try (CountingRelay relay = new CountingRelay(port, server[0], Integer.parseInt(server[1]))) {
            GroupCrowd crowd = new GroupCrowd(Long.parseLong(args[2]), relay);
            for (int i = 0; i < Integer.parseInt(args[4]); i++) {
                crowd.clients.add(PenstockClient.connect("penstock://127.0.0.1:" + port));
            }
            crowd.gather(Integer.parseInt(args[3]));
            crowd.idle(Duration.ofSeconds(Long.parseLong(args[5])));
            crowd.storm(Integer.parseInt(args[6]));
            System.exit(0); // without goodbyes: a leave of all of them is not measured
        }
    }

    /** A member that counts its partitions. */
    private static final class Member {

        private final AtomicInteger owned = new AtomicInteger();

        Member(PenstockClient client, String topic, String group) {
            Consumer<byte[], byte[]> consumer =
                    client.consumer(ConsumerOptions.<byte[], byte[]>builder(Serdes.bytes(), Serdes.bytes())
                            .topics(topic)
                            .group(GroupOptions.of(group))
                            .build());
            consumer.events().subscribe(this::follow);
            consumer.receive().subscribe();
        }

        private void follow(ConsumerEvent event) {
            if (event instanceof ConsumerEvent.Assigned assigned) {
                owned.addAndGet(assigned.partitions().size());
            } else if (event instanceof ConsumerEvent.Revoked) {
                owned.decrementAndGet();
            } else if (event instanceof ConsumerEvent.Lost lost) {
                owned.addAndGet(-lost.partitions().size());
            }
        }

        boolean isSettled() {
            return owned.get() == PARTITIONS_A_MEMBER;
        }
    }

    private void createTopic(String name, int partitions) {
        clients.get(0)
                .admin()
                .createTopic(new NewTopic(name, partitions, -1, Map.of("durability", "replicated")))
                .block();
    }

    private void gather(int groups) throws IOException {
        createTopic("crowd", MEMBERS_A_GROUP * PARTITIONS_A_MEMBER);
        long[] before = memory();
        long startNanos = System.nanoTime();
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < MEMBERS_A_GROUP * groups; i++) {
            members.add(new Member(clients.get(i % clients.size()), "crowd", "crowd-" + i / MEMBERS_A_GROUP));
        }
        awaitSettled(members);
        System.out.printf(
                "%,d groups, %,d members over %d connections: settled after %.1f s%n",
                groups, members.size(), relay.connections(), (System.nanoTime() - startNanos) / 1e9);
        pass(SETTLING);
        long[] after = memory();
        System.out.printf(
                "a member: %.1f KiB of live heap in its client, %.1f KiB in the server; resident %.1f and %.1f KiB%n",
                perMember(before, after, 0, members),
                perMember(before, after, 1, members),
                perMember(before, after, 2, members),
                perMember(before, after, 3, members));
    }

    private static double perMember(long[] before, long[] after, int what, List<Member> members) {
        return (after[what] - before[what]) / 1024.0 / members.size();
    }

    private void idle(Duration time) {
        Map<String, Long> before = relay.frames();
        long bytesBefore = relay.bytes();
        pass(time);
        System.out.printf(
                "idle for %d s: %s, %,d bytes in both directions%n",
                time.toSeconds(), framesSince(before), relay.bytes() - bytesBefore);
    }

    private Map<String, Long> framesSince(Map<String, Long> before) {
        Map<String, Long> frames = new TreeMap<>(relay.frames());
        before.forEach((type, count) -> frames.merge(type, -count, Long::sum));
        frames.values().removeIf(count -> count == 0);
        return frames;
    }

    private void storm(int joins) {
        createTopic("storm", joins * PARTITIONS_A_MEMBER);
        Map<String, Long> before = relay.frames();
        long startNanos = System.nanoTime();
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < joins; i++) {
            members.add(new Member(clients.get(i % clients.size()), "storm", "storm"));
        }
        awaitSettled(members);
        System.out.printf(
                "%,d members joined one group beside them: settled after %.1f s, with %s%n",
                joins, (System.nanoTime() - startNanos) / 1e9, framesSince(before));
    }

    private static void awaitSettled(List<Member> members) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!members.stream().allMatch(Member::isSettled)) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        members.stream().filter(member -> !member.isSettled()).count() + " members have not settled");
            }
            pass(LOOK_EVERY);
        }
    }

    private static void pass(Duration time) {
        Mono.delay(time).block();
    }

    /** Live heap of this process and of the server, then what is resident of them, in bytes. */
    private long[] memory() throws IOException {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        long own = runtime.totalMemory() - runtime.freeMemory();
        return new long[] {
            own, liveHeap(serverPid), resident(ProcessHandle.current().pid()), resident(serverPid)
        };
    }

    /** By the JDK's own tool, which collects before it counts. */
    private static long liveHeap(long pid) throws IOException {
        Process jcmd = new ProcessBuilder("jcmd", Long.toString(pid), "GC.class_histogram").start();
        String[] total = jcmd.inputReader()
                .lines()
                .filter(line -> line.startsWith("Total"))
                .findFirst()
                .orElseThrow()
                .split(" +");
        return Long.parseLong(total[2]);
    }

    private static long resident(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                        .filter(line -> line.startsWith("VmRSS"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")))
                        .sum()
                << 10;
    }
}
