package io.penstock.server.request;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.FetchEnd;
import io.penstock.core.protocol.FetchHeader;
import io.penstock.core.protocol.FetchRequest;
import io.penstock.core.protocol.codec.FetchElementCodec;
import io.penstock.server.storage.Partition;
import io.rsocket.Payload;
import io.rsocket.util.ByteBufPayload;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** {@code fetch}: opens a {@link PartitionFeed}, or says in band why there is none. */
public final class FetchHandler implements StreamHandler<FetchRequest> {

    private static final int UNCHECKED_EPOCH = -1;

    private final PartitionLookup partitions;
    private final FetchResources resources;

    public FetchHandler(PartitionLookup partitions, FetchResources resources) {
        this.partitions = partitions;
        this.resources = resources;
    }

    @Override
    public Class<FetchRequest> requestType() {
        return FetchRequest.class;
    }

    @Override
    public Flux<Payload> stream(FetchRequest request, ClientConnection client) {
        check("maxElementBytes", request.maxElementBytes());
        check("maxFrameBytes", request.maxFrameBytes());
        Partition partition;
        try {
            partition = partitions.led(
                    partitions.topic(request.topic(), request.topicId()),
                    request.partition(),
                    request.leaderEpoch() == null ? UNCHECKED_EPOCH : request.leaderEpoch());
        } catch (PenstockException e) {
            return refused(request, e, client);
        }
        return new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super Payload> actual) {
                new PartitionFeed(actual, partition, request, resources, client).start();
            }
        };
    }

    private static void check(String name, int bytes) {
        if (bytes < 0) {
            throw new PenstockException(ErrorCode.INVALID_REQUEST, name + " is " + bytes + ", and must be 0 or more");
        }
    }

    private static Flux<Payload> refused(FetchRequest request, PenstockException why, ClientConnection client) {
        FetchHeader header = new FetchHeader(true, why.code(), -1, -1, -1, -1, request.offset());
        FetchEnd end = new FetchEnd(-1, String.valueOf(why.getMessage()));
        return Mono.fromSupplier(
                        () -> ByteBufPayload.create(FetchElementCodec.encodeEnd(client.allocator(), header, end)))
                .flux();
    }
}
