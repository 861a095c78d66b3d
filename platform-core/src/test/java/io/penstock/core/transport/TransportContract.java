package io.penstock.core.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.exceptions.CustomRSocketException;
import io.rsocket.exceptions.RejectedSetupException;
import io.rsocket.util.ByteBufPayload;
import io.rsocket.util.DefaultPayload;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

/** What a server and a client of ours do, over whatever kind of endpoint. */
interface TransportContract {

    /** The endpoint to bind; where it says port 0, the server's own endpoint is connected to. */
    Endpoint endpoint();

    TransportFixture fixture();

    @BeforeEach
    default void begin() {
        fixture().begin();
    }

    @AfterEach
    default void endWithoutLeaks() {
        fixture().end();
    }

    @Test
    default void answersARequestWithItsDataAndMetadata() {
        TransportServer server = fixture().bind(endpoint(), TransportLimits.DEFAULTS, new EchoResponder());
        RSocket client = fixture().connect(server);

        String answer = client.requestResponse(DefaultPayload.create("data", "metadata"))
                .map(TransportFixture::textAndRelease)
                .block(TransportFixture.PATIENCE);

        assertThat(answer).isEqualTo("data/metadata");
    }

    @Test
    default void streamsNoMoreThanWasAskedFor() {
        TransportServer server = fixture().bind(endpoint(), TransportLimits.DEFAULTS, new EchoResponder());
        RSocket client = fixture().connect(server);

        StepVerifier.create(client.requestStream(DefaultPayload.create("5")).map(TransportFixture::textAndRelease), 0)
                .thenRequest(2)
                .expectNext("0", "1")
                .thenRequest(3)
                .expectNext("2", "3", "4")
                .expectComplete()
                .verify(TransportFixture.PATIENCE);
    }

    @Test
    default void carriesElementsOfAMebibyteBothWays() {
        TransportServer server = fixture().bind(endpoint(), TransportLimits.DEFAULTS, new EchoResponder());
        RSocket client = fixture().connect(server);
        int elementBytes = 1 << 20;

        List<Integer> sizes = client.requestChannel(
                        Flux.range(0, 20).map(i -> ByteBufPayload.create(TransportFixture.direct(elementBytes, i))))
                .map(payload -> TransportFixture.checkedSizeAndRelease(payload))
                .collectList()
                .block(TransportFixture.PATIENCE);

        assertThat(sizes).hasSize(20).containsOnly(elementBytes);
    }

