package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.log.LogTrial.Tracked;
import io.penstock.core.log.file.SimulatedDisk;
import io.penstock.core.log.file.SimulatedDisk.Survival;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.stateful.Action;
import net.jqwik.api.stateful.ActionSequence;

/** A log on a simulated disk against its model, after each of any actions. A sequence that fails is made shorter. */
class LogStateMachineTest {

    /** One thing that happens to the log. */
    @FunctionalInterface
    interface Event {
        void happen(LogTrial trial, Tracked log) throws Exception;
    }

    private record Named(String name, Event event) implements Action<LogTrial> {

        @Override
        public LogTrial run(LogTrial trial) {
            Tracked log = trial.log("orders");
            try {
                event.happen(trial, log);
            } catch (Exception e) {
                throw new AssertionError(name + " failed", e);
            }
            log.check();
            return trial;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    @Provide
    Arbitrary<ActionSequence<LogTrial>> lives() {
        Arbitrary<Integer> few = Arbitraries.integers().between(1, 8);
        return Arbitraries.sequences(Arbitraries.frequencyOf(
                Tuple.of(6, few.map(n -> named("append " + n, (trial, log) -> log.append(n)))),
                Tuple.of(
                        2,
                        few.map(n -> named(
                                "append 2 in epoch +" + n,
                                (trial, log) -> log.append(2, log.model.latestEpoch() + n)))),
                Tuple.of(4, Arbitraries.just(named("flush", (trial, log) -> log.flush()))),
                Tuple.of(2, Arbitraries.just(named("stop and start", (trial, log) -> log.reopen()))),
                Tuple.of(
                        2,
                        Arbitraries.integers()
                                .between(0, 100)
                                .map(percent -> named(
                                        "truncate to " + percent + " %",
                                        (trial, log) -> log.truncateTo(log.model.end() * percent / 100)))),
                Tuple.of(
                        2,
                        Arbitraries.of(Survival.class)
                                .map(survival -> named("power cut, " + survival, (trial, log) -> {
                                    trial.disk().cyclePower(survival);
                                    trial.recover(trial.disk());
                                }))),
                Tuple.of(1, Arbitraries.just(named("kill", (trial, log) -> {
                    trial.disk().startProcess();
                    trial.recoverFromKill();
                })))));
    }

    private static Action<LogTrial> named(String name, Event event) {
        return new Named(name, event);
    }

    @Property(tries = 150)
    void behavesAsItsModel(@ForAll("lives") ActionSequence<LogTrial> life, @ForAll long seed) throws Exception {
        LogTrial trial = new LogTrial(start -> start.log("orders"), seed);
        trial.run(new SimulatedDisk(seed));

        life.run(trial);

        assertThat(trial.hasFailed()).isFalse();
    }
}
