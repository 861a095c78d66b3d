package io.penstock.core.log.producer;

/**
 * A batch of an idempotent producer that is in the log.
 *
 * @param firstSequence the sequence of its first record
 * @param lastSequence the sequence of its last record
 * @param baseOffset the offset of its first record
 * @param lastOffset the offset of its last record
 * @param appendTimeMs when it was appended, in milliseconds since 1970
 */
public record SequencedBatch(
        int firstSequence, int lastSequence, long baseOffset, long lastOffset, long appendTimeMs) {}
