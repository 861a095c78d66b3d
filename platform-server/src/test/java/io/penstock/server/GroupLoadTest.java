package io.penstock.server;

import static io.penstock.server.BrokerFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.Verb;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Many groups and many members on one broker; {@code -Dpenstock.storm=500} makes the storm as large as it may be. */
class GroupLoadTest {

    private static final Logger LOG = LoggerFactory.getLogger(GroupLoadTest.class);

    @TempDir
    Path directory;

    @Test
    void settlesAStormOfJoinsWithFewTargets() {
        int members = Integer.getInteger("penstock.storm", 60);
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        try (BrokerFixture fixture = BrokerFixture.on(directory, "penstock://127.0.0.1:0")
                .metrics(meters)
                .start()) {
            StockClient client = fixture.connect();
            client.createTopic("orders", 2 * members, Map.of());
            List<StockMember> storm = IntStream.range(0, members)
                    .mapToObj(i -> new StockMember("billing", "member-" + i, "orders"))
                    .toList();

            long startNanos = System.nanoTime();
            storm.forEach(member -> member.join(client));
            storm.forEach(member -> member.awaitAssigned(2)); // each has all the patience that there is
            await(
                    "all have two",
                    () -> storm.stream().allMatch(member -> member.assigned().size() == 2));
            long tookNanos = System.nanoTime() - startNanos;

            assertThat(StockMember.union(storm)).hasSize(2 * members);
            int assignments =
                    storm.stream().mapToInt(m -> m.assignments().size()).sum();
            LOG.info(
                    "{} members joined and have settled after {} ms, with {} changes of the group and {} assignments",
                    members,
                    TimeUnit.NANOSECONDS.toMillis(tookNanos),
                    describe(client).epoch(),
                    assignments);
            assertThat(assignments).isLessThan(members * 50);
        }
    }

    private static Groups.Description describe(StockClient client) {
        return client.askNow(
                        Verb.DESCRIBE_GROUPS,
                        new Groups.DescribeRequest(1, List.of("billing")),
                        Groups.DescribeResponse.class)
                .groups()
                .get(0);
    }

    @Test
    void holdsAThousandGroupsWithTwoMembersEach() {
        int groups = 1_000;
        try (BrokerFixture fixture =
                BrokerFixture.on(directory, "penstock://127.0.0.1:0").start()) {
            StockClient client = fixture.connect();
            StockClient second = fixture.connect();
            client.createTopic("orders", 4, Map.of());
            long before = usedHeap();
            List<StockMember> members = new ArrayList<>();
            for (int i = 0; i < groups; i++) {
                members.add(new StockMember("group-" + i, "a", "orders").join(client));
                members.add(new StockMember("group-" + i, "b", "orders").join(second));
            }
            members.forEach(member -> member.awaitAssigned(2));
            await(
                    "all have two",
                    () -> members.stream().allMatch(member -> member.assigned().size() == 2));

            LOG.info(
                    "{} groups with {} members hold {} bytes of heap a member, this test's side included",
                    groups,
                    members.size(),
                    (usedHeap() - before) / members.size());
            assertThat(client.askNow(Verb.LIST_GROUPS, new Groups.ListRequest(1, null), Groups.ListResponse.class)
                            .groups())
                    .hasSize(groups)
                    .allSatisfy(group -> assertThat(group.members()).isEqualTo(2));
        }
    }

    private static long usedHeap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
