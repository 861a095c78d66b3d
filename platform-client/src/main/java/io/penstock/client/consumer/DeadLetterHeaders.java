package io.penstock.client.consumer;

import io.penstock.core.record.RecordHeader;
import io.penstock.core.record.RecordHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The headers that a dead letter has besides those of the record. Texts in UTF-8, numbers as decimals. In a letter that
 * died again the last ones of a name are those of the last time.
 */
public final class DeadLetterHeaders {

    /** The topic that the record was read from. */
    public static final String TOPIC = "dlt.original.topic";

    /** Its partition there. */
    public static final String PARTITION = "dlt.original.partition";

    /** Its offset there. */
    public static final String OFFSET = "dlt.original.offset";

    /** Its timestamp there, in milliseconds since 1970. */
    public static final String TIMESTAMP = "dlt.original.timestamp";

    /** The group for which it was read; not there if there was none. */
    public static final String GROUP = "dlt.group";

    /** The name of the class of what the handler or the deserializer threw. */
    public static final String EXCEPTION_CLASS = "dlt.exception.class";

    /** Its message, at most {@value #MAX_MESSAGE_LENGTH} characters of it; not there if it had none. */
    public static final String EXCEPTION_MESSAGE = "dlt.exception.message";

    /** How often the handler was called; 0 if the record could not be deserialized. */
    public static final String ATTEMPTS = "dlt.attempts";

    private static final int MAX_MESSAGE_LENGTH = 1_000;

    private DeadLetterHeaders() {}

    /** The headers of a record, and why and where it died. */
    static RecordHeaders of(ConsumerRecord<?, ?> record, @Nullable String group, Throwable error, int attempts) {
        List<RecordHeader> headers = new ArrayList<>();
        record.headers().forEach(headers::add);
        add(headers, TOPIC, record.topic());
        add(headers, PARTITION, String.valueOf(record.partition()));
        add(headers, OFFSET, String.valueOf(record.offset()));
        add(headers, TIMESTAMP, String.valueOf(record.timestamp()));
        add(headers, GROUP, group);
        add(headers, EXCEPTION_CLASS, error.getClass().getName());
        add(headers, EXCEPTION_MESSAGE, shortened(error.getMessage()));
        add(headers, ATTEMPTS, String.valueOf(attempts));
        return RecordHeaders.of(headers);
    }

    private static void add(List<RecordHeader> headers, String name, @Nullable String value) {
        if (value != null) {
            headers.add(new RecordHeader(name, value.getBytes(StandardCharsets.UTF_8)));
        }
    }

    private static @Nullable String shortened(@Nullable String message) {
        return message == null || message.length() <= MAX_MESSAGE_LENGTH
                ? message
                : message.substring(0, MAX_MESSAGE_LENGTH);
    }
}
