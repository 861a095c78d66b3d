package io.penstock.core.log.producer;

import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import io.penstock.core.record.RecordBatch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The producers of one partition, as the batches in its log tell of them: of each the epoch, the last {@value #WINDOW} batches,
 * and where its open transaction begins. About 110 bytes for a producer with a single batch, and 24 more for each that is
 * remembered besides: 1.6 KiB at most, and 210 bytes when it has been silent for {@value #QUIET_MS} ms.
 *
 * <p>Batches are shown to it in the order of the log, when they are in it: {@link #append}. Before that a {@link
 * SequenceCheck} judges them. Not thread-safe.
 */
public final class ProducerStates {

    /** How many batches of a producer are remembered, and may be on their way at a time: many may wait for one slow fsync. */
    public static final int WINDOW = 64;

    /** How many of a silent one, which are as many as Kafka remembers. */
    static final int QUIET_WINDOW = 5;

    private static final long QUIET_MS = 600_000;

    private final LongObjectMap<ProducerState> producers = new LongObjectHashMap<>();
    private long endOffset;

    /** No producers, before an offset. */
    public ProducerStates(long endOffset) {
        this.endOffset = endOffset;
    }

    /** What a snapshot has. */
    public static ProducerStates of(ProducerSnapshot snapshot) {
        ProducerStates states = new ProducerStates(snapshot.offset());
        for (ProducerEntry entry : snapshot.producers()) {
            states.producers.put(entry.producerId(), ProducerState.of(entry));
        }
        return states;
    }

    /** What is known now. */
    public ProducerSnapshot snapshot() {
        return new ProducerSnapshot(endOffset, entries());
    }

    /** All producers, in the order of their ids. */
    public List<ProducerEntry> entries() {
        List<ProducerEntry> entries = new ArrayList<>(producers.size());
        for (LongObjectMap.PrimitiveEntry<ProducerState> producer : producers.entries()) {
            entries.add(producer.value().entry(producer.key()));
        }
        entries.sort(Comparator.comparingLong(ProducerEntry::producerId));
        return entries;
    }

    /** How many producers there are. */
    public int size() {
        return producers.size();
    }

    /** Behind the last batch that was shown. */
    public long endOffset() {
        return endOffset;
    }

    /**
     * Takes up the next batch of the log, of whichever kind.
     *
     * @param batch its header is enough
     * @param timeMs when it was appended, in milliseconds since 1970
     */
    public void append(RecordBatch batch, long timeMs) {
        endOffset = batch.nextOffset();
        long id = batch.producerId();
        if (id == RecordBatch.NO_PRODUCER_ID) {
            return;
        }
        ProducerState state = producers.get(id);
        if (state == null) {
            state = new ProducerState(batch.producerEpoch());
            producers.put(id, state);
        }
        state.append(batch, timeMs);
    }

    /** The log goes on at a later offset. */
    public void skipTo(long offset) {
        endOffset = Math.max(endOffset, offset);
    }

    /** Begins to judge the batches of one append; {@link #append} no batch before that is over. */
    public SequenceCheck newCheck() {
        return new SequenceCheck(this);
    }

    @Nullable
    ProducerState get(long producerId) {
        return producers.get(producerId);
    }

    /**
     * Forgets producers that have been silent for too long, and have no open transaction; and of others that are silent all but the
     * last batches.
     *
     * @return how many
     */
    public int expire(long nowMs, long expirationMs) {
        int before = producers.size();
        Iterator<LongObjectMap.PrimitiveEntry<ProducerState>> each =
                producers.entries().iterator();
        while (each.hasNext()) {
            ProducerState state = each.next().value();
            if (nowMs - state.lastTimeMs() >= QUIET_MS) {
                state.forgetAllBut(QUIET_WINDOW);
            }
            if (!state.hasTransaction() && nowMs - state.lastTimeMs() >= expirationMs) {
                each.remove();
            }
        }
        return before - producers.size();
    }
}
