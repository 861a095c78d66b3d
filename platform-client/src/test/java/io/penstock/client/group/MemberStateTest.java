package io.penstock.client.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Membership;
import io.penstock.core.protocol.TopicPartitions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class MemberStateTest {

    private static final UUID TOPIC = new UUID(1, 2);

    private final MemberState state = new MemberState();
    private int revision;

    private Membership.Assignment assignment(Integer... partitions) {
        revision++;
        return new Membership.Assignment(
                "m", revision, revision, List.of(new TopicPartitions(TOPIC, "t", List.of(partitions))), 0);
    }

    private static AssignedPartition partition(int number) {
        return new AssignedPartition(TOPIC, new TopicPartition("t", number));
    }

    @Test
    void beginsWhatIsAddedAndAnswersAtOnce() {
        MemberState.Changes changes = state.onAssignment(assignment(0, 1));
        assertThat(changes.added()).containsExactly(partition(0), partition(1));
        assertThat(changes.revoked()).isEmpty();
        Membership.Report report = state.takeAnswer();
        assertThat(report.revision()).isEqualTo(1);
        assertThat(report.owned()).containsExactly(new TopicPartitions(TOPIC, "t", List.of(0, 1)));
        assertThat(state.takeAnswer()).isNull();
    }

    @Test
    void answersARevocationWhenWhatWasRevokedIsReleased() {
        state.onAssignment(assignment(0, 1));
        state.takeAnswer();
        assertThat(state.onAssignment(assignment(1)).revoked()).containsExactly(partition(0));
        assertThat(state.takeAnswer()).isNull();
        assertThat(state.owned()).contains(partition(0));
        assertThat(state.release(partition(0)).isNone()).isTrue();
        assertThat(state.takeAnswer().owned()).containsExactly(new TopicPartitions(TOPIC, "t", List.of(1)));
        assertThat(state.takeAnswer()).isNull();
    }

    @Test
    void answersARevocationAsSoonAsAPartOfItIsReleased() {
        state.onAssignment(assignment(0, 1, 2));
        state.takeAnswer();
        state.onAssignment(assignment(2));
        state.release(partition(1));
        Membership.Report early = state.takeAnswer();
        assertThat(early.revision()).isEqualTo(2);
        assertThat(early.owned()).containsExactly(new TopicPartitions(TOPIC, "t", List.of(0, 2)));
        state.release(partition(0));
        assertThat(state.takeAnswer().owned()).containsExactly(new TopicPartitions(TOPIC, "t", List.of(2)));
    }

    @Test
    void beginsAnewWhatIsAssignedAgainWhileItDrains() {
        state.onAssignment(assignment(0));
        state.onAssignment(assignment());
        assertThat(state.onAssignment(assignment(0)).isNone()).isTrue();
        assertThat(state.takeAnswer().owned()).isNotEmpty();
        assertThat(state.release(partition(0)).added()).containsExactly(partition(0));
    }

    @Test
    void answersNothingOfAChannelThatEnded() {
        state.onAssignment(assignment(0));
        state.onChannelEnded();
        assertThat(state.takeAnswer()).isNull();
        assertThat(state.ownedByTopic()).containsExactly(new TopicPartitions(TOPIC, "t", List.of(0)));
        assertThat(state.epoch()).isEqualTo(1);
    }

    @Test
    void losesEverythingAndBeginsAsNew() {
        state.onAssignment(assignment(0, 1));
        state.onAssignment(assignment(1));
        assertThat(state.lose()).containsExactly(partition(0), partition(1));
        assertThat(state.epoch()).isEqualTo(Membership.NEW);
        assertThat(state.ownsNothing()).isTrue();
        assertThat(state.release(partition(0)).isNone()).isTrue();
    }

    @Test
    void takesNothingOnWhileItLeaves() {
        state.onAssignment(assignment(0, 1));
        state.onAssignment(assignment(1));
        assertThat(state.leave(false)).containsExactly(partition(1));
        assertThat(state.onAssignment(assignment(1, 2)).isNone()).isTrue();
        assertThat(state.takeAnswer()).isNull();
        state.release(partition(0));
        assertThat(state.release(partition(1)).isNone()).isTrue();
        assertThat(state.ownsNothing()).isTrue();
    }

    @Test
    void saysAtOnceThatItLeavesAndThenWhatItHasGivenUp() {
        state.onAssignment(assignment(0, 1));
        state.takeAnswer();
        state.leave(true);
        Membership.Report first = state.takeAnswer();
        assertThat(first.topics()).isEmpty();
        assertThat(first.patterns()).isEmpty();
        assertThat(first.owned()).containsExactly(new TopicPartitions(TOPIC, "t", List.of(0, 1)));
        assertThat(first.leave()).isFalse();

        state.release(partition(0));
        assertThat(state.takeAnswer().owned()).containsExactly(new TopicPartitions(TOPIC, "t", List.of(1)));
        assertThat(state.takeAnswer()).isNull();
        state.onAssignment(assignment());
        assertThat(state.takeAnswer())
                .as("of what was given up before, too")
                .isEqualTo(new Membership.Report(
                        2, 2, List.of(new TopicPartitions(TOPIC, "t", List.of(1))), List.of(), List.of(), false));
    }

    /**
     * Whatever comes, and however slowly it drains: an answer names all that is used, what still drains included, and
     * there is one whenever something was given up, or nothing has to be.
     */
    @Property(tries = 300)
    void answersWithAllThatItUses(@ForAll long seed) {
        Random random = new Random(seed);
        MemberState member = new MemberState();
        Set<AssignedPartition> reading = new HashSet<>();
        Set<AssignedPartition> draining = new HashSet<>();
        Set<AssignedPartition> newest = Set.of();
        boolean isDue = false;
        for (int step = 0; step < 200; step++) {
            MemberState.Changes changes;
            if (random.nextInt(3) == 0) {
                List<Integer> numbers = new ArrayList<>();
                for (int number = 0; number < 6; number++) {
                    if (random.nextBoolean()) {
                        numbers.add(number);
                    }
                }
                newest = new HashSet<>(
                        numbers.stream().map(MemberStateTest::partition).toList());
                changes = member.onAssignment(assignment(numbers.toArray(Integer[]::new)));
                isDue = newest.containsAll(draining) && changes.revoked().isEmpty();
            } else if (!draining.isEmpty()) {
                AssignedPartition released = draining.iterator().next();
                draining.remove(released);
                changes = member.release(released);
                isDue |= !newest.contains(released);
            } else {
                continue;
            }
            assertThat(reading).containsAll(changes.revoked());
            reading.removeAll(changes.revoked());
            draining.addAll(changes.revoked());
            assertThat(changes.added()).noneMatch(reading::contains).noneMatch(draining::contains);
            reading.addAll(changes.added());
            Set<AssignedPartition> used = new HashSet<>(reading);
            used.addAll(draining);
            assertThat(member.owned()).isEqualTo(used);
            Membership.Report answer = member.takeAnswer();
            assertThat(answer != null).isEqualTo(isDue);
            if (answer != null) {
                assertThat(answer.revision()).isEqualTo(revision);
                assertThat(answer.owned())
                        .flatExtracting(TopicPartitions::partitions)
                        .containsExactlyInAnyOrderElementsOf(used.stream()
                                .map(partition -> partition.topicPartition().partition())
                                .toList());
            }
            isDue = false;
        }
    }
}
