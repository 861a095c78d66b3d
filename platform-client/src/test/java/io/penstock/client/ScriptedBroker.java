package io.penstock.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.producer.ProducerStates;
import io.penstock.core.log.producer.SequenceVerdict;
import io.penstock.core.model.Guarantee;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.FetchEnd;
import io.penstock.core.protocol.FetchHeader;
import io.penstock.core.protocol.FetchRequest;
import io.penstock.core.protocol.Hello;
import io.penstock.core.protocol.ListOffsets;
import io.penstock.core.protocol.Metadata;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.protocol.ProduceHeader;
import io.penstock.core.protocol.ProducerIds;
import io.penstock.core.protocol.Topics;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.codec.CborCodec;
import io.penstock.core.protocol.codec.FetchElementCodec;
import io.penstock.core.protocol.codec.RSocketErrors;
import io.penstock.core.protocol.codec.RoutingCodec;
import io.penstock.core.record.RecordBatch;
import io.penstock.core.record.TestBatches;
import io.penstock.core.runtime.Loops;
import io.penstock.core.transport.Endpoint;
import io.penstock.core.transport.OutboundBudget;
import io.penstock.core.transport.ServerConnection;
import io.penstock.core.transport.TransportLimits;
import io.penstock.core.transport.TransportServer;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.util.ByteBufPayload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A broker of one's own making over the real transport: answers hello, metadata and list-offsets by itself; the test
 * gives credit, answers batches, feeds fetch streams and breaks connections.
 */
public final class ScriptedBroker implements AutoCloseable {

    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final int MAX_ELEMENT_BYTES = 256 << 10;

    private final Loops loops = Loops.create(1);
    private final String name = "local:scripted-" + NAMES.incrementAndGet();
    private final int brokerId;
    private final Map<String, UUID> topicIds = new ConcurrentHashMap<>();
    private final Map<String, Integer> partitionCounts = new ConcurrentHashMap<>();
    private final Map<String, List<byte[]>> logs = new ConcurrentHashMap<>();
    private final Map<Verb, ErrorCode> failures = new ConcurrentHashMap<>();
    private final List<Verb> asked = new CopyOnWriteArrayList<>();
    private final Map<String, Integer> leaders = new ConcurrentHashMap<>();
    private final Map<Integer, String> places = new ConcurrentHashMap<>();
    private final ScriptedCoordinator coordinator = new ScriptedCoordinator(this);
    private final List<ScriptedLane> lanes = new CopyOnWriteArrayList<>();
    private final List<ScriptedFetch> fetches = new CopyOnWriteArrayList<>();
    private final Sinks.Many<Long> changes = Sinks.many().replay().latestOrDefault(1L);
    private volatile Runnable afterNoRecordOfTime = () -> {};
    private volatile String clusterId = "scripted-cluster";
    private volatile int initialCredit = 8;
    private final AtomicLong producerIds = new AtomicLong();
    private final Map<String, ProducerStates> producers = new ConcurrentHashMap<>();
    private volatile Function<ScriptedLane.Arrived, Fate> fates = batch -> Fate.TAKEN;
    private volatile short firstEpoch;
    private volatile boolean answering = true;
    private volatile long epoch = 1;
    private TransportServer server;

    /** What an answering broker does with a batch. */
    public enum Fate {
        /** Appended, if its sequence fits, and answered. */
        TAKEN,
        /** Appended, if its sequence fits, and then all connections end. */
        TAKEN_AND_CUT,
        /** All connections end before it is appended. */
        CUT,
        /** Appended, if its sequence fits, and answered as one of which nothing is known. */
        IN_DOUBT,
        /** Not appended, for now. */
        REFUSED_FOR_NOW,
        /** Not appended, for good. */
        REFUSED,
        /** Not appended, and not answered. */
        SWALLOWED,
        /** Not appended, since another one has the producer's place. */
        FENCED
    }

