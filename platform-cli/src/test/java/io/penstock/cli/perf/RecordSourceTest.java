package io.penstock.cli.perf;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;
import reactor.test.scheduler.VirtualTimeScheduler;

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
        VirtualTimeScheduler timer = VirtualTimeScheduler.create();
        List<Long> numbers = new java.util.concurrent.CopyOnWriteArrayList<>();
        RecordSource.paced(1_000, 100, timer).subscribe(numbers::add);

        timer.advanceTimeBy(Duration.ofSeconds(1));
        assertThat(numbers).hasSize(100);

        timer.advanceTimeBy(Duration.ofSeconds(9));
        assertThat(numbers)
                .containsExactlyElementsOf(LongStream.range(0, 1_000).boxed().toList());
    }

    @Test
    void makesUpForDemandThatCameLate() {
        VirtualTimeScheduler timer = VirtualTimeScheduler.create();
        StepVerifier.create(RecordSource.paced(100, 100, timer), 1)
                .then(() -> timer.advanceTimeBy(Duration.ofSeconds(5)))
                .expectNext(0L)
                .thenRequest(Long.MAX_VALUE)
                .then(() -> timer.advanceTimeBy(Duration.ofSeconds(1)))
                .expectNextCount(99)
                .verifyComplete();
    }
}
