package io.penstock.core.error;

import org.jspecify.annotations.Nullable;

/** An error of the table, with a message that says what happened, to what, and what to do. */
public class PenstockException extends RuntimeException {

    private final ErrorCode code;

    public PenstockException(ErrorCode code, String message) {
        this(code, message, null);
    }

    public PenstockException(ErrorCode code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** The entry of the table. */
    public ErrorCode code() {
        return code;
    }

    /** Whether the same request can succeed later. */
    public boolean isRetriable() {
        return code.isRetriable();
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + "[" + code + "]: " + getMessage();
    }
}
