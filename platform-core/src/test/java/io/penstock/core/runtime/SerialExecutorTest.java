package io.penstock.core.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SerialExecutorTest {

    private final Queue<Runnable> turns = new ArrayDeque<>();
    private final List<Integer> ran = new ArrayList<>();
    private boolean refusing;
    private final SerialExecutor serial = new SerialExecutor(this::take);

    private void take(Runnable turn) {
        if (refusing) {
            throw new RejectedExecutionException("on purpose");
        }
        turns.add(turn);
    }

    private void runTurns() {
        for (Runnable turn = turns.poll(); turn != null; turn = turns.poll()) {
            turn.run();
        }
    }

    @Test
    void takesTasksAgainAfterOneWasRefused() {
        refusing = true;
        assertThatThrownBy(() -> serial.execute(() -> ran.add(1))).isInstanceOf(RejectedExecutionException.class);
        refusing = false;
        serial.execute(() -> ran.add(2));
        runTurns();
        assertThat(ran).containsExactly(2);
    }

    @Test
    void runsAllThatItTookThoughTheExecutorEndsMeanwhile() {
        IntStream.range(0, 200).forEach(number -> serial.execute(() -> ran.add(number)));
        refusing = true;
        runTurns();
        assertThat(ran).hasSize(200).isSorted();
    }
}
