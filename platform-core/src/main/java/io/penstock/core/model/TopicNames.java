package io.penstock.core.model;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;

/**
 * The rules for topic names, which are Kafka's: 1 to 249 of {@code a-z A-Z 0-9 . _ -}, neither {@code .} nor
 * {@code ..}; two names that differ only in {@code .} and {@code _} collide, because metrics map one onto the other.
 */
public final class TopicNames {

    /** The longest name, in characters; a file name holds it together with a partition number. */
    public static final int MAX_LENGTH = 249;

    /** The broker's own topic of groups and their offsets. */
    public static final String CONSUMER_OFFSETS = "__consumer_offsets";

    private TopicNames() {}

    /**
     * Refuses a name that breaks the rules.
     *
     * @throws PenstockException with {@link ErrorCode#INVALID_TOPIC} and the rule that was broken
     */
    public static void check(String name) {
        if (name.isEmpty()) {
            throw invalid(name, "it is empty");
        }
        if (name.length() > MAX_LENGTH) {
            throw invalid(
                    name.substring(0, 32) + "…", "it has " + name.length() + " characters, at most " + MAX_LENGTH);
        }
        if (name.equals(".") || name.equals("..")) {
            throw invalid(name, "it is reserved by the file system");
        }
        for (int i = 0; i < name.length(); i++) {
            if (!isLegal(name.charAt(i))) {
                throw invalid(name, "character " + (i + 1) + " is not one of a-z A-Z 0-9 . _ -");
            }
        }
    }

    /** Tells whether two different names would be one in a metric's name. */
    public static boolean collide(String first, String second) {
        return !first.equals(second) && first.replace('.', '_').equals(second.replace('.', '_'));
    }

    /** Tells whether the broker keeps the topic for itself; clients may read it, but not create it or produce to it. */
    public static boolean isInternal(String name) {
        return name.startsWith("__");
    }

    private static boolean isLegal(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-';
    }

    private static PenstockException invalid(String name, String why) {
        return new PenstockException(ErrorCode.INVALID_TOPIC, "'" + name + "' is not a topic name: " + why);
    }
}
