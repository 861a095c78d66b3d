package io.penstock.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.Guarantee;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.protocol.ProduceHeader;
import io.penstock.core.protocol.codec.ProduceAckCodec;
import io.penstock.core.protocol.codec.ProduceElementCodec;
import io.penstock.core.record.RecordBatch;
import io.rsocket.Payload;
import io.rsocket.util.ByteBufPayload;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.FluxSink;

/** A produce channel as the scripted broker sees it. */
public final class ScriptedLane extends BaseSubscriber<Payload> {

    /** What came up. */
    public record Arrived(
            ProduceHeader header, int recordCount, long producerId, short producerEpoch, int baseSequence) {

        static Arrived of(ProduceHeader header, RecordBatch batch) {
            return new Arrived(
                    header, batch.recordCount(), batch.producerId(), batch.producerEpoch(), batch.baseSequence());
        }
    }

    private final ScriptedBroker broker;
    private final FluxSink<Payload> sink;
    private final List<Arrived> arrived = new CopyOnWriteArrayList<>();
    private boolean opened;

    ScriptedLane(ScriptedBroker broker, FluxSink<Payload> sink) {
        this.broker = broker;
        this.sink = sink;
    }

    void start(Publisher<Payload> payloads) {
        payloads.subscribe(this);
    }

    /** The batches that have come, in their order. */
    public List<Arrived> arrived() {
        return arrived;
    }

    /** A batch, when it has come. */
    public Arrived arrived(int number) {
        Await.until("batch " + number + " of the channel", () -> arrived.size() > number);
        return arrived.get(number);
    }

    public void credit(int batches) {
        request(batches);
    }

    public void ack(Arrived batch, long baseOffset) {
        answer(ProduceAck.committed(batch.header().correlation(), Guarantee.REPLICATED, baseOffset, -1, 0));
    }

    public void refuse(Arrived batch, ErrorCode code) {
        answer(ProduceAck.failed(batch.header().correlation(), Outcome.NOT_WRITTEN, code, "by the script"));
    }

    /** Takes no more batches, and ends the channel. */
    public void rollOver() {
        cancel();
        sink.complete();
    }

    private void answer(ProduceAck ack) {
        sink.next(ByteBufPayload.create(ProduceAckCodec.encode(ByteBufAllocator.DEFAULT, ack)));
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        request(1);
    }

    @Override
    protected void hookOnNext(Payload payload) {
        try {
            if (!opened) {
                opened = true;
                broker.onLane(this);
                if (broker.initialCredit() > 0) {
                    request(broker.initialCredit());
                }
                return;
            }
            onBatch(payload.sliceData());
        } finally {
            payload.release();
        }
    }

    private void onBatch(ByteBuf element) {
        ProduceHeader header = ProduceElementCodec.decodeHeader(element);
        int start = element.readerIndex() + ProduceElementCodec.HEADER_BYTES;
        Arrived batch = Arrived.of(header, RecordBatch.at(element, start));
        arrived.add(batch);
        if (broker.isAnswering()) {
            request(1);
            meet(broker.fate(batch), batch, element.slice(start, element.writerIndex() - start));
        }
    }

    private void meet(ScriptedBroker.Fate fate, Arrived batch, ByteBuf bytes) {
        switch (fate) {
            case TAKEN -> answer(broker.append(batch.header(), bytes.copy()));
            case TAKEN_AND_CUT -> {
                broker.append(batch.header(), bytes.copy());
                broker.dropConnections();
            }
            case CUT -> broker.dropConnections();
            case IN_DOUBT -> {
                broker.append(batch.header(), bytes.copy());
                answer(ProduceAck.failed(
                        batch.header().correlation(), Outcome.UNKNOWN, ErrorCode.STORAGE_ERROR, "by the script"));
            }
            case REFUSED_FOR_NOW -> refuse(batch, ErrorCode.STORAGE_FULL);
            case REFUSED -> refuse(batch, ErrorCode.INVALID_RECORD);
            case FENCED -> refuse(batch, ErrorCode.INVALID_PRODUCER_EPOCH);
            case SWALLOWED -> {}
        }
    }

    /** The connection is gone: nobody waits for answers. */
    @Override
    protected void hookOnError(Throwable error) {}

    /** All that arrived has been answered by then, if the broker answers by itself. */
    @Override
    protected void hookOnComplete() {
        sink.complete();
    }
}
