package io.penstock.cli.perf;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;

/** Numbers of records to be sent, from 0: as they are asked for, or not faster than a rate. */
final class RecordSource {

    private static final Duration TICK = Duration.ofMillis(2);

    private RecordSource() {}

    /** As many as are asked for. */
    static Flux<Long> unlimited(long count) {
        return Flux.generate(() -> 0L, (next, sink) -> {
            if (next >= count) {
                sink.complete();
            } else {
                sink.next(next);
            }
            return next + 1;
        });
    }

    /** At each tick those that are due since the start; what was not asked for in time follows as soon as it is. */
    static Flux<Long> paced(long count, long perSecond, Scheduler timer) {
        return Flux.defer(() -> {
            long start = timer.now(TimeUnit.NANOSECONDS);
            long[] next = new long[1];
            return Flux.interval(TICK, timer)
                    .onBackpressureLatest()
                    .concatMapIterable(
                            tick -> {
                                double elapsed = timer.now(TimeUnit.NANOSECONDS) - start;
                                long due = Math.min(count, (long) (elapsed * perSecond / 1e9));
                                return dueNumbers(next, due);
                            },
                            1)
                    .take(count);
        });
    }

    private static Iterable<Long> dueNumbers(long[] next, long due) {
        long from = next[0];
        long to = Math.max(from, due);
        next[0] = to;
        return () -> LongStream.range(from, to).iterator();
    }
}
