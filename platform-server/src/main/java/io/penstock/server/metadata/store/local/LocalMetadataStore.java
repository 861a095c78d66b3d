package io.penstock.server.metadata.store.local;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.error.Reasons;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.NoSpaceException;
import io.penstock.core.runtime.SerialExecutor;
import io.penstock.server.metadata.store.MetadataStore;
import io.penstock.server.metadata.store.StoreImage;
import io.penstock.server.metadata.store.StoreOperation;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A metadata store in a directory of this node. Commits run one at a time on the executor's threads, and each is on the
 * device before it is answered; images live in memory.
 */
public final class LocalMetadataStore implements MetadataStore {

    private static final Logger LOG = LoggerFactory.getLogger(LocalMetadataStore.class);
    private static final long MIN_REWRITE_BYTES = 4 << 20;
    private static final int DEAD_FACTOR = 4;

    private final MetadataJournal journal;
    private final Clock clock;
    private final long minRewriteBytes;
    private final Scheduler commits;
    private final Sinks.Many<StoreImage> images;
    private volatile StoreImage current;

    // used by the serial scheduler alone
    private @Nullable PenstockException failure;
    private boolean isClosed;

    private LocalMetadataStore(
            MetadataJournal journal, StoreImage image, Executor executor, Clock clock, long minRewriteBytes) {
        this.journal = journal;
        this.clock = clock;
        this.minRewriteBytes = minRewriteBytes;
        this.commits = Schedulers.fromExecutor(new SerialExecutor(executor));
        this.images = Sinks.many().replay().latestOrDefault(image);
        this.current = image;
    }

    /**
     * Opens the store of a data directory, and creates it if there is none. Work starts on subscription, on the
     * executor.
     *
     * @param executor may block; its threads are never interrupted
     * @return the store, or a PenstockException with STORAGE_ERROR if its files can't be read
     */
    public static Mono<LocalMetadataStore> open(LogDirectory dataDirectory, Executor executor, Clock clock) {
        return open(dataDirectory, executor, clock, MIN_REWRITE_BYTES);
    }

    /** @param minRewriteBytes a journal smaller than this is never written anew */
    static Mono<LocalMetadataStore> open(
            LogDirectory dataDirectory, Executor executor, Clock clock, long minRewriteBytes) {
        return Mono.fromCallable(() -> {
                    MetadataJournal journal = MetadataJournal.open(dataDirectory, clock.millis());
                    try {
                        return new LocalMetadataStore(journal, journal.replay(), executor, clock, minRewriteBytes);
                    } catch (RuntimeException e) {
                        journal.close();
                        throw e;
                    }
                })
                .onErrorMap(
                        IOException.class,
                        e -> new PenstockException(
                                ErrorCode.STORAGE_ERROR,
                                "the metadata journal in " + dataDirectory.path() + " can't be opened: "
                                        + Reasons.of(e),
                                e))
                .subscribeOn(Schedulers.fromExecutor(executor));
    }

    @Override
    public Mono<StoreImage> commit(List<StoreOperation> operations) {
        return Mono.fromCallable(() -> commitNow(operations)).subscribeOn(commits);
    }

    private StoreImage commitNow(List<StoreOperation> operations) {
        ensureUsable();
        StoreImage before = current;
        StoreImage after = before.after(operations);
        JournalRecord record = JournalRecord.between(before, after);
        try {
            if (!record.changes().isEmpty()) {
                journal.append(record, clock.millis());
            }
        } catch (PenstockException e) {
            if (e.code() == ErrorCode.STORAGE_FULL) {
                throw new PenstockException(
                        ErrorCode.STORAGE_FULL,
                        "the metadata can't be changed, its directory has no space left: nothing was changed; make room"
                                + " and try again",
                        e);
            }
            throw failed(e);
        } catch (IOException | RuntimeException e) {
            throw failed(e);
        }
        current = after;
        images.tryEmitNext(after);
        rewriteIfMostlyDead(after);
        return after;
    }

    private PenstockException failed(Exception e) {
        // what is on the device now is not known, so nothing may be built upon it
        PenstockException failure =
                new PenstockException(ErrorCode.STORAGE_ERROR, "the metadata journal failed: " + Reasons.of(e), e);
        this.failure = failure;
        images.tryEmitError(failure);
        return failure;
    }

    private void ensureUsable() {
        if (failure != null) {
            throw failure;
        }
        if (isClosed) {
            throw new PenstockException(ErrorCode.BROKER_CLOSING, "the metadata store is closed");
        }
    }

    private void rewriteIfMostlyDead(StoreImage image) {
        long size = journal.sizeInBytes();
        if (size < minRewriteBytes || size < DEAD_FACTOR * liveBytes(image)) {
            return;
        }
        try {
            journal.rewrite(image, clock.millis());
        } catch (NoSpaceException e) {
            LOG.warn("No room to write the metadata journal anew; it goes on as it is: {}", e.getMessage());
        } catch (IOException | RuntimeException e) {
            LOG.error("The metadata journal could not be written anew; metadata can't be changed until a restart", e);
            failure =
                    new PenstockException(ErrorCode.STORAGE_ERROR, "the metadata journal failed: " + Reasons.of(e), e);
        }
    }

    private static long liveBytes(StoreImage image) {
        return image.entries().entrySet().stream()
                .mapToLong(entry -> entry.getKey().length() + entry.getValue().value().length + 32L)
                .sum();
    }

    @Override
    public StoreImage current() {
        return current;
    }

    @Override
    public Flux<StoreImage> watch() {
        return images.asFlux().onBackpressureLatest();
    }

    @Override
    public Mono<Void> close() {
        return Mono.<Void>fromRunnable(this::closeNow).subscribeOn(commits);
    }

    private void closeNow() {
        if (!isClosed) {
            isClosed = true;
            images.tryEmitComplete();
            journal.close();
        }
    }
}
