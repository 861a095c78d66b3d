package io.penstock.core.transport;

import java.time.Duration;

/**
 * What a connection may cost. Both sides of a connection have limits of their own.
 *
 * @param maxFrameBytes the largest RSocket frame that is sent or received, 64 KiB to 16,777,215 bytes; a peer that
 *     sends a larger one loses its connection
 * @param maxUnsentBytesPerConnection what a connection may reserve and have unsent, in bytes, 1 or more; one element
 *     that is larger may still pass alone. A connection whose unsent bytes come to twice this and two frames, which
 *     only unread answers can do, is closed
 * @param maxUnsentBytesTotal what all connections of a broker may reserve and have unsent, in bytes, not less than the
 *     limit of one. So that {@code n} stuck peers can't stop the next one, it should be {@code n + 1} elements or more
 * @param maxUnfinishedBytesTotal what all connections of a server may hold of frames that have not come whole, in bytes,
 *     not less than two of the largest frames; beyond it the connection whose unfinished frame has cost most is closed
 * @param maxConnections how many connections a server serves at a time, 1 or more
 * @param setupTimeout how long a server waits for the SETUP frame, and then at least for the first request of a TCP client, 1 ms or more
 * @param frameTimeout how long a server waits for the end of a frame that has begun, 1 ms or more
 * @param keepAliveInterval how often a client sends KEEPALIVE, 1 ms or more
 * @param keepAliveMaxLifetime after how long without an answer to KEEPALIVE both sides give the connection up; longer
 *     than the interval
 */
public record TransportLimits(
        int maxFrameBytes,
        long maxUnsentBytesPerConnection,
        long maxUnsentBytesTotal,
        long maxUnfinishedBytesTotal,
        int maxConnections,
        Duration setupTimeout,
        Duration frameTimeout,
        Duration keepAliveInterval,
        Duration keepAliveMaxLifetime) {

    private static final int MIB = 1 << 20;
    private static final int MIN_FRAME_BYTES = 64 << 10;
    private static final int RSOCKET_MAX_FRAME_BYTES = 0xFF_FFFF;

    /**
     * 4 MiB a frame, 4 MiB unsent a connection, 256 MiB unsent and 64 MiB unfinished in all, 10,000
     * connections.
     */
    public static final TransportLimits DEFAULTS = new TransportLimits(
            4 * MIB,
            4 * MIB,
            256L * MIB,
            64L * MIB,
            10_000,
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(20),
            Duration.ofSeconds(90));

    /** @throws IllegalArgumentException if a limit is out of its range */
    public TransportLimits {
        check(
                maxFrameBytes >= MIN_FRAME_BYTES && maxFrameBytes <= RSOCKET_MAX_FRAME_BYTES,
                "maxFrameBytes must be " + MIN_FRAME_BYTES + " to " + RSOCKET_MAX_FRAME_BYTES + ", was "
                        + maxFrameBytes);
        check(
                maxUnsentBytesPerConnection >= 1,
                "maxUnsentBytesPerConnection must be 1 or more, was " + maxUnsentBytesPerConnection);
        check(
                maxUnsentBytesTotal >= maxUnsentBytesPerConnection,
                "maxUnsentBytesTotal must not be less than maxUnsentBytesPerConnection, was " + maxUnsentBytesTotal);
        check(
                maxUnfinishedBytesTotal >= 2L * maxFrameBytes,
                "maxUnfinishedBytesTotal must not be less than twice maxFrameBytes, was " + maxUnfinishedBytesTotal);
        check(maxConnections >= 1, "maxConnections must be 1 or more, was " + maxConnections);
        checkMillis("setupTimeout", setupTimeout);
        checkMillis("frameTimeout", frameTimeout);
        checkMillis("keepAliveInterval", keepAliveInterval);
        checkMillis("keepAliveMaxLifetime", keepAliveMaxLifetime);
        check(
                keepAliveMaxLifetime.compareTo(keepAliveInterval) > 0,
                "keepAliveMaxLifetime must be longer than keepAliveInterval, was " + keepAliveMaxLifetime);
    }

    private static void checkMillis(String name, Duration value) {
        boolean isInRange = !value.isNegative() && value.compareTo(Duration.ofMillis(Integer.MAX_VALUE)) <= 0;
        check(isInRange && value.toMillis() >= 1, name + " must be 1 ms to 2^31-1 ms, was " + value);
    }

    private static void check(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /** The unsent bytes at which a server gives a connection up, whatever they are. */
    long unsentBytesCeiling() {
        return 2 * (maxUnsentBytesPerConnection + maxFrameBytes);
    }

    public TransportLimits withMaxFrameBytes(int bytes) {
        return new TransportLimits(
                bytes,
                maxUnsentBytesPerConnection,
                maxUnsentBytesTotal,
                maxUnfinishedBytesTotal,
                maxConnections,
                setupTimeout,
                frameTimeout,
                keepAliveInterval,
                keepAliveMaxLifetime);
    }

    public TransportLimits withUnsentBytes(long perConnection, long total) {
        return new TransportLimits(
                maxFrameBytes,
                perConnection,
                total,
                maxUnfinishedBytesTotal,
                maxConnections,
                setupTimeout,
                frameTimeout,
                keepAliveInterval,
                keepAliveMaxLifetime);
    }

    public TransportLimits withMaxConnections(int connections) {
        return new TransportLimits(
                maxFrameBytes,
                maxUnsentBytesPerConnection,
                maxUnsentBytesTotal,
                maxUnfinishedBytesTotal,
                connections,
                setupTimeout,
                frameTimeout,
                keepAliveInterval,
                keepAliveMaxLifetime);
    }

    public TransportLimits withSetupTimeout(Duration timeout) {
        return new TransportLimits(
                maxFrameBytes,
                maxUnsentBytesPerConnection,
                maxUnsentBytesTotal,
                maxUnfinishedBytesTotal,
                maxConnections,
                timeout,
                frameTimeout,
                keepAliveInterval,
                keepAliveMaxLifetime);
    }

    public TransportLimits withKeepAlive(Duration interval, Duration maxLifetime) {
        return new TransportLimits(
                maxFrameBytes,
                maxUnsentBytesPerConnection,
                maxUnsentBytesTotal,
                maxUnfinishedBytesTotal,
                maxConnections,
                setupTimeout,
                frameTimeout,
                interval,
                maxLifetime);
    }

    public TransportLimits withUnfinishedFrames(long totalBytes, Duration timeout) {
        return new TransportLimits(
                maxFrameBytes,
                maxUnsentBytesPerConnection,
                maxUnsentBytesTotal,
                totalBytes,
                maxConnections,
                setupTimeout,
                timeout,
                keepAliveInterval,
                keepAliveMaxLifetime);
    }
}
