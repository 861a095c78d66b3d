package io.penstock.cli;

import io.penstock.cli.terminal.StopRequest;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Makes SIGINT and SIGTERM a {@link StopRequest}, and the command's own exit code the process's.
 *
 * <p>The JVM answers both signals by running its shutdown hooks and then ending with 128 and the signal's number. The
 * hook here asks the command to stop, waits until it has, and halts with the exit code that the command found right: a
 * drained server has not failed. A command that does not come to its end in time is left behind.
 */
final class Signals {

    private static final long PATIENCE_SECONDS = 60;

    private final StopRequest stop;
    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile int exitCode;
    private volatile boolean exiting;

    private Signals(StopRequest stop) {
        this.stop = stop;
    }

    static Signals install(StopRequest stop) {
        Signals signals = new Signals(stop);
        Runtime.getRuntime().addShutdownHook(new Thread(signals::onShutdown, "penstock-shutdown"));
        return signals;
    }

    /** Ends the process; called once, when the command has ended. Does not return. */
    void exit(int code) {
        exitCode = code;
        exiting = !stop.isRequested();
        finished.countDown();
        System.exit(code);
    }

    private void onShutdown() {
        if (exiting) {
            return;
        }
        stop.request();
        try {
            if (finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                Runtime.getRuntime().halt(exitCode);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
