package io.penstock.server.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class LaneCreditTest {

    private static int grant(LaneCredit credit, boolean hasRoom) {
        int more = hasRoom ? credit.wanted() : 0;
        credit.grant(more);
        return more;
    }

    @Test
    void givesCreditBackWhenABatchIsTakenAndNotWhenItArrives() {
        LaneCredit credit = new LaneCredit(8, 1000);
        assertThat(grant(credit, true)).isEqualTo(8);

        credit.onArrived();
        assertThat(grant(credit, true)).isZero();
        credit.onTaken();
        assertThat(grant(credit, true)).isEqualTo(1);
    }

    @Test
    void owesCreditWhileTheBrokerHasNoRoom() {
        LaneCredit credit = new LaneCredit(4, 1000);
        grant(credit, true);
        for (int i = 0; i < 3; i++) {
            credit.onArrived();
            credit.onTaken();
            assertThat(grant(credit, false)).isZero();
        }
        assertThat(grant(credit, true)).isEqualTo(3);
    }

    @Test
    void givesNoneToAClientThatTakesNoAnswers() {
        LaneCredit credit = new LaneCredit(8, Long.MAX_VALUE);
        int granted = 0;
        for (int more = grant(credit, true); more > 0; more = grant(credit, true)) {
            for (int i = 0; i < more; i++) {
                credit.onArrived();
                credit.onTaken();
            }
            granted += more;
        }
        assertThat(granted).isEqualTo(LaneCredit.MAX_UNANSWERED);
        credit.onAnswered();
        assertThat(grant(credit, true)).isEqualTo(1);
    }

    @Test
    void endsAChannelAfterItsLastElement() {
        LaneCredit credit = new LaneCredit(8, 3);

        assertThat(grant(credit, true)).isEqualTo(3);
        for (int i = 0; i < 3; i++) {
            assertThat(credit.isUsedUp()).isFalse();
            credit.onArrived();
            credit.onTaken();
        }
        assertThat(credit.isUsedUp()).isTrue();
        assertThat(credit.isSettled()).isFalse();
        assertThat(grant(credit, true)).isZero();
    }

    @Test
    void neverAllowsMoreThanItsWindow() {
        for (long seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            int window = 1 + random.nextInt(10);
            LaneCredit credit = new LaneCredit(window, 300);
            int granted = 0;
            int arrived = 0;
            int taken = 0;
            int answered = 0;
            for (int i = 0; i < 1000; i++) {
                granted += grant(credit, random.nextInt(4) > 0);
                if (random.nextBoolean() && arrived < granted) {
                    credit.onArrived();
                    arrived++;
                }
                if (random.nextBoolean() && taken < arrived) {
                    credit.onTaken();
                    taken++;
                }
                if (random.nextBoolean() && answered < taken) {
                    credit.onAnswered();
                    answered++;
                }
                assertThat(granted - taken).as("seed " + seed).isBetween(0, window);
                assertThat(granted).as("seed " + seed).isLessThanOrEqualTo(300);
                assertThat(credit.isSettled()).as("seed " + seed).isEqualTo(answered == arrived);
            }
        }
    }
}