    /** These fates, one for each batch that comes, and {@link Fate#TAKEN} for all after them. */
    public static Function<ScriptedLane.Arrived, Fate> inTurn(Fate... fates) {
        Queue<Fate> planned = new ConcurrentLinkedQueue<>(List.of(fates));
        return batch -> {
            Fate next = planned.poll();
            return next == null ? Fate.TAKEN : next;
        };
    }

    private ScriptedBroker(int brokerId) {
        this.brokerId = brokerId;
    }

    /** Broker 0. */
    public static ScriptedBroker start() {
        return start(0);
    }

    public static ScriptedBroker start(int brokerId) {
        ScriptedBroker broker = new ScriptedBroker(brokerId);
        broker.listen();
        return broker;
    }

    private void listen() {
        server = TransportServer.bind(
                        Endpoint.parse(name),
                        TransportLimits.DEFAULTS,
                        new OutboundBudget(1 << 30),
                        loops,
                        (connection, setup, peer) -> Mono.just(new Responder()))
                .block(Await.TIMEOUT);
    }

    public String endpoint() {
        return name;
    }

    public ScriptedBroker topic(String topic, int partitions) {
        topicIds.put(topic, UUID.randomUUID());
        partitionCounts.put(topic, partitions);
        changed();
        return this;
    }

    /** The topics of another broker of the same cluster. */
    public ScriptedBroker topicsOf(ScriptedBroker other) {
        topicIds.putAll(other.topicIds);
        partitionCounts.putAll(other.partitionCounts);
        changed();
        return this;
    }

    /** Gives a topic more partitions. */
    public void grow(String topic, int partitions) {
        partitionCounts.put(topic, partitions);
        changed();
    }

    /** Says where another broker is: it is in the metadata from now on. */
    public void place(int broker, String endpoint) {
        places.put(broker, endpoint);
        changed();
    }

    /** Takes another broker out of the metadata. */
    public void displace(int broker) {
        places.remove(broker);
        changed();
    }

    /** Names a broker as the leader of a topic's partitions, which is this one at first. */
    public void leader(String topic, int broker) {
        leaders.put(topic, broker);
        changed();
    }

    /** The next request of a kind is answered by an error. */
    public void failNext(Verb verb, ErrorCode code) {
        failures.put(verb, code);
    }

    /** What was asked so far by requests and streams, the oldest first. */
    public List<Verb> asked() {
        return asked;
    }

    private void onAsked(Verb verb) {
        asked.add(verb);
        ErrorCode failure = failures.remove(verb);
        if (failure != null) {
            throw new PenstockException(failure, "by the script");
        }
    }

    /** What happens right after the broker has said that it has no record of some time or later. */
    public void afterNoRecordOfTime(Runnable event) {
        afterNoRecordOfTime = event;
    }

    public void deleteTopic(String topic) {
        topicIds.remove(topic);
        changed();
    }

    private synchronized void changed() {
        epoch++;
        changes.tryEmitNext(epoch).orThrow();
    }

    /** Batches that a produce channel may send before the test gives more. */
    public ScriptedBroker initialCredit(int credit) {
        initialCredit = credit;
        return this;
    }

    /** Whether batches are appended, answered and paid back at once; if not, the test does it. */
    public ScriptedBroker answering(boolean value) {
        answering = value;
        return this;
    }

    /** What becomes of each batch of an answering broker. */
    public void fates(Function<ScriptedLane.Arrived, Fate> script) {
        fates = script;
    }

    Fate fate(ScriptedLane.Arrived batch) {
        return fates.apply(batch);
    }

    /** The epoch that new producer ids come with. */
    public void firstEpoch(int epoch) {
        firstEpoch = (short) epoch;
    }

    /** The values of a partition, in order. */
    public List<String> values(String topic, int partition) {
        List<byte[]> log = log(topic, partition);
        List<String> values = new ArrayList<>();
        synchronized (log) {
            log.forEach(batch -> values.addAll(TestBatches.values(Unpooled.wrappedBuffer(batch))));
        }
        return values;
    }

    public void clusterId(String id) {
        clusterId = id;
    }

