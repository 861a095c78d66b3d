package io.penstock.cli.connection;

import io.penstock.cli.terminal.CommandFailure;
import io.penstock.client.consumer.StartPosition;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where to begin, as a person writes it: {@code earliest}, {@code latest}, an offset, a time in ISO form (without a
 * zone it is in the given one), or how long ago ({@code 5m}, {@code "ago 5m"}; units s, m, h, d).
 */
public final class StartText {

    /** What can be written. */
    public static final String SYNTAX = "earliest, latest, an offset, a time like 2026-11-20T10:30, an age like 5m";

    private static final Pattern AGE = Pattern.compile("(?:ago[ :])?\\s*(\\d+)\\s*(s|m|h|d)");
    private static final int OFFSET_DIGITS = 18;
    private static final int AGE_DIGITS = 9;

    private StartText() {}

    /**
     * Reads it.
     *
     * @param option what it was given as, for the failure
     * @throws CommandFailure with exit code 2 if it is none of these
     */
    public static StartPosition parse(String option, String text, ZoneId zone) {
        String trimmed = text.trim();
        String lower = trimmed.toLowerCase(Locale.ROOT);
        if (lower.equals("earliest")) {
            return StartPosition.earliest();
        }
        if (lower.equals("latest")) {
            return StartPosition.latest();
        }
        if (lower.matches("\\d+")) {
            requireDigits(option, lower, OFFSET_DIGITS, "an offset");
            return StartPosition.offset(Long.parseLong(lower));
        }
        Matcher age = AGE.matcher(lower);
        if (age.matches()) {
            requireDigits(option, age.group(1), AGE_DIGITS, "an age");
            return StartPosition.ago(age(age));
        }
        return StartPosition.timestamp(time(option, trimmed, zone));
    }

    private static void requireDigits(String option, String number, int most, String what) {
        if (number.length() > most) {
            throw CommandFailure.usage(option + " " + number + " is too long: " + what + " has " + most
                    + " digits at most; 'latest' is the end");
        }
    }

    private static Duration age(Matcher age) {
        long amount = Long.parseLong(age.group(1));
        return switch (age.group(2)) {
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }

    private static Instant time(String option, String text, ZoneId zone) {
        try {
            if (text.indexOf('T') < 0) {
                return LocalDate.parse(text).atStartOfDay(zone).toInstant();
            }
            boolean hasZone = text.matches(".*(Z|[+-]\\d\\d(:?\\d\\d)?)");
            return hasZone
                    ? OffsetDateTime.parse(text).toInstant()
                    : LocalDateTime.parse(text).atZone(zone).toInstant();
        } catch (DateTimeException e) {
            throw CommandFailure.usage(option + " " + text + " is not understood: give " + SYNTAX);
        }
    }
}
