package io.penstock.server.storage;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A device that is slow for some partitions: each force of one of their logs takes until the test ends it, in any order. As a
 * {@link ProbedDirectory.Probe#beforeForce} nothing is on the device until then; as an {@link ProbedDirectory.Probe#afterForce} all
 * is that was written when the force began, and nobody knows. Safe for any thread.
 */
final class SlowForces implements ProbedDirectory.Step {

    /** Longer than a test is patient. */
    private static final Duration LIMIT = Duration.ofMinutes(2);

    /** A force that is under way. */
    private static final class Force {
        private boolean isOver;
        private @Nullable IOException failure;
    }

    private final Set<String> slow = new HashSet<>();
    private final Map<String, Force> underWay = new LinkedHashMap<>();

    /** From now on the forces of a topic's only partition take their time. */
    synchronized void slow(String topic) {
        slow.add(directoryOf(topic));
    }

    private static String directoryOf(String topic) {
        return topic + "-0";
    }

    @Override
    public void run(String path) throws IOException {
        String[] names = path.split("/");
        String directory = names[names.length - 2];
        Force force = new Force();
        synchronized (this) {
            if (!slow.contains(directory)) {
                return;
            }
            underWay.put(directory, force);
        }
        waitFor(force);
    }

    private synchronized void waitFor(Force force) throws IOException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        try {
            while (!force.isOver) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    throw new IOException("the test did not end a force");
                }
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        IOException failure = force.failure;
        if (failure != null) {
            throw failure;
        }
    }

    /** Whether a force of a topic's only partition is under way. */
    synchronized boolean isUnderWay(String topic) {
        return underWay.containsKey(directoryOf(topic));
    }

    void awaitUnderWay(String topic) {
        StorageFixture.await("a force of " + topic, () -> isUnderWay(topic));
    }

    /** The force of a topic's only partition that is under way comes to its end; the next one takes its time again. */
    void end(String topic) {
        end(topic, null);
    }

    /** The force that is under way comes to its end, and has failed. */
    void fail(String topic) {
        end(topic, new IOException("simulated: the device failed"));
    }

    private synchronized void end(String topic, @Nullable IOException failure) {
        Force force = underWay.remove(directoryOf(topic));
        if (force == null) {
            throw new AssertionError("no force of " + topic + " is under way");
        }
        force.failure = failure;
        force.isOver = true;
        notifyAll();
    }

    /** All that are under way come to their end, and no other takes its time. */
    synchronized void endAll() {
        slow.clear();
        underWay.values().forEach(force -> force.isOver = true);
        underWay.clear();
        notifyAll();
    }
}
