package io.penstock.server.storage;

import io.penstock.core.log.file.ForwardingDirectory;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A directory that counts what is done to its files, and lets a test step in. */
final class ProbedDirectory extends ForwardingDirectory {

    /** Runs before or after an operation, on the thread that asked for it; may block or throw. */
    interface Step {
        /** @param path of the file */
        void run(String path) throws IOException;
    }

    /** What a directory and its children share. */
    static final class Probe {
        /** Forces of log files that came to their end. */
        final AtomicInteger forces = new AtomicInteger();

        /** Writes to log files. */
        final AtomicInteger writes = new AtomicInteger();

        /** Of all files. */
        final AtomicInteger reads = new AtomicInteger();

        final AtomicLong bytesRead = new AtomicLong();

        /** Of a log file. */
        volatile Step beforeForce = path -> {};

        /** When the device has a log file's bytes, and nobody knows. */
        volatile Step afterForce = path -> {};

        /** To a log file. */
        volatile Step beforeAppend = path -> {};

        /** Of a log file. */
        volatile Step beforeTruncate = path -> {};

        /** Of any file. */
        volatile Step beforeRead = path -> {};

        /** Before a write to a file that is no log, as those of recovery points are. */
        volatile Step beforePoints = path -> {};
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
        String path = path() + "/" + file.name();
        return path.endsWith(".log") ? new ProbedLog(file, path) : new ProbedFile(file, path);
    }

    private class ProbedFile extends ForwardingFile {

        final String path;

        ProbedFile(LogFile real, String path) {
            super(real);
            this.path = path;
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            probe.beforeRead.run(path);
            int read = super.read(target, position);
            probe.reads.incrementAndGet();
            probe.bytesRead.addAndGet(Math.max(0, read));
            return read;
        }

        @Override
        public final void append(ByteBuffer... buffers) throws IOException {
            beforeAppend();
            super.append(buffers);
        }

        void beforeAppend() throws IOException {
            probe.beforePoints.run(path);
        }
    }

    private final class ProbedLog extends ProbedFile {

        ProbedLog(LogFile real, String path) {
            super(real, path);
        }

        @Override
        void beforeAppend() throws IOException {
            probe.beforeAppend.run(path);
            probe.writes.incrementAndGet();
        }

        @Override
        public void force() throws IOException {
            probe.beforeForce.run(path);
            super.force();
            probe.afterForce.run(path);
            probe.forces.incrementAndGet();
        }

        @Override
        public void truncate(long size) throws IOException {
            probe.beforeTruncate.run(path);
            super.truncate(size);
        }
    }
}