    @Test
    default void carriesAnErrorOfTheTableToItsCallerAlone() {
        TransportServer server = fixture().bind(endpoint(), TransportLimits.DEFAULTS, new EchoResponder());
        RSocket client = fixture().connect(server);

        assertThatThrownBy(() ->
                        client.requestResponse(DefaultPayload.create("fail")).block(TransportFixture.PATIENCE))
                .isInstanceOfSatisfying(
                        CustomRSocketException.class,
                        e -> assertThat(ErrorCode.ofRSocketCode(e.errorCode()))
                                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
        assertThat(client.requestResponse(DefaultPayload.create("next"))
                        .map(TransportFixture::textAndRelease)
                        .block(TransportFixture.PATIENCE))
                .isEqualTo("next");
    }

    /** FINDINGS 7: connect succeeds before the server has answered; the refusal comes with the first call. */
    @Test
    default void tellsARefusedClientWhyAtItsFirstCall() {
        TransportServer server = fixture()
                .bindHandler(
                        endpoint(),
                        TransportLimits.DEFAULTS,
                        (connection, setup, peer) ->
                                Mono.error(new PenstockException(ErrorCode.POLICY_VIOLATION, "not today")));
        RSocket client = fixture().connect(server);

        assertThatThrownBy(client.onClose()::block)
                .isInstanceOf(RejectedSetupException.class)
                .hasMessage("POLICY_VIOLATION: not today");
        assertThatThrownBy(() ->
                        client.requestResponse(DefaultPayload.create("hello")).block(TransportFixture.PATIENCE))
                .isInstanceOf(RejectedSetupException.class)
                .hasMessage("POLICY_VIOLATION: not today");
    }

    @Test
    default void refusesOneConnectionTooManyAndServesTheOthers() {
        TransportServer server =
                fixture().bind(endpoint(), TransportLimits.DEFAULTS.withMaxConnections(2), new EchoResponder());
        RSocket first = fixture().connect(server);
        fixture().call(first, "first");
        RSocket second = fixture().connect(server);
        fixture().call(second, "second");

        RSocket third = fixture().connect(server);

        assertThatThrownBy(() -> fixture().call(third, "third"))
                .isInstanceOf(RejectedSetupException.class)
                .hasMessageStartingWith("TOO_MANY_CONNECTIONS: ");
        assertThat(server.metrics().refused()).isEqualTo(1);
        assertThat(server.connectionCount()).isEqualTo(2);
        assertThat(fixture().call(first, "still here")).isEqualTo("still here");

        ServerConnection gone = server.connections().iterator().next();
        Mono<Void> closed = gone.onClose();
        gone.close();
        closed.block(TransportFixture.PATIENCE);
        fixture().awaitCount(server, 1);
        RSocket fourth = fixture().connect(server);
        assertThat(fixture().call(fourth, "a place is free")).isEqualTo("a place is free");
    }

    @Test
    default void stopListeningKeepsTheConnectionsThatThereAre() {
        TransportServer server = fixture().bind(endpoint(), TransportLimits.DEFAULTS, new EchoResponder());
        RSocket client = fixture().connect(server);
        fixture().call(client, "before");

        server.stopListening().block(TransportFixture.PATIENCE);

        assertThat(fixture().call(client, "after")).isEqualTo("after");
        assertThatThrownBy(() -> fixture().call(fixture().connect(server), "too late"))
                .isInstanceOfAny(RejectedSetupException.class, PenstockException.class);
    }

    @Test
    default void closeEndsConnectionsAndTheInteractionsOnThem() {
        List<ServerConnection> accepted = new CopyOnWriteArrayList<>();
        TransportServer server = fixture()
                .bindHandler(endpoint(), TransportLimits.DEFAULTS, (connection, setup, peer) -> {
                    accepted.add(connection);
                    return Mono.just(new EchoResponder());
                });
        RSocket client = fixture().connect(server);
        fixture().call(client, "before");
        Mono<String> pending = client.requestResponse(DefaultPayload.create("never"))
                .map(TransportFixture::textAndRelease)
                .cache();
        pending.subscribe(text -> {}, error -> {});

        server.close().block(TransportFixture.PATIENCE);

        assertThat(server.connectionCount()).isZero();
        assertThatThrownBy(() -> pending.block(TransportFixture.PATIENCE))
                .hasCauseInstanceOf(ClosedChannelException.class);
        assertThat(accepted).singleElement().satisfies(connection -> {
            assertThat(connection.id()).isEqualTo(1);
            assertThat(connection.outbound().isClosed()).isTrue();
            assertThat(connection.outbound().heldBytes()).isZero();
        });
    }

    @Test
    default void closeIsSafeTwiceAndFreesTheEndpoint() {
        TransportServer server = fixture().bind(endpoint(), TransportLimits.DEFAULTS, new EchoResponder());
        server.close().block(TransportFixture.PATIENCE);
        server.close().block(TransportFixture.PATIENCE);

        TransportServer next = fixture().bind(server.endpoint(), TransportLimits.DEFAULTS, new EchoResponder());

        assertThat(next.endpoint()).isEqualTo(server.endpoint());
        assertThat(fixture().call(fixture().connect(next), "again")).isEqualTo("again");
    }

    @Test
    default void namesTheEndpointThatIsTaken() {
        TransportServer server = fixture().bind(endpoint(), TransportLimits.DEFAULTS, new EchoResponder());

        assertThatThrownBy(() -> fixture().bind(server.endpoint(), TransportLimits.DEFAULTS, new EchoResponder()))
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIG))
                .hasMessageContaining(server.endpoint().toString());
    }

    @Test
    default void saysThatNobodyListens() {
        TransportServer server = fixture().bind(endpoint(), TransportLimits.DEFAULTS, new EchoResponder());
        server.close().block(TransportFixture.PATIENCE);

        assertThatThrownBy(() -> fixture().connect(server))
                .isInstanceOfSatisfying(PenstockException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.CONNECTION_LOST);
                    assertThat(e.isRetriable()).isTrue();
                })
                .hasMessageContaining(server.endpoint().toString());
    }

    @Test
    default void closesAConnectionThatSendsNoSetupInTime() {
        // the local client of RSocket sends SETUP by itself: only its absence on a bare connection counts
        TransportServer server = fixture()
                .bind(
                        endpoint(),
                        TransportLimits.DEFAULTS.withSetupTimeout(java.time.Duration.ofMillis(50)),
                        new EchoResponder());

        fixture().bareConnect(server).block(TransportFixture.PATIENCE);

        assertThat(server.metrics().closed(Violation.NO_SETUP)).isEqualTo(1);
        fixture().awaitCount(server, 0);
    }

    @Test
    default void cancelReachesTheResponderAndReleasesWhatIsUnderWay() {
        Sinks.One<Long> cancelled = Sinks.one();
        TransportServer server = fixture().bind(endpoint(), TransportLimits.DEFAULTS, new RSocket() {
            @Override
            public Flux<Payload> requestStream(Payload payload) {
                payload.release();
                return Flux.range(0, 1_000)
                        .map(i -> ByteBufPayload.create(TransportFixture.direct(1_000, i)))
                        .doOnCancel(() -> cancelled.tryEmitValue(1L));
            }
        });
        RSocket client = fixture().connect(server);

        List<Integer> sizes = client.requestStream(DefaultPayload.create(""))
                .limitRate(8)
                .doOnDiscard(Payload.class, Payload::release)
                .map(TransportFixture::checkedSizeAndRelease)
                .take(3)
                .collectList()
                .block(TransportFixture.PATIENCE);

        assertThat(sizes).containsExactly(1_000, 1_000, 1_000);
        assertThat(cancelled.asMono().block(TransportFixture.PATIENCE)).isEqualTo(1L);
    }

    /** Answers with what came; "fail" and "never" do what they say; a stream counts to its number. */
    final class EchoResponder implements RSocket {

        @Override
        public Mono<Payload> requestResponse(Payload request) {
            String text = TransportFixture.textAndRelease(request);
            return switch (text) {
                case "fail" ->
                    Mono.error(new CustomRSocketException(
                            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.rsocketCode(), "no such topic"));
                case "never" -> Mono.never();
                default -> Mono.just(DefaultPayload.create(text));
            };
        }

        @Override
        public Flux<Payload> requestStream(Payload request) {
            int count = Integer.parseInt(TransportFixture.textAndRelease(request));
            return Flux.range(0, count).map(i -> DefaultPayload.create(Integer.toString(i)));
        }

        @Override
        public Flux<Payload> requestChannel(Publisher<Payload> requests) {
            return Flux.from(requests).map(request -> {
                ByteBuf data = request.sliceData().retain();
                request.release();
                return ByteBufPayload.create(data);
            });
        }
    }

    /** The bytes of a text. */
    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
