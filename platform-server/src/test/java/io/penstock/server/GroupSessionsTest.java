package io.penstock.server;

import static io.penstock.server.BrokerFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.Membership;
import io.penstock.core.protocol.Verb;
import io.penstock.core.runtime.NodeRuntime;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Sessions and revocations of members of a broker whose time the test has in hand. */
class GroupSessionsTest {

    private static final Instant START = Instant.parse("2026-11-21T10:00:00Z");
    private static final int SESSION_MS = 10_000;

    @TempDir
    Path directory;

    private final VirtualTimeScheduler timers = VirtualTimeScheduler.create();
    private final NodeRuntime runtime = NodeRuntime.builder("sessions-test")
            .clock(Clock.fixed(START, ZoneOffset.UTC))
            .nanoTime(() -> timers.now(TimeUnit.NANOSECONDS))
            .timers(timers)
            .build();
    private BrokerFixture fixture;
    private StockClient client;

    @BeforeEach
    void start() {
        fixture = BrokerFixture.on(directory, "penstock://127.0.0.1:0")
                .with(BrokerSettings.OFFSETS_TOPIC_NUM_PARTITIONS, 1)
                .with(BrokerSettings.SHUTDOWN_TIMEOUT_MS, 0L)
                .on(runtime)
                .start();
        client = fixture.connect();
        client.createTopic("orders", 4, Map.of());
    }

    @AfterEach
    void end() {
        fixture.close();
        runtime.close().block(StockClient.TIMEOUT);
    }

    private StockMember member(String id) {
        return new StockMember("billing", id, "orders").sessionTimeout(SESSION_MS);
    }

    private void pass(long ms) {
        timers.advanceTimeBy(Duration.ofMillis(ms));
    }

    /** Lets sessions go by until something has come of it. */
    private void passUntil(String what, BooleanSupplier condition) {
        await(what, () -> {
            pass(1_000);
            return condition.getAsBoolean();
        });
    }

    private int members() {
        return describe().members().size();
    }

    private Groups.Description describe() {
        return client.askNow(
                        Verb.DESCRIBE_GROUPS,
                        new Groups.DescribeRequest(1, List.of("billing")),
                        Groups.DescribeResponse.class)
                .groups()
                .get(0);
    }

    @Test
    void putsAMemberOutWhoseSessionIsOver() {
        StockMember lost = member("a").join(client).awaitAssigned(4);
        StockMember other = member("b").join(client).awaitAssigned(2);

        lost.cut();
        passUntil("the other has all", () -> other.assigned().size() == 4);

        lost.rejoin(client);
        assertThat(lost.awaitError()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    }

    @Test
    void keepsAMemberWhoseConnectionIsHeardOf() {
        StockMember member = member("a").join(client).awaitAssigned(4);

        for (int i = 0; i < 10; i++) {
            pass(SESSION_MS);
        }

        assertThat(members()).isOne();
        assertThat(member.isOpen()).isTrue();
    }

    @Test
    void countsTheSessionFromWhenAMemberWasLastHeardOf() {
        StockMember lost = member("a").join(client).awaitAssigned(4);
        pass(SESSION_MS - 1);
        lost.cut();
        await("the broker knows of it", () -> fixture.broker().status().openStreams() == 0);

        assertThat(members()).isOne();
        pass(SESSION_MS / 2);
        assertThat(members()).isOne();

        passUntil("it is out", () -> members() == 0);
    }

    @Test
    void putsAMemberOutThatDoesNotGiveUpWhatItShould() {
        StockMember stuck = member("a")
                .rebalanceTimeout(5_000)
                .join(client)
                .awaitAssigned(4)
                .slow(true);
        StockMember other = member("b").join(client);
        stuck.awaitAssigned(2);

        passUntil("the other has all", () -> other.assigned().size() == 4);

        assertThat(stuck.awaitError()).isIn(ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.FENCED_MEMBER_EPOCH);
    }

    @Test
    void givesEveryMemberAFullSessionAfterARestart() {
        StockMember member = member("a").join(client).awaitAssigned(4);
        pass(SESSION_MS - 1);

        fixture.restart();
        client = fixture.connect();
        await("the group is loaded", () -> describe().error() == 0);
        pass(SESSION_MS - 1);

        assertThat(members()).isOne();
        int seen = member.assignments().size();
        member.rejoin(client).awaitAssignment(assignment -> member.assignments().size() > seen);
        assertThat(member.assigned()).hasSize(4);
    }

    @Test
    void forgetsAMemberThatDoesNotComeBackAfterARestart() {
        member("a").join(client).awaitAssigned(4);

        fixture.restart();
        client = fixture.connect();
        await("the group is loaded", () -> describe().error() == 0);

        passUntil("it is out", () -> members() == 0);
    }

    @Test
    void keepsTheShareOfAStaticMemberThatLeftUntilItsSessionIsOver() {
        StockMember away = member("a").instance("left").join(client).awaitAssigned(4);
        StockMember other = member("b").instance("right").join(client).awaitAssigned(2);
        away.awaitAssigned(2);

        away.report(Membership.Report.leaving(away.epoch()));
        away.awaitCompletion();
        assertThat(describe().members()).hasSize(2);
        assertThat(other.assigned()).hasSize(2);

        passUntil("the other has all", () -> other.assigned().size() == 4);
    }
}
