package io.penstock.client.consumer;

import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes events to the log, as warnings those that somebody should know of though nobody listens. */
final class EventLog {

    private static final Logger log = LoggerFactory.getLogger(Consumer.class);

    private static final Set<Class<? extends ConsumerEvent>> TROUBLES = Set.of(
            ConsumerEvent.CommitRefused.class,
            ConsumerEvent.DeadLetterHeld.class,
            ConsumerEvent.Held.class,
            ConsumerEvent.Lost.class,
            ConsumerEvent.Stalled.class);

    private EventLog() {}

    static void write(ConsumerEvent event) {
        if (TROUBLES.contains(event.getClass())) {
            log.warn("{}", event);
        } else {
            log.debug("{}", event);
        }
    }
}
