package io.penstock.client.connection;

import java.util.function.Supplier;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Follows a wait for a session through its context, so that whoever gives it up can say what it came to. Safe for any
 * thread.
 */
public final class SessionWait {

    private volatile Supplier<String> outcome = () -> "nobody has been asked yet";

    /** What the subscriber that waits has in its context. */
    public Context context() {
        return Context.of(SessionWait.class, this);
    }

    /** The wait was for a connection, which tells why it brings nothing. */
    static void isFor(ContextView waiting, Supplier<String> whyNot) {
        waiting.<SessionWait>getOrEmpty(SessionWait.class).ifPresent(wait -> wait.outcome = whyNot);
    }

    /** The wait is over. */
    public void reached(BrokerSession session) {
        outcome = () ->
                "broker " + session.brokerId() + " at " + session.endpoint() + " is connected, and slow to answer";
    }

    /** What has become of it by now, as half a sentence. */
    public String outcome() {
        return outcome.get();
    }
}
