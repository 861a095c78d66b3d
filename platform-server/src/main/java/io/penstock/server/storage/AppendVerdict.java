package io.penstock.server.storage;

import io.penstock.core.log.producer.SequencedBatch;

/** What an {@link AppendCheck} says of a batch. */
sealed interface AppendVerdict {

    /**
     * It is to be appended, or is the same as one that is.
     *
     * @param index which of the batches of the turn that are appended, from 0
     */
    record Accepted(int index) implements AppendVerdict {}

    /** It was appended in an earlier turn. */
    record Repeated(SequencedBatch original) implements AppendVerdict {}

    /** It must not be appended. */
    record Refused(RuntimeException why) implements AppendVerdict {}
}
