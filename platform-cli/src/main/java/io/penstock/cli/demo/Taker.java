package io.penstock.cli.demo;

import io.penstock.cli.terminal.Figures;
import io.penstock.client.consumer.ConsumerRecord;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.scheduler.Scheduler;

/**
 * A consumer of the demo: takes so many bytes per second by asking for so many records, later as many as there are, and
 * keeps the ledger. The pace begins with its first record; what the rate is measured over begins with {@link #measure}.
 *
 * <p>Signals come from one thread at a time, the ticks of the pace from the scheduler's; what both touch is guarded by
 * this object's monitor, and nothing is asked for while it is held.
 */
final class Taker extends BaseSubscriber<ConsumerRecord<byte[], byte[]>> {

    private static final Duration TICK = Duration.ofMillis(20);

    private final String name;
    private final long bytesPerSecond;
    private final Ledger ledger;
    private final Scheduler timer;
    private final Disposable.Swap ticks = Disposables.swap();
    private final CompletableFuture<Void> finished = new CompletableFuture<>();
    private @Nullable DemandPacer pacer;
    private boolean lifted;
    private volatile long wanted = Long.MAX_VALUE;
    private volatile long startNanos;
    private volatile long startBytes;
    private volatile long liftNanos;
    private volatile long liftBytes;
    private volatile long endNanos;

    Taker(String name, long bytesPerSecond, Corpus corpus, Scheduler timer) {
        this.name = name;
        this.bytesPerSecond = bytesPerSecond;
        this.ledger = new Ledger(corpus);
        this.timer = timer;
    }

    String name() {
        return name;
    }

    /** What it may take while it is paced. */
    long bytesPerSecond() {
        return bytesPerSecond;
    }

    Ledger ledger() {
        return ledger;
    }

    /** How many records it has asked for; -1 if it asks for all. */
    synchronized long asked() {
        return lifted ? -1 : pacer == null ? 1 : 1 + pacer.asked();
    }

    /** Bytes per second from {@link #measure} to {@link #lift}, or to now if that has not come. */
    synchronized double pacedRate() {
        return lifted
                ? Figures.rate(liftBytes - startBytes, liftNanos - startNanos)
                : Figures.rate(ledger.bytes() - startBytes, now() - startNanos);
    }

    /** Bytes per second from {@link #lift} to its last record. */
    double liftedRate() {
        return Figures.rate(ledger.bytes() - liftBytes, endNanos - liftNanos);
    }

    /** Begins what the paced rate is measured over, and owes nothing for the time before. */
    synchronized void measure() {
        startNanos = now();
        startBytes = ledger.bytes();
        if (pacer != null) {
            pacer.forgive();
        }
    }

    /** Ends the pace: from now on it takes what comes, until it has so many records in all. */
    void lift(long total) {
        synchronized (this) {
            lifted = true;
            liftNanos = now();
            liftBytes = ledger.bytes();
        }
        ticks.dispose();
        wanted = total;
        requestUnbounded();
        if (ledger.records() >= total) {
            finish();
        }
    }

    /** Completes when it has the number of records that {@link #lift} told, or fails as its stream does. */
    CompletableFuture<Void> finished() {
        return finished;
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        // The first record starts the clock: nothing is owed for the time in which there was nothing to be had.
        request(1);
    }

    @Override
    protected void hookOnNext(ConsumerRecord<byte[], byte[]> record) {
        byte[] value = record.value() == null ? new byte[0] : record.value();
        synchronized (this) {
            DemandPacer pace = pacer;
            if (pace == null) {
                pacer = new DemandPacer(bytesPerSecond, now());
                ticks.update(timer.schedulePeriodically(this::tick, 0, TICK.toMillis(), TimeUnit.MILLISECONDS));
            } else if (!lifted) {
                pace.received(value.length);
            }
            ledger.enter(record.partition(), value);
        }
        if (ledger.records() >= wanted) {
            finish();
        }
    }

    @Override
    protected void hookOnError(Throwable failure) {
        ticks.dispose();
        finished.completeExceptionally(failure);
    }

    @Override
    protected void hookOnCancel() {
        ticks.dispose();
    }

    private void tick() {
        long more;
        synchronized (this) {
            DemandPacer pace = pacer;
            more = lifted || pace == null ? 0 : pace.demand(now());
        }
        if (more > 0) {
            request(more);
        }
    }

    private void finish() {
        endNanos = now();
        cancel();
        finished.complete(null);
    }

    private long now() {
        return timer.now(TimeUnit.NANOSECONDS);
    }
}