    public ScriptedCoordinator coordinator() {
        return coordinator;
    }

    int id() {
        return brokerId;
    }

    public UUID topicId(String topic) {
        return topicIds.get(topic);
    }

    /** The produce channels so far, the oldest first. */
    public List<ScriptedLane> lanes() {
        return lanes;
    }

    /** A produce channel, when it has been opened. */
    public ScriptedLane lane(int number) {
        Await.until("produce channel " + number, () -> lanes.size() > number);
        return lanes.get(number);
    }

    /** The fetch streams so far, the oldest first. */
    public List<ScriptedFetch> fetches() {
        return fetches;
    }

    /** A fetch stream, when it has been opened. */
    public ScriptedFetch fetch(int number) {
        Await.until("fetch stream " + number, () -> fetches.size() > number);
        return fetches.get(number);
    }

    /** Ends all connections; new ones are taken. */
    public void dropConnections() {
        List.copyOf(server.connections()).forEach(ServerConnection::close);
    }

    public void stopListening() {
        server.close().block(Await.TIMEOUT);
    }

    public void listenAgain() {
        listen();
    }

    public int connectionCount() {
        return server.connectionCount();
    }

    private List<byte[]> log(String topic, int partition) {
        return logs.computeIfAbsent(topic + "-" + partition, key -> new ArrayList<>());
    }

