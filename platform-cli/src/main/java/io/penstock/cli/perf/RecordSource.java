package io.penstock.cli.perf;

import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;

/** Numbers of records to be sent, from 0: as they are asked for, or not before they are due. */
public final class RecordSource {

    private RecordSource() {}

    /** As many as are asked for. */
    public static Flux<Long> unlimited(long count) {
        return Flux.generate(() -> 0L, (next, sink) -> {
            if (next >= count) {
                sink.complete();
            } else {
                sink.next(next);
            }
            return next + 1;
        });
    }

    /**
     * Each when it is due; what was not asked for in time follows as soon as it is.
     *
     * @param waiting has a thread of its own, which waits
     */
    public static Flux<Long> paced(long count, Pace pace, Scheduler waiting) {
        return unlimited(count).doOnNext(pace::await).subscribeOn(waiting);
    }
}
