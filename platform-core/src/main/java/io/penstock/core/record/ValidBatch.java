package io.penstock.core.record;

/**
 * What {@link BatchValidation} learns on its way through a batch.
 *
 * @param maxTimestamp the greatest time of its records, or the append time if the topic asks for it, in ms since 1970;
 *     {@link RecordBatch#NO_TIMESTAMP} if no record has one. Where the header says otherwise, as some clients make it,
 *     the broker corrects it by {@link RecordBatch#setMaxTimestamp}
 * @param offsetDeltaOfMaxTimestamp the offset, less the base offset, of the first record that has it; −1 if none has
 */
public record ValidBatch(long maxTimestamp, int offsetDeltaOfMaxTimestamp) {}
