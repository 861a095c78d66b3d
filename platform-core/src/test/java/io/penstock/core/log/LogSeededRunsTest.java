package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.log.file.OpenFiles;
import org.junit.jupiter.api.Test;

/**
 * Many random lives of logs on a failing disk. {@code -Dpenstock.disk.runs=20000} for more of them, {@code
 * -Dpenstock.disk.seed=} for others; a failure tells how to repeat it.
 */
class LogSeededRunsTest {

    static final int STEPS = 30;

    @Test
    void keepsItsPromisesInEveryLife() {
        int runs = Integer.getInteger("penstock.disk.runs", 1000);
        long firstSeed = Long.getLong("penstock.disk.seed", 1);
        int deaths = 0;
        int failures = 0;
        for (long seed = firstSeed; seed < firstSeed + runs; seed++) {
            RandomLife life = new RandomLife(seed);
            try {
                life.live(STEPS);
            } catch (Exception | Error e) {
                throw new AssertionError(
                        "repeat it with -Dpenstock.disk.seed=" + seed + " -Dpenstock.disk.runs=1: " + e + "\n" + life,
                        e);
            }
            deaths += life.deaths();
            failures += life.failures();
        }
        System.out.println(runs + " lives, " + deaths + " deaths, " + failures + " failing operations, no violation");
        assertThat(deaths).isGreaterThanOrEqualTo(runs);
    }

    @Test
    void keepsItsPromisesWithTwoOpenFiles() throws Exception {
        long firstSeed = Long.getLong("penstock.disk.seed", 1);
        for (long seed = firstSeed; seed < firstSeed + 200; seed++) {
            RandomLife life = new RandomLife(seed);
            life.trial().seeing(directory -> new OpenFiles(2).around(directory));
            try {
                life.live(STEPS);
            } catch (Exception | Error e) {
                throw new AssertionError("repeat it with -Dpenstock.disk.seed=" + seed + ": " + e + "\n" + life, e);
            }
        }
    }

    @Test
    void isTheSameLifeForTheSameSeed() throws Exception {
        RandomLife first = new RandomLife(42);
        RandomLife second = new RandomLife(42);

        first.live(STEPS);
        second.live(STEPS);

        assertThat(first).hasToString(second.toString());
        assertThat(first.trial().disk().image())
                .usingRecursiveComparison()
                .isEqualTo(second.trial().disk().image());
    }
}
