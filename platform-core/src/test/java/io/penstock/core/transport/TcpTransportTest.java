package io.penstock.core.transport;

/** The contract over a loopback socket. */
class TcpTransportTest implements TransportContract {

    private final TransportFixture fixture = new TransportFixture();

    @Override
    public Endpoint endpoint() {
        return new TcpEndpoint("127.0.0.1", 0);
    }

    @Override
    public TransportFixture fixture() {
        return fixture;
    }
}
