package io.penstock.server.request;

import io.penstock.core.protocol.Membership;
import io.penstock.server.coordinator.GroupCoordinator;
import io.rsocket.Payload;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/** {@code group.join}: opens a {@link MembershipChannel}. */
public final class JoinGroupHandler implements ChannelHandler<Membership.Join> {

    private final GroupCoordinator groups;
    private final OpenStreams streams;

    public JoinGroupHandler(GroupCoordinator groups, OpenStreams streams) {
        this.groups = groups;
        this.streams = streams;
    }

    @Override
    public Class<Membership.Join> requestType() {
        return Membership.Join.class;
    }

    @Override
    public Flux<Payload> channel(
            Publisher<Payload> inbound, Function<Payload, Membership.Join> opener, ClientConnection client) {
        return new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super Payload> actual) {
                MembershipChannel channel = new MembershipChannel(actual, opener, groups, streams, client);
                channel.start();
                inbound.subscribe(channel);
            }
        };
    }
}
