package io.penstock.server.coordinator.group;

import static io.penstock.server.coordinator.group.Coordinated.join;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.protocol.Groups;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TargetPaceTest {

    private static final int MEMBERS = 64;

    private final Coordinated coordinated = new Coordinated(1_000, List.of());

    @BeforeEach
    void aTopic() {
        coordinated.putTopic("orders", new UUID(0, 1), 128);
    }

    private void enter(int from, int to) {
        for (int i = from; i < to; i++) {
            coordinated.apply(coordinated.state().join(join("g", "m" + i, "orders"), "host", coordinated.nowMs()));
        }
    }

    private Groups.Description describe() {
        return coordinated.state().describe("g");
    }

    @Test
    void aSmallGroupGetsATargetForEveryChange() {
        enter(0, TargetPace.MEMBERS_PER_MS);

        assertThat(describe().assignmentEpoch()).isEqualTo(TargetPace.MEMBERS_PER_MS);
    }

    @Test
    void manyWhoJoinAtOnceGetOneTargetTogether() {
        enter(0, MEMBERS);
        assertThat(describe().epoch()).isEqualTo(MEMBERS);
        assertThat(describe().assignmentEpoch()).isEqualTo(TargetPace.MEMBERS_PER_MS);
        assertThat(coordinated.state().nextDeadline()).isPresent();

        coordinated.passMs(MEMBERS / TargetPace.MEMBERS_PER_MS);
        coordinated.apply(coordinated.state().expire(coordinated.nowMs()));

        assertThat(describe().assignmentEpoch()).isEqualTo(MEMBERS);
    }

    /** However slow the machine is on which they join. */
    @Test
    void aStormGetsFewTargetsHoweverLongItLasts() {
        enter(0, 2 * MEMBERS);
        Set<Integer> targets = new HashSet<>();
        for (int i = 2 * MEMBERS; i < 4 * MEMBERS; i++) {
            enter(i, i + 1);
            coordinated.passMs(25);
            coordinated.apply(coordinated.state().expire(coordinated.nowMs()));
            targets.add(describe().assignmentEpoch());
        }
        assertThat(targets).hasSizeLessThan(MEMBERS / 4);
        coordinated.passMs(TargetPace.MAX_WAIT_MS);
        coordinated.apply(coordinated.state().expire(coordinated.nowMs()));
        assertThat(describe().assignmentEpoch()).isEqualTo(describe().epoch());
    }

    @Test
    void whatIsOwedIsGivenAfterALoad() {
        enter(0, MEMBERS);

        coordinated.reload(coordinated.log());

        assertThat(describe().assignmentEpoch()).isEqualTo(MEMBERS);
    }
}
