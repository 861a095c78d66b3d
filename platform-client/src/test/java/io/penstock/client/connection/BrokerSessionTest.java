package io.penstock.client.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Hello;
import io.penstock.core.protocol.Verb;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.util.ByteBufPayload;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.Test;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

class BrokerSessionTest {

    /** A connection that a second thread ends can signal the end while the answer is on its way. */
    @Test
    void releasesAnAnswerThatComesBesideTheEnd() {
        ByteBuf late = Unpooled.buffer(8).writeZero(8);
        RSocket endsFirst = new RSocket() {
            @Override
            public Mono<Payload> requestResponse(Payload opener) {
                opener.release();
                return new Mono<>() {
                    @Override
                    public void subscribe(CoreSubscriber<? super Payload> actual) {
                        actual.onSubscribe(Operators.emptySubscription());
                        actual.onError(new ClosedChannelException());
                        actual.onNext(ByteBufPayload.create(late));
                    }
                };
            }
        };

        Mono<Hello.Response> asked = BrokerSession.request(endsFirst, Verb.HELLO, "body", Hello.Response.class);

        assertThatThrownBy(asked::block).isInstanceOf(PenstockException.class);
        assertThat(late.refCnt()).isZero();
    }
}
