package io.penstock.core.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.transport.TransportContract.EchoResponder;
import io.rsocket.RSocket;
import io.rsocket.SocketAcceptor;
import io.rsocket.core.RSocketConnector;
import io.rsocket.core.RSocketServer;
import io.rsocket.frame.decoder.PayloadDecoder;
import io.rsocket.transport.netty.client.TcpClientTransport;
import io.rsocket.transport.netty.server.CloseableChannel;
import io.rsocket.transport.netty.server.TcpServerTransport;
import io.rsocket.util.ByteBufPayload;
import io.rsocket.util.DefaultPayload;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.netty.tcp.TcpClient;
import reactor.netty.tcp.TcpServer;

/** Ours against RSocket's own transport, on either side. */
class StockPeerTest {

    private final TransportFixture fixture = new TransportFixture();

    @BeforeEach
    void begin() {
        fixture.begin();
    }

    @AfterEach
    void endWithoutLeaks() {
        fixture.end();
    }

    @Test
    void aStockClientUsesOurServer() {
        TransportServer server =
                fixture.bind(new TcpEndpoint("127.0.0.1", 0), TransportLimits.DEFAULTS, new EchoResponder());
        TcpEndpoint endpoint = (TcpEndpoint) server.endpoint();
        TcpClient tcp = TcpClient.newConnection()
                .runOn(fixture.loops().resources())
                .host(endpoint.host())
                .port(endpoint.port());
        RSocket client =
                RSocketConnector.connectWith(TcpClientTransport.create(tcp)).block(TransportFixture.PATIENCE);

        useEveryInteraction(client);

        client.dispose();
        client.onClose().onErrorComplete().block(TransportFixture.PATIENCE);
    }

    @Test
    void ourClientUsesAStockServer() {
        TcpServer tcp = TcpServer.create()
                .runOn(fixture.loops().resources())
                .host("127.0.0.1")
                .port(0);
        CloseableChannel server = RSocketServer.create(SocketAcceptor.with(new EchoResponder()))
                .payloadDecoder(PayloadDecoder.ZERO_COPY)
                .bind(TcpServerTransport.create(tcp))
                .block(TransportFixture.PATIENCE);
        RSocket client = new TransportClient(fixture.loops(), TransportLimits.DEFAULTS)
                .connect(new TcpEndpoint("127.0.0.1", server.address().getPort()), DefaultPayload.create("setup"))
                .block(TransportFixture.PATIENCE);

        useEveryInteraction(client);

        client.dispose();
        client.onClose().onErrorComplete().block(TransportFixture.PATIENCE);
        server.dispose();
        server.onClose().block(TransportFixture.PATIENCE);
    }

    private void useEveryInteraction(RSocket client) {
        assertThat(client.requestResponse(DefaultPayload.create("data", "metadata"))
                        .map(TransportFixture::textAndRelease)
                        .block(TransportFixture.PATIENCE))
                .isEqualTo("data/metadata");
        List<String> counted = client.requestStream(DefaultPayload.create("1000"))
                .map(TransportFixture::textAndRelease)
                .collectList()
                .block(TransportFixture.PATIENCE);
        assertThat(counted).hasSize(1_000).startsWith("0", "1").endsWith("999");
        List<Integer> sizes = client.requestChannel(
                        Flux.range(0, 10).map(i -> ByteBufPayload.create(TransportFixture.direct(1 << 20, i))))
                .map(TransportFixture::checkedSizeAndRelease)
                .collectList()
                .block(TransportFixture.PATIENCE);
        assertThat(sizes).hasSize(10).containsOnly(1 << 20);
    }
}
