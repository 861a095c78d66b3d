package io.penstock.server.rsocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.rsocket.Payload;
import io.rsocket.util.ByteBufPayload;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.test.publisher.TestPublisher;
import reactor.test.subscriber.TestSubscriber;

class OpeningChannelTest {

    private final TestPublisher<Payload> inbound = TestPublisher.create();
    private final TestSubscriber<Payload> client =
            TestSubscriber.builder().initialRequest(0).build();
    private final Payload opener = ByteBufPayload.create("opener");

    @AfterEach
    void releaseWhatWasReceived() {
        client.getReceivedOnNext().forEach(Payload::release);
        if (opener.refCnt() > 0) {
            opener.release(); // a test in which it never came
        }
    }

    private void open(BiFunction<Payload, Publisher<Payload>, Flux<Payload>> answers) {
        new OpeningChannel(inbound.flux(), answers).subscribe(client);
    }

    /** Answers each payload, the first too, with itself. */
    private void openEcho() {
        open((first, payloads) -> Flux.from(payloads));
    }

    private static List<String> texts(TestSubscriber<Payload> subscriber) {
        return subscriber.getReceivedOnNext().stream().map(Payload::getDataUtf8).toList();
    }

    @Test
    void subscribesAtOnceAndAsksForTheFirstPayload() {
        openEcho();

        assertThat(client.isTerminated()).isFalse();
        inbound.assertMinRequested(1);
        inbound.assertMaxRequested(1);
    }

    @Test
    void givesTheFirstPayloadToTheAnswer() {
        openEcho();
        client.request(2);

        inbound.next(opener);
        inbound.next(ByteBufPayload.create("second"));

        assertThat(texts(client)).containsExactly("opener", "second");
    }

    @Test
    void keepsWhatWasAskedForBeforeThereWasAnAnswer() {
        openEcho();
        client.request(3);

        inbound.next(opener);

        inbound.assertMinRequested(2); // the first was there already
        assertThat(texts(client)).containsExactly("opener");
    }

    @Test
    void endsWithTheErrorThatTheFirstPayloadLedTo() {
        open((first, payloads) -> Flux.error(new IllegalStateException("unknown")));

        inbound.next(opener);

        assertThat(client.expectTerminalError()).hasMessage("unknown");
        assertThat(opener.refCnt()).isZero();
        inbound.assertCancelled();
    }

    @Test
    void cancelsWhatComesUpWhenItIsCancelledBeforeTheFirstPayload() {
        openEcho();

        client.cancel();

        inbound.assertCancelled();
    }

    @Test
    void releasesTheFirstPayloadIfNobodyAsksForIt() {
        openEcho();
        inbound.next(opener);

        client.cancel();

        assertThat(opener.refCnt()).isZero();
        inbound.assertCancelled();
    }

    @Test
    void givesTheFirstPayloadOutOnce() {
        List<Payload> taken = new ArrayList<>();
        open((first, payloads) -> {
            payloads.subscribe(new BaseSubscriber<>() {
                @Override
                protected void hookOnSubscribe(Subscription subscription) {
                    subscription.request(1);
                    subscription.cancel();
                }

                @Override
                protected void hookOnNext(Payload payload) {
                    taken.add(payload);
                }
            });
            return Flux.never();
        });

        inbound.next(opener);

        assertThat(taken).containsExactly(opener);
        assertThat(opener.refCnt()).isOne();
    }

    @Test
    void completesIfThereIsNoFirstPayload() {
        openEcho();

        inbound.complete();

        assertThat(client.isTerminatedComplete()).isTrue();
    }

    @Test
    void failsIfTheFirstPayloadNeverComes() {
        openEcho();

        inbound.error(new IllegalStateException("lost"));

        assertThat(client.expectTerminalError()).hasMessage("lost");
    }
}
