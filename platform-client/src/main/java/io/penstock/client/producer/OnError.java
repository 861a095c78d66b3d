package io.penstock.client.producer;

/** What a failed record does to the stream of results that it belongs to. */
public enum OnError {
    /** The results before it are emitted, then the stream ends with its error. */
    STOP,
    /** It is emitted as a result with an error in it, and the stream goes on. */
    CONTINUE
}