    private String topicOf(UUID id) {
        return topicIds.entrySet().stream()
                .filter(entry -> entry.getValue().equals(id))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new PenstockException(ErrorCode.UNKNOWN_TOPIC_ID, "no topic " + id));
    }

    /** Puts a batch at the end of a partition's log, and says its base offset; the buffer is released. */
    public long append(String topic, int partition, ByteBuf batch) {
        List<byte[]> log = log(topic, partition);
        long offset;
        synchronized (log) {
            offset = logEnd(log);
            RecordBatch.at(batch, batch.readerIndex()).setBaseOffset(offset);
            log.add(ByteBufUtil.getBytes(batch));
        }
        batch.release();
        fetches.forEach(ScriptedFetch::pump);
        return offset;
    }

    private static long logEnd(List<byte[]> log) {
        return log.isEmpty() ? 0 : batch(log.get(log.size() - 1)).nextOffset();
    }

    private static RecordBatch batch(byte[] bytes) {
        return RecordBatch.at(Unpooled.wrappedBuffer(bytes), 0);
    }

    @Override
    public void close() {
        server.close().block(Await.TIMEOUT);
        loops.close().block(Await.TIMEOUT);
    }

    private Metadata.Image image(List<String> asked) {
        List<Metadata.TopicImage> topics = new ArrayList<>();
        for (String topic : asked) {
            topics.add(image(topic));
        }
        List<Metadata.BrokerNode> brokers = new ArrayList<>();
        brokers.add(new Metadata.BrokerNode(brokerId, List.of(new Metadata.Listener("LOCAL", name)), null));
        places.forEach((broker, endpoint) ->
                brokers.add(new Metadata.BrokerNode(broker, List.of(new Metadata.Listener("LOCAL", endpoint)), null)));
        return new Metadata.Image(epoch, clusterId, 0, brokers, topics);
    }

    private Metadata.TopicImage image(String topic) {
        UUID id = topicIds.get(topic);
        if (id == null) {
            return new Metadata.TopicImage(
                    topic, null, false, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.number(), 0, List.of());
        }
        List<Metadata.PartitionImage> partitions = new ArrayList<>();
        for (int i = 0; i < partitionCounts.get(topic); i++) {
            int leader = leaders.getOrDefault(topic, brokerId);
            partitions.add(new Metadata.PartitionImage(i, leader, 0, List.of(leader), List.of(leader)));
        }
        return new Metadata.TopicImage(topic, id, false, 0, 0, partitions);
    }

    private Object answer(Verb verb, ByteBuf body) {
        return switch (verb) {
            case HELLO ->
                new Hello.Response(
                        brokerId,
                        clusterId,
                        "scripted",
                        Map.of(),
                        new Hello.Limits(4 << 20, MAX_ELEMENT_BYTES, 1 << 20, 4 << 20, 2000, initialCredit),
                        "anybody");
            case METADATA ->
                image(CborCodec.decode(body, Metadata.Request.class).topics());
            case PRODUCER_ID -> new ProducerIds.Response(producerIds.incrementAndGet(), firstEpoch);
            case LIST_TOPICS -> listing();
            case LIST_OFFSETS -> offsets(CborCodec.decode(body, ListOffsets.Request.class));
            default -> coordinator.answer(verb, body);
        };
    }

    private Topics.ListResponse listing() {
        List<Topics.Listing> topics = new ArrayList<>();
        topicIds.forEach((topic, id) -> topics.add(new Topics.Listing(topic, id, false, partitionCounts.get(topic))));
        return new Topics.ListResponse(topics);
    }

    private ListOffsets.Response offsets(ListOffsets.Request request) {
        List<ListOffsets.Answer> answers = new ArrayList<>();
        for (ListOffsets.Query query : request.queries()) {
            if (query.timestamp() >= 0) {
                answers.add(new ListOffsets.Answer(query.topic(), query.partition(), 0, -1, -1, 0));
                afterNoRecordOfTime.run();
                continue;
            }
            List<byte[]> log = log(query.topic(), query.partition());
            synchronized (log) {
                long earliest = log.isEmpty() ? 0 : batch(log.get(0)).baseOffset();
                long offset = query.timestamp() == ListOffsets.EARLIEST ? earliest : logEnd(log);
                answers.add(new ListOffsets.Answer(query.topic(), query.partition(), 0, offset, -1, 0));
            }
        }
        return new ListOffsets.Response(answers);
    }

    private final class Responder implements RSocket {

        @Override
        public Mono<Payload> requestResponse(Payload payload) {
            try {
                Verb verb = Verb.ofRoute(RoutingCodec.decode(payload.sliceMetadata()));
                onAsked(verb);
                Object answer = answer(verb, payload.sliceData());
                return coordinator
                        .passage(verb)
                        .then(Mono.fromSupplier(
                                () -> ByteBufPayload.create(CborCodec.encode(ByteBufAllocator.DEFAULT, answer))));
            } catch (PenstockException e) {
                return Mono.error(RSocketErrors.toRSocket(e));
            } finally {
                payload.release();
            }
        }

        @Override
        public Flux<Payload> requestStream(Payload payload) {
            try {
                Verb verb = Verb.ofRoute(RoutingCodec.decode(payload.sliceMetadata()));
                onAsked(verb);
                if (verb == Verb.WATCH_METADATA) {
                    List<String> topics = CborCodec.decode(payload.sliceData(), Metadata.Request.class)
                            .topics();
                    return changes.asFlux()
                            .onBackpressureLatest()
                            .map(change ->
                                    ByteBufPayload.create(CborCodec.encode(ByteBufAllocator.DEFAULT, image(topics))));
                }
                FetchRequest request = CborCodec.decode(payload.sliceData(), FetchRequest.class);
                return Flux.create(sink -> fetches.add(new ScriptedFetch(request, sink)));
            } catch (PenstockException e) {
                return Flux.error(RSocketErrors.toRSocket(e));
            } finally {
                payload.release();
            }
        }

        @Override
        public Flux<Payload> requestChannel(Publisher<Payload> payloads) {
            return Flux.from(payloads).switchOnFirst((first, all) -> {
                Payload opener = first.get();
                return opener != null && verb(opener) == Verb.JOIN_GROUP
                        ? join(all)
                        : Flux.create(sink -> new ScriptedLane(ScriptedBroker.this, sink).start(all));
            });
        }

        private static Verb verb(Payload payload) {
            return Verb.ofRoute(RoutingCodec.decode(payload.sliceMetadata()));
        }

        private Flux<Payload> join(Flux<Payload> all) {
            try {
                onAsked(Verb.JOIN_GROUP);
                return coordinator.join(all);
            } catch (PenstockException e) {
                return Flux.error(RSocketErrors.toRSocket(e));
            }
        }
    }

    void onLane(ScriptedLane lane) {
        lanes.add(lane);
    }

    int initialCredit() {
        return initialCredit;
    }

    boolean isAnswering() {
        return answering;
    }

    /** Appends a produced batch, if its sequence fits, and says what to answer; the topic by its id. */
    ProduceAck append(ProduceHeader header, ByteBuf batch) {
        String topic = topicOf(header.topicId());
        List<byte[]> log = log(topic, header.partition());
        synchronized (log) {
            ProducerStates states =
                    producers.computeIfAbsent(topic + "-" + header.partition(), key -> new ProducerStates(0));
            SequenceVerdict verdict = states.newCheck().judge(RecordBatch.at(batch, batch.readerIndex()));
            if (verdict instanceof SequenceVerdict.Refused refused) {
                batch.release();
                return ProduceAck.failed(header.correlation(), Outcome.NOT_WRITTEN, refused.code(), refused.why());
            }
            long offset;
            if (verdict instanceof SequenceVerdict.Duplicate duplicate) {
                batch.release();
                offset = duplicate.original().baseOffset();
            } else {
                offset = append(topic, header.partition(), batch);
                states.append(batch(log.get(log.size() - 1)), 0);
            }
            return ProduceAck.committed(header.correlation(), Guarantee.REPLICATED, offset, -1, 0);
        }
    }

    /** A fetch stream: gives a batch for each credit. */
    public final class ScriptedFetch {

        private final FetchRequest request;
        private final FluxSink<Payload> sink;
        private long next;
        private long requested;
        private int requests;
        private long sent;
        private volatile boolean over;

        ScriptedFetch(FetchRequest request, FluxSink<Payload> sink) {
            this.request = request;
            this.sink = sink;
            this.next = request.offset();
            sink.onDispose(() -> over = true);
            sink.onRequest(this::onRequest);
        }

        public FetchRequest request() {
            return request;
        }

        /** The elements that the client has asked for so far. */
        public synchronized long requested() {
            return requested;
        }

        /** In how many pieces it has asked. */
        public synchronized int requests() {
            return requests;
        }

        public synchronized long sent() {
            return sent;
        }

        public boolean isOver() {
            return over;
        }

        private void onRequest(long n) {
            synchronized (this) {
                requested += n;
                requests++;
            }
            pump();
        }

        synchronized void pump() {
            List<byte[]> log = log(request.topic(), request.partition());
            synchronized (log) {
                for (byte[] bytes : log) {
                    RecordBatch batch = batch(bytes);
                    if (!over && sent < requested && batch.nextOffset() > next) {
                        next = batch.nextOffset();
                        sent++;
                        sink.next(element(bytes, logEnd(log)));
                    }
                }
            }
        }

        private Payload element(byte[] bytes, long end) {
            ByteBuf element = ByteBufAllocator.DEFAULT
                    .directBuffer(FetchElementCodec.HEADER_BYTES + bytes.length)
                    .writeZero(FetchElementCodec.HEADER_BYTES)
                    .writeBytes(bytes);
            FetchElementCodec.setHeader(element, new FetchHeader(false, ErrorCode.NONE, 0, end, end, 0, next));
            return ByteBufPayload.create(element);
        }

        /** Says that there is nothing to read before an offset. */
        public synchronized void passTo(long offset) {
            next = offset;
            sent++;
            sink.next(element(new byte[0], offset));
        }

        /** Ends the stream in band. */
        public synchronized void end(ErrorCode code) {
            FetchHeader header = new FetchHeader(true, code, 0, next, next, 0, next);
            sink.next(ByteBufPayload.create(
                    FetchElementCodec.encodeEnd(ByteBufAllocator.DEFAULT, header, new FetchEnd(-1, "by the script"))));
            sink.complete();
        }

        /** Ends the stream without a reason. */
        public void complete() {
            sink.complete();
        }
    }
}
