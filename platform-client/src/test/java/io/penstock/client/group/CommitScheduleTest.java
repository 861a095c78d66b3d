package io.penstock.client.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.client.group.CommitSchedule.Next;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class CommitScheduleTest {

    @Test
    void commitsSomeTimeAfterTheFirstAcknowledgementAndOnceThereAreEnough() {
        CommitSchedule schedule = CommitSchedule.of(CommitPolicy.automatic(Duration.ofSeconds(5), 10));
        assertThat(schedule.interval()).isEqualTo(Duration.ofSeconds(5));
        assertThat(schedule.onAcknowledged(1)).isEqualTo(Next.LATER);
        assertThat(schedule.onAcknowledged(8)).isEqualTo(Next.NOTHING);
        assertThat(schedule.onAcknowledged(1)).isEqualTo(Next.NOW);
        assertThat(schedule.onAcknowledged(1)).isEqualTo(Next.NOTHING);
        schedule.onCommit();
        assertThat(schedule.onAcknowledged(1)).isEqualTo(Next.LATER);
        schedule.onCommit();
        assertThat(schedule.onAcknowledged(10)).isEqualTo(Next.NOW);
    }

    @Test
    void commitsNothingByItselfIfThatIsUpToTheUser() {
        assertThat(CommitSchedule.of(CommitPolicy.manual()).onAcknowledged(1_000_000))
                .isEqualTo(Next.NOTHING);
    }

    @Test
    void commitsAtOnceWhatWaitsForIt() {
        assertThat(CommitSchedule.of(CommitPolicy.atMostOnce()).onAcknowledged(1))
                .isEqualTo(Next.NOW);
    }

    @Test
    void refusesIntervalsAndCountsThatMakeNoSense() {
        assertThatThrownBy(() -> CommitPolicy.automatic(Duration.ZERO, 1)).hasMessageContaining("interval");
        assertThatThrownBy(() -> CommitPolicy.automatic(Duration.ofDays(2), 1)).hasMessageContaining("interval");
        assertThatThrownBy(() -> CommitPolicy.automatic(Duration.ofSeconds(1), 0))
                .hasMessageContaining("count");
    }
}
