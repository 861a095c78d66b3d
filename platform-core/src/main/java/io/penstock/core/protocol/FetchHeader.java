package io.penstock.core.protocol;

import io.penstock.core.error.ErrorCode;

/**
 * Stands before the batches in an element of a fetch stream, or is the last element, which says why the stream ends.
 *
 * @param isEnd whether this element ends the stream; nothing but an {@link FetchEnd} follows the header then
 * @param error why it ends; {@link ErrorCode#NONE} before the end
 * @param leaderEpoch the partition's leader epoch
 * @param highWatermark the first offset that can't be read yet
 * @param lastStableOffset the first offset that a read-committed consumer can't read yet
 * @param logStartOffset the first offset that can be read
 * @param nextOffset the offset after this element; where to open the next stream, at the end
 */
public record FetchHeader(
        boolean isEnd,
        ErrorCode error,
        int leaderEpoch,
        long highWatermark,
        long lastStableOffset,
        long logStartOffset,
        long nextOffset) {}
