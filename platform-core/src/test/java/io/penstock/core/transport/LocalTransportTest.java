package io.penstock.core.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.rsocket.RSocket;
import io.rsocket.transport.local.LocalClientTransport;
import org.junit.jupiter.api.Test;

/** The contract inside one JVM. */
class LocalTransportTest implements TransportContract {

    private final TransportFixture fixture = new TransportFixture();

    @Override
    public Endpoint endpoint() {
        return new LocalEndpoint("transport-contract");
    }

    @Override
    public TransportFixture fixture() {
        return fixture;
    }

    /** As a client does that gives up while it connects: RSocket's own connection waits for the other end's close. */
    @Test
    void endsAConnectionWhoseOtherEndWasDropped() {
        TransportServer server = fixture.bind(endpoint(), TransportLimits.DEFAULTS, new RSocket() {});
        LocalClientTransport.create("transport-contract").connect().block(TransportFixture.PATIENCE);
        fixture.awaitCount(server, 1);
        server.close().block(TransportFixture.PATIENCE);
        assertThat(server.connectionCount()).isZero();
    }
}
