package io.penstock.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.protocol.FetchEnd;
import io.penstock.core.protocol.FetchHeader;
import io.penstock.core.protocol.FetchRequest;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.protocol.ProduceHeader;
import io.penstock.core.protocol.ProduceRequest;
import io.penstock.core.protocol.Topics;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.codec.CborCodec;
import io.penstock.core.protocol.codec.FetchElementCodec;
import io.penstock.core.protocol.codec.ProduceAckCodec;
import io.penstock.core.protocol.codec.ProduceElementCodec;
import io.penstock.core.protocol.codec.RSocketErrors;
import io.penstock.core.record.Batches;
import io.penstock.core.record.TestBatches;
import io.penstock.core.transport.Endpoint;
import io.penstock.core.transport.LocalEndpoint;
import io.penstock.core.transport.TcpEndpoint;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.core.RSocketConnector;
import io.rsocket.frame.decoder.PayloadDecoder;
import io.rsocket.metadata.CompositeMetadataCodec;
import io.rsocket.metadata.TaggingMetadataCodec;
import io.rsocket.metadata.WellKnownMimeType;
import io.rsocket.transport.ClientTransport;
import io.rsocket.transport.local.LocalClientTransport;
import io.rsocket.transport.netty.client.TcpClientTransport;
import io.rsocket.util.ByteBufPayload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A client from outside: rsocket-java's own connector and transports, routing metadata, CBOR bodies. What any RSocket
 * client in any language would send.
 */
final class StockClient implements AutoCloseable {

    static final Duration TIMEOUT = Duration.ofSeconds(60);

    /** One payload of a fetch stream, copied out of its buffer. */
    record Element(FetchHeader header, @Nullable FetchEnd end, int batches, int bytes, List<@Nullable String> values) {

        static Element of(Payload payload) {
            try {
                ByteBuf data = payload.data();
                FetchHeader header = FetchElementCodec.decodeHeader(data);
                if (header.isEnd()) {
                    return new Element(header, FetchElementCodec.decodeEnd(data), 0, 0, List.of());
                }
                ByteBuf region = data.slice(
                        data.readerIndex() + FetchElementCodec.HEADER_BYTES,
                        data.readableBytes() - FetchElementCodec.HEADER_BYTES);
                return new Element(header, null, count(region), region.readableBytes(), TestBatches.values(region));
            } finally {
                payload.release();
            }
        }

        private static int count(ByteBuf region) {
            Batches batches = new Batches(region);
            int count = 0;
            while (batches.next()) {
                if (!batches.batch().isCrcValid()) {
                    throw new AssertionError("a batch with a wrong CRC: " + batches.batch());
                }
                count++;
            }
            if (batches.tailBytes() != 0) {
                throw new AssertionError(batches.tailBytes() + " bytes after the last batch");
            }
            return count;
        }
    }

    private final RSocket socket;

    private StockClient(RSocket socket) {
        this.socket = socket;
    }

    static StockClient connect(Endpoint endpoint) {
        return connect(endpoint, WellKnownMimeType.APPLICATION_CBOR.getString());
    }

    static StockClient connect(Endpoint endpoint, String dataMimeType) {
        RSocket socket = RSocketConnector.create()
                .payloadDecoder(PayloadDecoder.ZERO_COPY)
                .metadataMimeType(WellKnownMimeType.MESSAGE_RSOCKET_COMPOSITE_METADATA.getString())
                .dataMimeType(dataMimeType)
                .connect(transport(endpoint))
                .block(TIMEOUT);
        return new StockClient(socket);
    }

    private static ClientTransport transport(Endpoint endpoint) {
        return endpoint instanceof TcpEndpoint tcp
                ? TcpClientTransport.create(tcp.host(), tcp.port())
                : LocalClientTransport.create(((LocalEndpoint) endpoint).name());
    }

    RSocket socket() {
        return socket;
    }

