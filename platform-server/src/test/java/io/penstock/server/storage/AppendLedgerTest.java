package io.penstock.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.Acks;
import io.penstock.core.model.Durability;
import io.penstock.core.model.Guarantee;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.ProduceAck;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AppendLedgerTest {

    private final List<ProduceAck> answers = new ArrayList<>();

    @Test
    void holdsAnswersUntilTheirOffsetIsForced() {
        AppendLedger ledger = ledger(Durability.FSYNC);
        ledger.appended(append(1, Acks.ALL), 0, 10, -1, 0);
        assertThat(ledger.beginFlush()).isTrue();
        ledger.appended(append(2, Acks.ALL), 10, 20, -1, 0);
        assertThat(ledger.beginFlush()).as("one flush at a time").isFalse();
        assertThat(answers).isEmpty();

        ledger.flushed(10);

        assertThat(answers).containsExactly(ProduceAck.committed(1, Guarantee.FSYNCED, 0, -1, 0));
        assertThat(ledger.highWatermark()).isEqualTo(10);
        assertThat(ledger.beginFlush()).isTrue();
        ledger.flushed(20);
        assertThat(answers).hasSize(2);
        assertThat(ledger.beginFlush()).as("all is forced").isFalse();
    }

    @Test
    void answersAtOnceWhatAFlushBesideTheAppendHasCovered() {
        AppendLedger ledger = ledger(Durability.FSYNC);
        ledger.appended(append(1, Acks.ALL), 0, 10, -1, 0);
        ledger.beginFlush();
        ledger.flushed(20);

        ledger.appended(append(2, Acks.ALL), 10, 20, -1, 0);

        assertThat(answers).extracting(ProduceAck::correlation).containsExactly(1, 2);
    }

    @Test
    void answersTheLeadersWordBeforeTheForce() {
        AppendLedger ledger = ledger(Durability.FSYNC);

        ledger.appended(append(1, Acks.LEADER), 0, 10, 77, 0);

        assertThat(answers).containsExactly(ProduceAck.committed(1, Guarantee.LEADER, 0, 77, 0));
        assertThat(ledger.highWatermark()).isZero();
        assertThat(ledger.beginFlush()).isTrue();
    }

    @Test
    void saysWhyItCannotAcknowledgeAndHoldsNothingFromThenOn() {
        AppendLedger ledger = ledger(Durability.FSYNC);
        ledger.appended(append(1, Acks.ALL), 0, 10, -1, 0);
        ledger.beginFlush();

        ledger.failed(new PenstockException(ErrorCode.UNKNOWN_TOPIC_ID, "deleted"));
        ledger.appended(append(2, Acks.ALL), 10, 20, -1, 0);
        ledger.appended(append(3, Acks.LEADER), 20, 30, -1, 0);

        assertThat(answers).extracting(ProduceAck::correlation).containsExactly(1, 2, 3);
        assertThat(answers).extracting(ProduceAck::error).containsOnly(ErrorCode.UNKNOWN_TOPIC_ID);
        assertThat(answers).extracting(ProduceAck::outcome).containsOnly(Outcome.UNKNOWN);
        assertThat(ledger.beginFlush()).isFalse();
    }

    @Test
    void forcesNothingForReplicatedTopics() {
        AppendLedger ledger = ledger(Durability.REPLICATED);

        ledger.appended(append(1, Acks.ALL), 0, 10, -1, 0);

        assertThat(answers).containsExactly(ProduceAck.committed(1, Guarantee.REPLICATED, 0, -1, 0));
        assertThat(ledger.highWatermark()).isEqualTo(10);
        assertThat(ledger.beginFlush()).isFalse();
    }

    @Test
    void keepsARefusalBehindWhatCameBeforeIt() {
        AppendLedger ledger = ledger(Durability.FSYNC);
        ledger.appended(append(1, Acks.ALL), 0, 10, -1, 0);
        ledger.refused(append(2, Acks.ALL), refusal(2));
        assertThat(answers).isEmpty();

        ledger.flushed(10);

        assertThat(answers).extracting(ProduceAck::correlation).containsExactly(1, 2);
    }

    @Test
    void knowsNothingOfWhatWaitedWhenAForceFails() {
        AppendLedger ledger = ledger(Durability.FSYNC);
        ledger.appended(append(1, Acks.ALL), 0, 10, -1, 0);
        ledger.refused(append(2, Acks.ALL), refusal(2));
        ledger.beginFlush();

        ledger.failed(new PenstockException(ErrorCode.STORAGE_ERROR, "the device is gone"));

        assertThat(answers)
                .containsExactly(
                        ProduceAck.failed(1, Outcome.UNKNOWN, ErrorCode.STORAGE_ERROR, "the device is gone"),
                        refusal(2));
        assertThat(ledger.highWatermark()).isZero();
        assertThat(ledger.beginFlush())
                .as("a force that failed is not tried again")
                .isFalse();
    }

    @Test
    void saysWhatStandsBehindABatchWhenTheDurabilityIsLowered() {
        AppendLedger ledger = ledger(Durability.FSYNC);
        ledger.appended(append(1, Acks.ALL), 0, 10, -1, 0);
        ledger.beginFlush();
        ledger.appended(append(2, Acks.ALL), 10, 20, -1, 0);

        ledger.durability(Durability.REPLICATED);

        assertThat(answers).extracting(ProduceAck::guarantee).containsOnly(Guarantee.REPLICATED);
        assertThat(ledger.highWatermark()).isEqualTo(20);
    }

    @Test
    void waitsForTheDeviceFromThenOnWhenTheDurabilityIsRaised() {
        AppendLedger ledger = ledger(Durability.REPLICATED);
        ledger.appended(append(1, Acks.ALL), 0, 10, -1, 0);
        ledger.durability(Durability.FSYNC);
        assertThat(ledger.highWatermark()).isEqualTo(10);
        ledger.appended(append(2, Acks.ALL), 10, 20, -1, 0);
        assertThat(answers).hasSize(1);
        assertThat(ledger.beginFlush()).isTrue();
        ledger.flushed(20);
        assertThat(answers).extracting(ProduceAck::guarantee).containsExactly(Guarantee.REPLICATED, Guarantee.FSYNCED);
    }

    /** Any course of events answers every batch once, in order, and none before its high watermark. */
    @Test
    void answersEverythingOnceAndInOrderWhateverHappens() {
        for (long seed = 0; seed < 2_000; seed++) {
            answers.clear();
            Random random = new Random(seed);
            Durability durability = Durability.values()[random.nextInt(2)];
            AppendLedger ledger = ledger(durability);
            List<Long> ends = new ArrayList<>();
            long end = 0;
            long flushing = -1;
            for (int i = 0; i < 60; i++) {
                switch (random.nextInt(4)) {
                    case 0, 1 -> {
                        long base = end;
                        end += 1 + random.nextInt(5);
                        ledger.appended(append(ends.size(), Acks.ALL), base, end, -1, 0);
                        ends.add(end);
                    }
                    case 2 -> {
                        ledger.refused(append(ends.size(), Acks.ALL), refusal(ends.size()));
                        ends.add(-1L);
                    }
                    default -> {
                        if (flushing >= 0) {
                            ledger.flushed(flushing);
                            flushing = -1;
                        } else if (ledger.beginFlush()) {
                            flushing = end;
                        }
                    }
                }
                assertInOrder(seed, ledger, ends);
            }
            if (flushing >= 0) {
                ledger.flushed(flushing);
            }
            if (ledger.beginFlush()) {
                ledger.flushed(end);
            }
            assertInOrder(seed, ledger, ends);
            assertThat(answers).as("seed " + seed).hasSameSizeAs(ends);
            assertThat(ledger.highWatermark()).as("seed " + seed).isEqualTo(end);
        }
    }

    private void assertInOrder(long seed, AppendLedger ledger, List<Long> ends) {
        for (int i = 0; i < answers.size(); i++) {
            assertThat(answers.get(i).correlation()).as("seed " + seed).isEqualTo(i);
            assertThat(ends.get(i)).as("seed " + seed).isLessThanOrEqualTo(ledger.highWatermark());
        }
    }

    private AppendLedger ledger(Durability durability) {
        return new AppendLedger(durability, 0, (append, answer) -> answers.add(answer));
    }

    private static ProduceAck refusal(int correlation) {
        return ProduceAck.failed(correlation, Outcome.NOT_WRITTEN, ErrorCode.INVALID_RECORD, "bad");
    }

    private static PendingAppend append(int correlation, Acks acks) {
        return new PendingAppend(correlation, -1, acks, Unpooled.EMPTY_BUFFER, new PendingAppend.Listener() {
            @Override
            public void onTaken() {}

            @Override
            public void onAnswer(ProduceAck answer) {}
        });
    }
}
