package io.penstock.core.log.producer;

import io.penstock.core.error.ErrorCode;

/** What a {@link SequenceCheck} says of a batch. */
public sealed interface SequenceVerdict {

    /** It comes next, or has no producer id: append it. */
    SequenceVerdict NEW = new New();

    /** To be appended. */
    record New() implements SequenceVerdict {}

    /** It is in the log already. */
    record Duplicate(SequencedBatch original) implements SequenceVerdict {}

    /**
     * It is among those that were judged new by this check, and shares their fate.
     *
     * @param index which of them, from 0
     */
    record DuplicateOfNew(int index) implements SequenceVerdict {}

    /**
     * It must not be appended.
     *
     * @param code {@code OUT_OF_ORDER_SEQUENCE_NUMBER} if a batch before it is missing, {@code DUPLICATE_SEQUENCE_NUMBER} if
     *     it was appended so long ago that its offset is forgotten, {@code INVALID_PRODUCER_EPOCH} if a later epoch of its
     *     producer has begun
     */
    record Refused(ErrorCode code, String why) implements SequenceVerdict {}
}