    static Payload opener(String route, ByteBuf body) {
        ByteBufAllocator allocator = ByteBufAllocator.DEFAULT;
        var metadata = allocator.compositeBuffer();
        CompositeMetadataCodec.encodeAndAddMetadata(
                metadata,
                allocator,
                WellKnownMimeType.MESSAGE_RSOCKET_ROUTING,
                TaggingMetadataCodec.createRoutingMetadata(allocator, List.of(route))
                        .getContent());
        return ByteBufPayload.create(body, metadata);
    }

    static Payload opener(Verb verb, Object body) {
        return opener(verb.route(), CborCodec.encode(ByteBufAllocator.DEFAULT, body));
    }

    <R> Mono<R> ask(Verb verb, Object body, Class<R> answer) {
        return Mono.defer(() -> socket.requestResponse(opener(verb, body)))
                .map(payload -> {
                    try {
                        return CborCodec.decode(payload.data(), answer);
                    } finally {
                        payload.release();
                    }
                })
                .onErrorMap(RSocketErrors::fromRSocket);
    }

    <R> R askNow(Verb verb, Object body, Class<R> answer) {
        R given = ask(verb, body, answer).block(TIMEOUT);
        if (given == null) {
            throw new AssertionError("no answer to " + verb);
        }
        return given;
    }

    Topics.Description createTopic(String name, int partitions, Map<String, String> settings) {
        return askNow(
                Verb.CREATE_TOPIC,
                new Topics.CreateRequest(1, name, partitions, -1, settings, false),
                Topics.Description.class);
    }

    UUID createTopic(String name) {
        return createTopic(name, 1, Map.of()).id();
    }

    /** A produce element; takes the batch over. */
    static Payload element(int correlation, UUID topicId, int partition, ByteBuf batch) {
        ByteBuf element =
                ByteBufAllocator.DEFAULT.directBuffer(ProduceElementCodec.HEADER_BYTES + batch.readableBytes());
        ProduceElementCodec.setHeader(element, new ProduceHeader(correlation, topicId, partition, -1));
        element.writerIndex(ProduceElementCodec.HEADER_BYTES).writeBytes(batch);
        batch.release();
        return ByteBufPayload.create(element);
    }

    /** Opens a produce channel. */
    Flux<ProduceAck> produce(int acks, Publisher<Payload> elements) {
        return Flux.defer(() -> socket.requestChannel(Flux.concat(
                        Mono.fromSupplier(() -> opener(Verb.PRODUCE, new ProduceRequest(1, acks))), elements)))
                .map(payload -> {
                    try {
                        return ProduceAckCodec.decode(payload.data());
                    } finally {
                        payload.release();
                    }
                })
                .onErrorMap(RSocketErrors::fromRSocket);
    }

    /** Produces batches to one partition with acks=all, and gives their answers. */
    List<ProduceAck> produceNow(UUID topicId, int partition, ByteBuf... batches) {
        List<Payload> elements = new ArrayList<>();
        for (ByteBuf batch : batches) {
            elements.add(element(elements.size(), topicId, partition, batch));
        }
        List<ProduceAck> acks =
                produce(-1, Flux.fromIterable(elements)).collectList().block(TIMEOUT);
        return acks == null ? List.of() : acks;
    }

    Flux<Element> fetch(UUID topicId, int partition, long offset) {
        return fetch(new FetchRequest(1, null, topicId, partition, offset, -1, 0, 0));
    }

    Flux<Element> fetch(FetchRequest request) {
        return Flux.defer(() -> socket.requestStream(opener(Verb.FETCH, request)))
                .map(Element::of)
                .onErrorMap(RSocketErrors::fromRSocket);
    }

    /** Fetches until so many records are there. */
    List<@Nullable String> fetchNow(UUID topicId, int partition, long offset, int records) {
        List<@Nullable String> values = new ArrayList<>();
        fetch(topicId, partition, offset)
                .doOnNext(element -> values.addAll(element.values()))
                .takeUntil(
                        element -> values.size() >= records || element.header().isEnd())
                .blockLast(TIMEOUT);
        return values;
    }

    @Override
    public void close() {
        socket.dispose();
        socket.onClose().onErrorComplete().block(TIMEOUT);
    }
}
