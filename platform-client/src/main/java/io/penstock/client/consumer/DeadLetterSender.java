package io.penstock.client.consumer;

import reactor.core.publisher.Mono;

/** Sends dead letters for consumers. */
@FunctionalInterface
public interface DeadLetterSender {

    /** Sends it on subscription; completes when it is committed, and fails if it may not be. */
    Mono<Void> send(DeadLetter letter);
}
