package io.penstock.core.transport;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;

/**
 * Where a broker listens and a client connects: {@code penstock://host:port} over TCP, or {@code local:name} inside
 * one JVM. {@link #toString()} gives the form that {@link #parse} reads.
 */
public sealed interface Endpoint permits TcpEndpoint, LocalEndpoint {

    /** The port when none is given. */
    int DEFAULT_PORT = 7650;

    /**
     * Reads an endpoint. The port may be left out, and is then {@value #DEFAULT_PORT}; an IPv6 address stands in
     * brackets.
     *
     * @throws PenstockException with {@link ErrorCode#INVALID_REQUEST}, what is wrong, and what is expected
     */
    static Endpoint parse(String text) {
        try {
            if (text.startsWith(TcpEndpoint.SCHEME)) {
                return TcpEndpoint.ofAuthority(text.substring(TcpEndpoint.SCHEME.length()));
            }
            if (text.startsWith(LocalEndpoint.SCHEME)) {
                return new LocalEndpoint(text.substring(LocalEndpoint.SCHEME.length()));
            }
            throw new IllegalArgumentException("it begins with neither penstock:// nor local:");
        } catch (IllegalArgumentException e) {
            throw new PenstockException(
                    ErrorCode.INVALID_REQUEST,
                    "'" + text + "' is not an endpoint: " + e.getMessage()
                            + "; expected penstock://host:port, penstock://[ipv6]:port or local:name",
                    e);
        }
    }
}
