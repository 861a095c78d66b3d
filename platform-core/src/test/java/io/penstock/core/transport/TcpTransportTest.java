package io.penstock.core.transport;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.error.PenstockException;
import org.junit.jupiter.api.Test;

/** The contract over a loopback socket. */
class TcpTransportTest implements TransportContract {

    private final TransportFixture fixture = new TransportFixture();

    @Test
    void saysWhatToDoAboutAnAddressThatIsInUse() {
        TransportServer first = fixture.bind(endpoint(), TransportLimits.DEFAULTS, new EchoResponder());

        assertThatThrownBy(() -> fixture.bind(first.endpoint(), TransportLimits.DEFAULTS, new EchoResponder()))
                .isInstanceOf(PenstockException.class)
                .hasMessage("can't listen on " + first.endpoint()
                        + ": another process listens there; stop it, or choose another port (0 takes a free one)");
    }

    @Override
    public Endpoint endpoint() {
        return new TcpEndpoint("127.0.0.1", 0);
    }

    @Override
    public TransportFixture fixture() {
        return fixture;
    }
}
