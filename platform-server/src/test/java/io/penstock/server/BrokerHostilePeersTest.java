package io.penstock.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.protocol.Hello;
import io.penstock.core.protocol.Verb;
import io.penstock.core.record.TestBatches;
import io.penstock.core.transport.LogProbe;
import io.penstock.core.transport.MutatedFrames;
import io.penstock.core.transport.TcpEndpoint;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers that send what no good peer sends: they cost their own connection, and few lines in the log. */
@ResourceLock("the log")
class BrokerHostilePeersTest {

    private static final int PEERS = 150;
    private static final int FRAMES_A_PEER = 8;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void framesOfAnyKindCostTheirOwnConnectionAndNoStackTrace(long seed) throws IOException {
        MutatedFrames frames = new MutatedFrames(seed);
        try (LogProbe log = new LogProbe();
                BrokerFixture fixture =
                        BrokerFixture.on(directory, "penstock://127.0.0.1:0").start()) {
            StockClient other = fixture.connect();
            UUID id = other.createTopic("orders");
            for (int peer = 0; peer < PEERS; peer++) {
                attack(fixture, frames, peer % 5 == 0);
            }

            assertThat(other.produceNow(id, 0, TestBatches.of("still here"))).hasSize(1);
            assertThat(other.fetchNow(id, 0, 0, 1)).containsExactly("still here");
            BrokerFixture.await(
                    "the peers are gone", () -> fixture.broker().status().connections() == 1);
            log.assertNoStackTraces();
            assertThat(log.warnings("ViolationLog")).hasSizeLessThanOrEqualTo(40);
        }
    }

    private static void attack(BrokerFixture fixture, MutatedFrames frames, boolean isFromTheStart) throws IOException {
        TcpEndpoint endpoint = (TcpEndpoint) fixture.endpoint();
        try (Socket socket = new Socket(endpoint.host(), endpoint.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(isFromTheStart ? frames.nextSetup() : MutatedFrames.setup());
            for (int i = 0; i < FRAMES_A_PEER; i++) {
                out.write(frames.next());
            }
            out.flush();
            socket.shutdownOutput();
            socket.setSoTimeout((int) StockClient.TIMEOUT.toMillis());
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (SocketException closedByBroker) {
            // with bytes of ours unread
        }
    }

    @Test
    void aClientThatSpeaksOtherMimeTypesIsRefusedAndTold() {
        try (BrokerFixture fixture = BrokerFixture.on(directory, "local:mime").start();
                StockClient client = StockClient.connect(fixture.endpoint(), "application/json")) {
            org.assertj.core.api.Assertions.assertThatThrownBy(
                            () -> client.askNow(Verb.HELLO, new Hello.Request(1, null, null), Hello.Response.class))
                    .hasMessageContaining("INVALID_REQUEST: SETUP names the MIME types")
                    .hasMessageContaining("application/json");
        }
    }
}
