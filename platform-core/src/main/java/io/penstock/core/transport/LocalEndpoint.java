package io.penstock.core.transport;

import java.util.regex.Pattern;

/**
 * A broker in the same JVM: {@code local:name}.
 *
 * @param name 1 to 128 of {@code a-z A-Z 0-9 . _ -}; unique in the JVM while a server is bound to it
 */
public record LocalEndpoint(String name) implements Endpoint {

    static final String SCHEME = "local:";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,128}");

    /** @throws IllegalArgumentException if the name breaks the rule */
    public LocalEndpoint {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("a local name has 1 to 128 of a-z A-Z 0-9 . _ -");
        }
    }

    @Override
    public String toString() {
        return SCHEME + name;
    }
}
