package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.log.LogTrial.Cleanup;
import io.penstock.core.log.LogTrial.Tracked;
import io.penstock.core.log.file.PowerCut;
import io.penstock.core.log.file.SimulatedDisk;
import io.penstock.core.log.file.SimulatedDisk.Survival;
import java.io.IOException;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.stateful.Action;
import net.jqwik.api.stateful.ActionSequence;

/**
 * A log on a simulated disk against its model, after each of any actions, with the power cut in the middle of some. A sequence that
 * fails is made shorter.
 */
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
                happenTo(trial, log);
            } catch (Exception e) {
                throw new AssertionError(name + " failed", e);
            }
            return trial;
        }

        private void happenTo(LogTrial trial, Tracked log) throws Exception {
            try {
                event.happen(trial, log);
                log.check();
            } catch (PowerCut cut) {
                assertThat(trial.disk().isOff()).as("the power was cut").isTrue();
                trial.disk().cyclePower(Survival.SOMETHING);
                trial.recover(trial.disk());
                log.check();
            }
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
                        Arbitraries.integers()
                                .between(0, 100)
                                .map(percent -> named(
                                        "delete the records before " + percent + " %",
                                        (trial, log) -> log.deleteBefore(log.model.shown * percent / 100)))),
                Tuple.of(
                        2,
                        Arbitraries.integers()
                                .between(0, 40)
                                .map(records -> named(
                                        "retain the time of " + records + " records",
                                        (trial, log) -> retain(
                                                log,
                                                new Retention(
                                                        records * LogTrial.MS_PER_RECORD, Retention.UNLIMITED))))),
                Tuple.of(
                        2,
                        Arbitraries.integers()
                                .between(0, 4000)
                                .map(bytes -> named(
                                        "retain " + bytes + " bytes",
                                        (trial, log) -> retain(log, new Retention(Retention.UNLIMITED, bytes))))),
                Tuple.of(2, Arbitraries.just(named("compact", (trial, log) -> compact(log, () -> {})))),
                Tuple.of(
                        2,
                        few.map(n -> named(
                                "compact, and append " + n + " before each swap",
                                (trial, log) -> compact(log, () -> log.append(n))))),
                Tuple.of(
                        3,
                        Arbitraries.integers()
                                .between(0, 60)
                                .map(more -> named(
                                        "lose power after " + more + " operations",
                                        (trial, log) -> trial.disk().cutPowerAfter(more)))),
                Tuple.of(
                        2,
                        Arbitraries.of(Survival.class)
                                .map(survival -> named("power cut, " + survival, (trial, log) -> {
                                    trial.disk().cyclePower(survival);
                                    trial.recover(trial.disk());
                                }))),
                Tuple.of(1, Arbitraries.just(named("kill", (trial, log) -> {
                    trial.disk().keepPower();
                    trial.disk().startProcess();
                    trial.recoverFromKill();
                })))));
    }

    private static void compact(Tracked log, Runnable beside) throws IOException {
        if (log.cleanup().compacts()) {
            log.compact(beside);
        }
    }

    private static void retain(Tracked log, Retention retention) throws IOException {
        if (log.cleanup().deletes()) {
            log.retain(retention);
        }
    }

    private static Action<LogTrial> named(String name, Event event) {
        return new Named(name, event);
    }

    @Property(tries = 150)
    void behavesAsItsModel(@ForAll("lives") ActionSequence<LogTrial> life, @ForAll Cleanup cleanup, @ForAll long seed)
            throws Exception {
        LogTrial trial = new LogTrial(start -> start.log("orders"), seed).cleaning("orders", cleanup);
        trial.run(new SimulatedDisk(seed));

        life.run(trial);

        assertThat(trial.hasFailed()).isFalse();
    }
}
