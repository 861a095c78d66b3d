package io.penstock.core.config;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The declaration of one setting. Two settings are the same only if they are the same object: a setting is declared in
 * one place and referred to from there.
 *
 * @param <T> the type of its values
 */
public final class Setting<T> {

    /** What a value looks like, for a reader of descriptions. */
    public enum Type {
        BOOLEAN,
        INT,
        LONG,
        DOUBLE,
        STRING,
        LIST
    }

    private final String key;
    private final Type type;
    private final T defaultValue;
    private final String allowed;
    private final Function<String, @Nullable T> reader;
    private final Function<T, String> writer;
    private final String documentation;

    private Setting(
            String key,
            Type type,
            T defaultValue,
            String allowed,
            Function<String, @Nullable T> reader,
            Function<T, String> writer,
            String documentation) {
        this.key = key;
        this.type = type;
        this.defaultValue = defaultValue;
        this.allowed = allowed;
        this.reader = reader;
        this.writer = writer;
        this.documentation = documentation;
        parse(writer.apply(defaultValue));
    }

    /** A whole number from {@code min} to {@code max}, both included. */
    public static Setting<Integer> ofInt(String key, int defaultValue, int min, int max, String documentation) {
        return new Setting<>(
                key,
                Type.INT,
                defaultValue,
                "a whole number from " + min + " to " + max,
                text -> {
                    int value = Integer.parseInt(text);
                    return value >= min && value <= max ? value : null;
                },
                String::valueOf,
                documentation);
    }

    /** A whole number from {@code min} to {@code max}, both included. */
    public static Setting<Long> ofLong(String key, long defaultValue, long min, long max, String documentation) {
        return new Setting<>(
                key,
                Type.LONG,
                defaultValue,
                "a whole number from " + min + " to " + max,
                text -> {
                    long value = Long.parseLong(text);
                    return value >= min && value <= max ? value : null;
                },
                String::valueOf,
                documentation);
    }

    /** {@code true} or {@code false}. */
    public static Setting<Boolean> ofBoolean(String key, boolean defaultValue, String documentation) {
        return new Setting<>(
                key,
                Type.BOOLEAN,
                defaultValue,
                "true or false",
                text -> switch (text) {
                    case "true" -> true;
                    case "false" -> false;
                    default -> null;
                },
                String::valueOf,
                documentation);
    }

    /** One of an enum's constants, spelled as {@code spelling} says. */
    public static <E extends Enum<E>> Setting<E> ofChoice(
            String key, E defaultValue, Function<E, String> spelling, String documentation) {
        Map<String, E> choices = Arrays.stream(defaultValue.getDeclaringClass().getEnumConstants())
                .collect(Collectors.toMap(spelling, Function.identity(), (a, b) -> a, TreeMap::new));
        return new Setting<>(
                key,
                Type.STRING,
                defaultValue,
                "one of " + String.join(", ", choices.keySet()),
                choices::get,
                spelling,
                documentation);
    }

    /** Some of an enum's constants, at least one, with commas between them, spelled as {@code spelling} says. */
    public static <E extends Enum<E>> Setting<Set<E>> ofChoices(
            String key, Set<E> defaultValue, Function<E, String> spelling, String documentation) {
        Map<String, E> choices = Arrays.stream(
                        defaultValue.iterator().next().getDeclaringClass().getEnumConstants())
                .collect(Collectors.toMap(spelling, Function.identity(), (a, b) -> a, TreeMap::new));
        return new Setting<>(
                key,
                Type.LIST,
                Set.copyOf(defaultValue),
                "some of " + String.join(", ", choices.keySet()) + ", with commas",
                text -> {
                    Set<String> parts =
                            Arrays.stream(text.split(",")).map(String::strip).collect(Collectors.toSet());
                    return choices.keySet().containsAll(parts)
                            ? parts.stream().map(choices::get).collect(Collectors.toUnmodifiableSet())
                            : null;
                },
                values -> values.stream().map(spelling).sorted().collect(Collectors.joining(",")),
                documentation);
    }

    /** A number from 0 to 1, both included. */
    public static Setting<Double> ofFraction(String key, double defaultValue, String documentation) {
        return new Setting<>(
                key,
                Type.DOUBLE,
                defaultValue,
                "a number from 0 to 1",
                text -> {
                    double value = Double.parseDouble(text);
                    return value >= 0 && value <= 1 ? value : null;
                },
                String::valueOf,
                documentation);
    }

    /** Any text; white space at its ends does not count. */
    public static Setting<String> ofText(String key, String defaultValue, String documentation) {
        return new Setting<>(
                key, Type.STRING, defaultValue, "text", Function.identity(), Function.identity(), documentation);
    }

    /** Texts with commas between them; empty ones are left out. */
    public static Setting<List<String>> ofList(String key, List<String> defaultValue, String documentation) {
        return new Setting<>(
                key,
                Type.LIST,
                List.copyOf(defaultValue),
                "a list with commas",
                text -> Arrays.stream(text.split(","))
                        .map(String::strip)
                        .filter(part -> !part.isEmpty())
                        .toList(),
                parts -> String.join(",", parts),
                documentation);
    }

    public String key() {
        return key;
    }

    public Type type() {
        return type;
    }

    public T defaultValue() {
        return defaultValue;
    }

    /** What is allowed, as the end of a sentence that begins with "must be". */
    public String allowed() {
        return allowed;
    }

    public String documentation() {
        return documentation;
    }

    /**
     * Reads a value.
     *
     * @throws PenstockException with {@link ErrorCode#INVALID_CONFIG} naming the key, the text and what is allowed
     */
    public T parse(String text) {
        T value;
        try {
            value = reader.apply(text.strip());
        } catch (NumberFormatException e) {
            value = null;
        }
        if (value == null) {
            throw new PenstockException(
                    ErrorCode.INVALID_CONFIG, key + " = '" + text + "' is not allowed: it must be " + allowed);
        }
        return value;
    }

    /** A value as {@link #parse} reads it. */
    public String print(T value) {
        return writer.apply(value);
    }

    @Override
    public String toString() {
        return key;
    }
}
