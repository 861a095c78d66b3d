package io.penstock.samples.mails;

import reactor.core.publisher.Mono;

/** Sends a mail; completes when it is sent. */
@FunctionalInterface
interface Mailer {

    Mono<Void> send(String mail);
}
