package io.penstock.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.penstock.core.runtime.Loops;
import io.penstock.core.transport.OutboundBudget;
import io.penstock.core.transport.TcpEndpoint;
import io.penstock.core.transport.TransportClient;
import io.penstock.core.transport.TransportLimits;
import io.penstock.core.transport.TransportServer;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.util.ByteBufPayload;
import io.rsocket.util.DefaultPayload;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** One stream of bulk over loopback, from one buffer in memory: what the transport alone can do, in MB/s. */
public final class TransportThroughput {

    private static final long BYTES = 4L << 30;
    private static final int ROUNDS = 4;
    private static final int CREDIT = 32;

    private TransportThroughput() {}

    /**
     * Prints a line for each round and element size.
     *
     * @param args element sizes in KiB; 64 and 256 if there are none
     */
    public static void main(String[] args) {
        Loops loops = Loops.create(2);
        TransportLimits limits = TransportLimits.DEFAULTS;
        OutboundBudget budget = new OutboundBudget(limits.maxUnsentBytesTotal());
        int[] sizesKib = args.length == 0 ? new int[] {64, 256} : parse(args);
        for (int kib : sizesKib) {
            measure(loops, limits, budget, kib << 10);
        }
        loops.close().block();
    }

    private static int[] parse(String[] args) {
        int[] sizes = new int[args.length];
        for (int i = 0; i < args.length; i++) {
            sizes[i] = Integer.parseInt(args[i]);
        }
        return sizes;
    }

    private static void measure(Loops loops, TransportLimits limits, OutboundBudget budget, int elementBytes) {
        ByteBuf element =
                PooledByteBufAllocator.DEFAULT.directBuffer(elementBytes).writeZero(elementBytes);
        TransportServer server = TransportServer.bind(
                        new TcpEndpoint("127.0.0.1", 0),
                        limits,
                        budget,
                        loops,
                        (connection, setup, peer) -> Mono.just(responder(element)))
                .block();
        RSocket client =
                new TransportClient(loops, limits).connect(server.endpoint()).block();
        for (int round = 0; round < ROUNDS; round++) {
            long begin = System.nanoTime();
            long bytes = client.requestStream(DefaultPayload.create(""))
                    .limitRate(CREDIT)
                    .map(TransportThroughput::sizeAndRelease)
                    .reduce(0L, Long::sum)
                    .block();
            long nanos = System.nanoTime() - begin;
            System.out.printf("%d KiB elements: %.0f MB/s%n", elementBytes >> 10, bytes * 1e3 / nanos);
        }
        client.dispose();
        server.close().block();
        element.release();
    }

    private static long sizeAndRelease(Payload payload) {
        try {
            return payload.sliceData().readableBytes();
        } finally {
            payload.release();
        }
    }

    /** The same bytes again and again, as they are asked for. */
    private static RSocket responder(ByteBuf element) {
        return new RSocket() {
            @Override
            public Flux<Payload> requestStream(Payload request) {
                request.release();
                return Flux.range(0, Math.toIntExact(BYTES / element.readableBytes()))
                        .map(number -> ByteBufPayload.create(element.retainedDuplicate()));
            }
        };
    }
}
