package io.penstock.server.storage;

import io.penstock.core.log.file.ForwardingDirectory;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/** A directory that counts the forces of log files, and lets a test step in before a write or a force. */
final class ProbedDirectory extends ForwardingDirectory {

    /** Runs before an operation on a log file; may block or throw. */
    interface Step {
        void run() throws IOException;
    }

    /** What a directory and its children share. */
    static final class Probe {
        final AtomicInteger forces = new AtomicInteger();
        final AtomicInteger writes = new AtomicInteger();
        volatile Step beforeForce = () -> {};
        volatile Step beforeAppend = () -> {};
        volatile Step beforeTruncate = () -> {};

        /** Before a write to a file that is no log, as those of recovery points are. */
        volatile Step beforePoints = () -> {};
    }

    private final Probe probe;

    ProbedDirectory(LogDirectory real, Probe probe) {
        super(real);
        this.probe = probe;
    }

    @Override
    protected LogDirectory around(LogDirectory child) {
        return new ProbedDirectory(child, probe);
    }

    @Override
    protected LogFile around(LogFile file) {
        return file.name().endsWith(".log") ? new ProbedFile(file) : new OtherFile(file);
    }

    private final class OtherFile extends ForwardingFile {

        OtherFile(LogFile real) {
            super(real);
        }

        @Override
        public void append(ByteBuffer... buffers) throws IOException {
            probe.beforePoints.run();
            super.append(buffers);
        }
    }

    private final class ProbedFile extends ForwardingFile {

        ProbedFile(LogFile real) {
            super(real);
        }

        @Override
        public void append(ByteBuffer... buffers) throws IOException {
            probe.beforeAppend.run();
            probe.writes.incrementAndGet();
            super.append(buffers);
        }

        @Override
        public void force() throws IOException {
            probe.beforeForce.run();
            super.force();
            probe.forces.incrementAndGet();
        }

        @Override
        public void truncate(long size) throws IOException {
            probe.beforeTruncate.run();
            super.truncate(size);
        }
    }
}
