package io.penstock.core.transport;

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
}
