package io.penstock.cli.perf;

import java.util.function.LongFunction;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;

/** Numbers of records to be sent, from 0: as they are asked for, or not before they are due. */
public final class RecordSource {

    private RecordSource() {}

    /** As many as are asked for. */
    public static Flux<Long> unlimited(long count) {
        return unlimited(count, Long::valueOf);
    }

    /** As many as are asked for, made of their numbers. */
    public static <T> Flux<T> unlimited(long count, LongFunction<T> made) {
        return Flux.generate(() -> new long[1], (next, sink) -> {
            if (next[0] >= count) {
                sink.complete();
            } else {
                sink.next(made.apply(next[0]++));
            }
            return next;
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
