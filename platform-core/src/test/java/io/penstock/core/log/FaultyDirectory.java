package io.penstock.core.log;

import io.penstock.core.log.file.ForwardingDirectory;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A directory whose operations fail, or are overtaken, when the test says so, and otherwise do what the real one does. */
final class FaultyDirectory extends ForwardingDirectory {

    /** What can fail. */
    enum Operation {
        OPEN,
        /** Nothing is written. */
        APPEND,
        /** Half of the first buffer is written. */
        TORN_APPEND,
        FORCE,
        TRUNCATE,
        READ,
        RENAME,
        FORCE_DIRECTORY
    }

    private record Point(Operation operation, String suffix) {}

    private record Interruption(String suffix, int bytesRead, Runnable action) {}

    /** What is planned, shared by a directory and its children. */
    static final class Plan {

        private final Map<Point, IOException> faults = new HashMap<>();
        final List<String> forced = new ArrayList<>();
        private @Nullable Interruption interruption;
        private @Nullable Runnable duringForce;

        /** From now on the operation fails on every name that ends so. */
        void fail(Operation operation, String suffix, IOException fault) {
            faults.put(new Point(operation, suffix), fault);
        }

        /** In the middle of the next read of a file of that name, once. */
        void interrupt(String suffix, int bytesRead, Runnable action) {
            interruption = new Interruption(suffix, bytesRead, action);
        }

        private @Nullable Interruption takeInterruption(String name, int asked) {
            Interruption planned = interruption;
            if (planned == null || !name.endsWith(planned.suffix) || asked <= planned.bytesRead) {
                return null;
            }
            interruption = null;
            return planned;
        }

        /** In the next force of a file, once. */
        void interruptForce(Runnable action) {
            duringForce = action;
        }

        private void forcing(String name) {
            Runnable action = duringForce;
            duringForce = null;
            if (action != null) {
                action.run();
            }
            forced.add(name);
        }

        void heal() {
            faults.clear();
        }

        private boolean isPlanned(Operation operation, String name) {
            return faults.keySet().stream()
                    .anyMatch(point -> point.operation == operation && name.endsWith(point.suffix));
        }

        private void check(Operation operation, String name) throws IOException {
            for (Map.Entry<Point, IOException> fault : faults.entrySet()) {
                Point point = fault.getKey();
                if (point.operation == operation && name.endsWith(point.suffix)) {
                    throw fault.getValue();
                }
            }
        }
    }

    private final Plan plan;

    FaultyDirectory(LogDirectory real, Plan plan) {
        super(real);
        this.plan = plan;
    }

    @Override
    public LogFile open(String name) throws IOException {
        plan.check(Operation.OPEN, name);
        return super.open(name);
    }

    @Override
    protected LogDirectory around(LogDirectory child) {
        return new FaultyDirectory(child, plan);
    }

    @Override
    protected LogFile around(LogFile file) {
        return new FaultyFile(file, plan);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        plan.check(Operation.RENAME, from);
        super.rename(from, to);
    }

    @Override
    public void force() throws IOException {
        plan.check(Operation.FORCE_DIRECTORY, path());
        super.force();
    }

    private static final class FaultyFile extends ForwardingFile {

        private final Plan plan;
        private long torn;

        FaultyFile(LogFile real, Plan plan) {
            super(real);
            this.plan = plan;
        }

        @Override
        public long size() {
            return super.size() - torn;
        }

        @Override
        public void append(ByteBuffer... buffers) throws IOException {
            plan.check(Operation.APPEND, name());
            if (plan.isPlanned(Operation.TORN_APPEND, name())) {
                int half = buffers[0].remaining() / 2;
                super.append(buffers[0].slice().limit(half));
                torn = half;
                plan.check(Operation.TORN_APPEND, name());
            }
            if (torn > 0) {
                throw new AssertionError("the log appends behind a torn write that it did not cut");
            }
            super.append(buffers);
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            plan.check(Operation.READ, name());
            Interruption interruption = plan.takeInterruption(name(), target.remaining());
            if (interruption == null) {
                return super.read(target, position);
            }
            int limit = target.limit();
            int before = super.read(target.limit(target.position() + interruption.bytesRead), position);
            interruption.action.run();
            return before + super.read(target.limit(limit), position + before);
        }

        @Override
        public void force() throws IOException {
            plan.check(Operation.FORCE, name());
            super.force();
            plan.forcing(name());
        }

        @Override
        public void truncate(long size) throws IOException {
            plan.check(Operation.TRUNCATE, name());
            super.truncate(Math.min(size, size()));
            torn = 0;
        }
    }
}
