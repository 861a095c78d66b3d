package io.penstock.core.compression;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import org.jspecify.annotations.Nullable;

/** Compressed bytes that are damaged, or that hold more than the reader allows. */
public final class DecompressionException extends PenstockException {

    /** What is wrong with the bytes. */
    public enum Reason {
        /** They are not what the codec writes, or end too early, or a checksum inside of them is wrong. */
        MALFORMED,
        /** They expand, or declare that they expand, past the limit. */
        TOO_LARGE
    }

    private final Reason reason;

    private DecompressionException(Reason reason, String message, @Nullable Throwable cause) {
        super(ErrorCode.CORRUPT_MESSAGE, message, cause);
        this.reason = reason;
    }

    static DecompressionException malformed(String what) {
        return new DecompressionException(Reason.MALFORMED, what, null);
    }

    static DecompressionException malformed(String what, Throwable cause) {
        return new DecompressionException(Reason.MALFORMED, what + ": " + cause.getMessage(), cause);
    }

    static DecompressionException tooLarge(String codec, int maxBytes) {
        return new DecompressionException(
                Reason.TOO_LARGE, codec + " data expands past the limit of " + maxBytes + " bytes", null);
    }

    /** What is wrong with the bytes. */
    public Reason reason() {
        return reason;
    }
}
