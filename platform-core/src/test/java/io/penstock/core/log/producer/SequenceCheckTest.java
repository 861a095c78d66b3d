package io.penstock.core.log.producer;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.record.RecordBatch;
import io.penstock.core.record.TestBatches;
import org.junit.jupiter.api.Test;

class SequenceCheckTest {

    private static final long ID = 7;
    private static final long NOW = 1_000;

    private final ProducerStates states = new ProducerStates(0);
    private SequenceCheck check = states.newCheck();

    @Test
    void countsFromTheEndOfTheIntsToZero() {
        append(0, Integer.MAX_VALUE - 1, 2);
        check = states.newCheck();

        assertThat(judge(0, 1, 1)).isInstanceOf(SequenceVerdict.Refused.class);
        assertThat(judge(0, 0, 1)).isEqualTo(SequenceVerdict.NEW);
        assertThat(judge(0, Integer.MAX_VALUE - 1, 2)).isInstanceOf(SequenceVerdict.Duplicate.class);
    }

    @Test
    void seesTheBatchesOfItsOwnTurn() {
        assertThat(judge(0, 0, 2)).isEqualTo(SequenceVerdict.NEW);
        assertThat(judge(0, 2, 1)).isEqualTo(SequenceVerdict.NEW);
        assertThat(judge(0, 0, 2)).isEqualTo(new SequenceVerdict.DuplicateOfNew(0));
        assertThat(judge(0, 4, 1)).isEqualTo(refusal(judge(0, 4, 1), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER));
        assertThat(judge(0, 3, 1)).isEqualTo(SequenceVerdict.NEW);
        assertThat(judge(0, 3, 1)).isEqualTo(new SequenceVerdict.DuplicateOfNew(2));
    }

    @Test
    void changesNothingByItself() {
        judge(0, 0, 5);

        check = states.newCheck();
        assertThat(states.size()).isZero();
        assertThat(judge(0, 0, 5)).isEqualTo(SequenceVerdict.NEW);
    }

    @Test
    void findsWhatIsInTheLogBesideWhatIsNewInTheTurn() {
        append(0, 0, 3);
        check = states.newCheck();

        assertThat(judge(0, 3, 1)).isEqualTo(SequenceVerdict.NEW);
        assertThat(judge(0, 0, 3)).isEqualTo(new SequenceVerdict.Duplicate(new SequencedBatch(0, 2, 0, 2, NOW)));
    }

    @Test
    void beginsANewEpochWithSequenceZeroOnly() {
        append(0, 0, 3);
        check = states.newCheck();

        assertThat(judge(1, 3, 1)).isEqualTo(refusal(judge(1, 3, 1), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER));
        assertThat(judge(1, 0, 3)).isEqualTo(SequenceVerdict.NEW);
        assertThat(judge(0, 3, 1)).isEqualTo(refusal(judge(0, 3, 1), ErrorCode.INVALID_PRODUCER_EPOCH));
        assertThat(judge(1, 0, 3)).isEqualTo(new SequenceVerdict.DuplicateOfNew(0));
    }

    @Test
    void takesAnUnknownProducerAtAnySequence() {
        assertThat(judge(3, 812, 1)).isEqualTo(SequenceVerdict.NEW);
    }

    @Test
    void tellsABatchFromBeforeTheWindowFromOneThatComesTooEarly() {
        for (int i = 0; i < ProducerStates.WINDOW + 1; i++) {
            append(0, 2 * i, 2);
        }
        check = states.newCheck();

        assertThat(judge(0, 0, 2)).isEqualTo(refusal(judge(0, 0, 2), ErrorCode.DUPLICATE_SEQUENCE_NUMBER));
        assertThat(judge(0, 2, 2)).isInstanceOf(SequenceVerdict.Duplicate.class);
        // other bounds than what was written: nobody knows what it is
        assertThat(judge(0, 1, 2)).isEqualTo(refusal(judge(0, 1, 2), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER));
        int early = 2 * (ProducerStates.WINDOW + 2);
        assertThat(judge(0, early, 2)).isEqualTo(refusal(judge(0, early, 2), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER));
    }

    @Test
    void remembersFiveBatchesOfASilentProducer() {
        for (int i = 0; i < ProducerStates.WINDOW; i++) {
            append(0, i, 1);
        }

        states.expire(NOW + 600_000, Long.MAX_VALUE);

        assertThat(states.entries().get(0).batches()).hasSize(5);
        check = states.newCheck();
        assertThat(judge(0, ProducerStates.WINDOW - 5, 1)).isInstanceOf(SequenceVerdict.Duplicate.class);
        assertThat(judge(0, ProducerStates.WINDOW, 1)).isEqualTo(SequenceVerdict.NEW);
    }

    @Test
    void forgetsTheSilentAndKeepsThoseInATransaction() {
        append(0, 0, 1);
        ByteBuf transactional = TestBatches.batch()
                .allocator(UnpooledByteBufAllocator.DEFAULT)
                .baseOffset(states.endOffset())
                .producer(8, 0, 0)
                .transactional()
                .values("v")
                .build();
        states.append(RecordBatch.at(transactional, 0), NOW);
        transactional.release();

        assertThat(states.expire(NOW + 99, 100)).isZero();
        assertThat(states.expire(NOW + 100, 100)).isEqualTo(1);
        assertThat(states.entries())
                .singleElement()
                .satisfies(entry -> assertThat(entry.producerId()).isEqualTo(8));
        assertThat(judge(0, 55, 1)).isEqualTo(SequenceVerdict.NEW);
    }

    private static SequenceVerdict refusal(SequenceVerdict verdict, ErrorCode code) {
        return new SequenceVerdict.Refused(
                code, verdict instanceof SequenceVerdict.Refused refused ? refused.why() : "");
    }

    private SequenceVerdict judge(int epoch, int sequence, int records) {
        ByteBuf bytes = batch(epoch, sequence, records);
        try {
            return check.judge(RecordBatch.at(bytes, 0));
        } finally {
            bytes.release();
        }
    }

    private void append(int epoch, int sequence, int records) {
        ByteBuf bytes = batch(epoch, sequence, records);
        states.append(RecordBatch.at(bytes, 0), NOW);
        bytes.release();
    }

    private ByteBuf batch(int epoch, int sequence, int records) {
        return TestBatches.batch()
                .allocator(UnpooledByteBufAllocator.DEFAULT)
                .baseOffset(states.endOffset())
                .producer(ID, epoch, sequence)
                .records(records, 3)
                .build();
    }
}
