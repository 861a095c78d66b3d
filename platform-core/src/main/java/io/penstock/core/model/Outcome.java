package io.penstock.core.model;

/** What is known of a record that was given to a producer. */
public enum Outcome {
    /** It is in the log, at the offset and with the guarantee that the result names. */
    COMMITTED,
    /** It is not in the log, and never will be. */
    NOT_WRITTEN,
    /** It was sent, and no answer came: it may be in the log or not. */
    UNKNOWN
}
