package io.penstock.core.record;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import org.jspecify.annotations.Nullable;

/** Bytes that are not a record batch that may be read; says why, and where. */
public final class CorruptBatchException extends PenstockException {

    /** The rule that the bytes break. */
    public enum Reason {
        /** The bytes end before the batch does. */
        TRUNCATED(ErrorCode.CORRUPT_MESSAGE),
        /** The declared length is less than a header. */
        BAD_LENGTH(ErrorCode.CORRUPT_MESSAGE),
        /** The batch is larger than {@link BatchLimits#maxBatchBytes()}. */
        TOO_LARGE(ErrorCode.MESSAGE_TOO_LARGE),
        /** The format is not v2. */
        BAD_MAGIC(ErrorCode.CORRUPT_MESSAGE),
        /** The checksum is not that of the bytes. */
        BAD_CRC(ErrorCode.CORRUPT_MESSAGE),
        /** The compression is not one of the table's. */
        UNKNOWN_COMPRESSION(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE),
        /** The record count or the last offset delta can't be. */
        BAD_COUNT(ErrorCode.CORRUPT_MESSAGE),
        /** The compressed records are damaged. */
        BAD_COMPRESSED_DATA(ErrorCode.CORRUPT_MESSAGE),
        /** The compressed records expand past {@link BatchLimits#decompressedLimit}. */
        EXPANDS_TOO_FAR(ErrorCode.CORRUPT_MESSAGE),
        /** A record's fields do not fit into it, or records and count differ. */
        BAD_RECORD(ErrorCode.CORRUPT_MESSAGE);

        private final ErrorCode code;

        Reason(ErrorCode code) {
            this.code = code;
        }
    }

    private final Reason reason;
    private final long baseOffset;

    CorruptBatchException(Reason reason, long baseOffset, String what) {
        this(reason, baseOffset, what, null);
    }

    CorruptBatchException(Reason reason, long baseOffset, String what, @Nullable Throwable cause) {
        super(reason.code, "batch at offset " + baseOffset + ": " + what, cause);
        this.reason = reason;
        this.baseOffset = baseOffset;
    }

    /** The rule that the bytes break. */
    public Reason reason() {
        return reason;
    }

    /** The base offset that the batch claims to have; −1 if the bytes end before it. */
    public long baseOffset() {
        return baseOffset;
    }
}
