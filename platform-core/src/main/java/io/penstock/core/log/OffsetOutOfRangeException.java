package io.penstock.core.log;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicPartition;

/** An offset was asked for that the log does not have, or no longer. */
public final class OffsetOutOfRangeException extends PenstockException {

    private static final long serialVersionUID = 1L;

    private final long offset;
    private final long logStartOffset;
    private final long logEndOffset;

    OffsetOutOfRangeException(TopicPartition partition, long offset, LogSnapshot snapshot) {
        super(
                ErrorCode.OFFSET_OUT_OF_RANGE,
                "offset " + offset + " is not in " + partition + ", which has offsets from " + snapshot.logStartOffset()
                        + " and ends before " + snapshot.logEndOffset());
        this.offset = offset;
        this.logStartOffset = snapshot.logStartOffset();
        this.logEndOffset = snapshot.logEndOffset();
    }

    /** The offset that was asked for. */
    public long offset() {
        return offset;
    }

    /** The first offset that could have been asked for. */
    public long logStartOffset() {
        return logStartOffset;
    }

    /** The greatest offset that could have been asked for: nothing is there yet. */
    public long logEndOffset() {
        return logEndOffset;
    }
}
