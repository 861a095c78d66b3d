package io.penstock.core.runtime;

import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * A set of event loops for the network, shared by all servers and clients that it is handed to. The threads are daemons
 * named {@code penstock-loop-…}, may not block (Reactor refuses {@code block()} on them), and start with their first
 * connection. Native epoll is used where it is to be had.
 */
public final class Loops {

    private static final String NAME = "penstock-loop";
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final LoopResources resources;

    private Loops(LoopResources resources) {
        this.resources = resources;
    }

    /** One loop per processor. */
    public static Loops create() {
        return create(Runtime.getRuntime().availableProcessors());
    }

    /**
     * A number of loops.
     *
     * @param threads 1 or more
     */
    public static Loops create(int threads) {
        return new Loops(LoopResources.create(NAME, threads, true));
    }

    /** The loops as Reactor Netty takes them. */
    public LoopResources resources() {
        return resources;
    }

    /** The time of the loops' timers, in nanoseconds since some moment. */
    public long nanoTime() {
        return Ticker.systemTicker().nanoTime();
    }

    /**
     * Ends the threads. Connections that are still open are closed. Work starts on subscription and can't be
     * cancelled; completes on one of JDK's or Netty's threads when the loops have ended, at most 5 s later.
     */
    public Mono<Void> close() {
        return resources.disposeLater(Duration.ZERO, TIMEOUT);
    }
}
