package io.penstock.cli.perf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

class RecordSourceTest {

    @Test
    void countsWithoutAPaceAsFarAsItIsAsked() {
        StepVerifier.create(RecordSource.unlimited(3), 2)
                .expectNext(0L, 1L)
                .thenRequest(10)
                .expectNext(2L)
                .verifyComplete();
    }

    @Test
    void keepsAPace() {
        AtomicLong nanoTime = new AtomicLong();
        Pace pace = new Pace(100, nanoTime::get, nanoTime::addAndGet);

        List<Long> times = RecordSource.paced(200, pace, Schedulers.immediate())
                .map(number -> nanoTime.get())
                .collectList()
                .block();

        assertThat(times)
                .containsExactlyElementsOf(LongStream.range(0, 200)
                        .map(n -> n * 10_000_000)
                        .boxed()
                        .toList());
    }

    @Test
    void makesUpForDemandThatCameLate() {
        AtomicLong nanoTime = new AtomicLong();
        Pace pace = new Pace(100, nanoTime::get, nanoTime::addAndGet);
        StepVerifier.create(RecordSource.paced(100, pace, Schedulers.immediate()), 1)
                .expectNext(0L)
                .then(() -> nanoTime.set(5_000_000_000L))
                .thenRequest(Long.MAX_VALUE)
                .expectNextCount(99)
                .verifyComplete();

        assertThat(nanoTime).hasValue(5_000_000_000L);
    }
}
