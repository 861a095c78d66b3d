package io.penstock.client.consumer;

import java.util.Objects;
import java.util.function.UnaryOperator;

/** What becomes of a record that failed: its handler, for the last time, or its deserializer. */
public sealed interface OnFailure {

    /** What is put behind a topic's name by default. */
    String DEAD_LETTER_SUFFIX = ".dlt";

    /** To the topic named {@code <topic>.dlt}, and on; see {@link #deadLetter(UnaryOperator)}. */
    static OnFailure deadLetter() {
        return deadLetter(topic -> topic + DEAD_LETTER_SUFFIX);
    }

    /**
     * Sends the record to another topic, finishes it when that is committed, and goes on. Its key, value and headers are the bytes
     * that were read; more headers, those of {@link DeadLetterHeaders}, say where it comes from and why. Its partition is
     * that of its key's hash.
     *
     * <p>While it can't be sent it is tried again, for ever; the record stays unfinished, and its key waits. A record
     * whose partition moves to another member meanwhile may be there twice.
     *
     * @param topicOf gives the name of the other topic for that of the record's. It is called on a worker; if it throws
     *     or gives null, the whole ends with a {@link RecordFailedException}. A topic that is not there is created, if the
     *     broker does so
     */
    static OnFailure deadLetter(UnaryOperator<String> topicOf) {
        return new ToDeadLetterTopic(topicOf);
    }

    /** Ends the whole with a {@link RecordFailedException}; the record stays unfinished. */
    static OnFailure fail() {
        return new Fail();
    }

    /** Finishes the record as if nothing had happened, and goes on; an event tells. */
    static OnFailure skip() {
        return new Skip();
    }

    /** To another topic. */
    record ToDeadLetterTopic(UnaryOperator<String> topicOf) implements OnFailure {
        public ToDeadLetterTopic {
            Objects.requireNonNull(topicOf, "topicOf");
        }
    }

    /** The whole fails. */
    record Fail() implements OnFailure {}

    /** Nothing. */
    record Skip() implements OnFailure {}
}
