package io.penstock.server.request;

import io.penstock.core.protocol.ProduceRequest;
import io.rsocket.Payload;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/** {@code produce}: opens a {@link ProduceLane}. */
public final class ProduceHandler implements ChannelHandler<ProduceRequest> {

    private final ProduceResources resources;

    public ProduceHandler(ProduceResources resources) {
        this.resources = resources;
    }

    @Override
    public Class<ProduceRequest> requestType() {
        return ProduceRequest.class;
    }

    @Override
    public Flux<Payload> channel(
            Publisher<Payload> inbound, Function<Payload, ProduceRequest> opener, ClientConnection client) {
        return Flux.defer(() -> {
            client.enterProduceChannel(resources.limits().channelsPerConnection());
            return lane(inbound, opener, client).doFinally(end -> client.leaveProduceChannel());
        });
    }

    private Flux<Payload> lane(
            Publisher<Payload> inbound, Function<Payload, ProduceRequest> opener, ClientConnection client) {
        return new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super Payload> actual) {
                ProduceLane lane = new ProduceLane(actual, opener, resources, client.allocator());
                lane.start();
                inbound.subscribe(lane);
            }
        };
    }
}
