package io.penstock.cli.connection;

import io.penstock.cli.terminal.CommandFailure;
import io.penstock.client.producer.Batching;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.compression.Compression;
import io.penstock.core.model.Acks;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How records are sent, for every command that sends some; a picocli mixin. */
public final class SendOptions {

    private static final int MIN_BYTES = 1 << 10;
    private static final int MAX_BYTES = 64 << 20;
    private static final long BUFFER_BYTES = 32 << 20;

    @Option(
            names = "--acks",
            paramLabel = "ACKS",
            defaultValue = "all",
            converter = AcksConverter.class,
            description = "Whose word to wait for: all, leader or 1, none or 0. Default: ${DEFAULT-VALUE}.")
    private Acks acks = Acks.ALL;

    @Option(
            names = "--compression",
            paramLabel = "CODEC",
            defaultValue = "none",
            description = "One of: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Compression compression = Compression.NONE;

    @Option(
            names = "--batch-size",
            paramLabel = "BYTES",
            defaultValue = "256k",
            converter = ByteCount.class,
            description = "The most bytes of a batch, like 262144, 256k or 4m. Default: ${DEFAULT-VALUE}.")
    private int batchSize;

    @Option(
            names = "--max-request-size",
            paramLabel = "BYTES",
            defaultValue = "1m",
            converter = ByteCount.class,
            description = "The most bytes of a record with its batch, up to 64m. Default: ${DEFAULT-VALUE}.")
    private int maxRequestSize;

    @Option(
            names = "--linger",
            paramLabel = "TIME",
            defaultValue = "5ms",
            converter = DurationConverter.class,
            description = "How long a batch waits for more records, like 5ms or 1s. Default: ${DEFAULT-VALUE}.")
    private Duration linger = Duration.ZERO;

    /**
     * The options of a producer of bytes.
     *
     * @throws CommandFailure with exit code 2 if a value is out of its range
     */
    public ProducerOptions<byte[], byte[]> options() {
        requireBytes("--batch-size", batchSize);
        requireBytes("--max-request-size", maxRequestSize);
        try {
            return ProducerOptions.<byte[], byte[]>builder(Serdes.bytes(), Serdes.bytes())
                    .acks(acks)
                    .compression(compression)
                    .batching(Batching.DEFAULTS.withMaxBytes(batchSize).withLinger(linger))
                    .maxRequestSize(maxRequestSize)
                    .bufferMemory(Math.max(BUFFER_BYTES, 2L * Math.max(batchSize, maxRequestSize)))
                    .build();
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()));
        }
    }

    public Compression compression() {
        return compression;
    }

    private static void requireBytes(String option, int bytes) {
        if (bytes < MIN_BYTES || bytes > MAX_BYTES) {
            throw CommandFailure.usage(option + " must be from 1k to 64m, was " + bytes + " bytes");
        }
    }

    /** In one line, for a report. */
    public String description() {
        return "acks " + acks.name().toLowerCase(Locale.ROOT) + ", compression " + compression.configValue()
                + ", batch size " + batchSize + ", linger " + linger.toMillis() + " ms";
    }

    /** Reads names and Kafka's numbers. */
    static final class AcksConverter implements ITypeConverter<Acks> {

        @Override
        public Acks convert(String value) {
            return switch (value.toLowerCase(Locale.ROOT)) {
                case "all", "-1" -> Acks.ALL;
                case "leader", "1" -> Acks.LEADER;
                case "none", "0" -> Acks.NONE;
                default -> throw new TypeConversionException("'" + value + "' is not one of all, leader, none");
            };
        }
    }

    /** Reads {@code 5ms}, {@code 2s}, and a bare number as milliseconds. */
    static final class DurationConverter implements ITypeConverter<Duration> {

        private static final Pattern FORM = Pattern.compile("(\\d{1,9})(ms|s)?");

        @Override
        public Duration convert(String value) {
            Matcher form = FORM.matcher(value);
            if (!form.matches()) {
                throw new TypeConversionException("'" + value + "' is no time like 5ms or 1s");
            }
            long amount = Long.parseLong(form.group(1));
            return "s".equals(form.group(2)) ? Duration.ofSeconds(amount) : Duration.ofMillis(amount);
        }
    }
}
