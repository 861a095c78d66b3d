package io.penstock.core.log.file;

import io.penstock.core.log.file.SimulatedDisk.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;

/** An open file of a {@link SimulatedDisk}. */
final class SimulatedFile implements LogFile {

    private final SimulatedDisk disk;
    private final SimulatedInode inode;
    private final String path;
    private final int process;
    private volatile long size;
    private volatile boolean isClosed;

    SimulatedFile(SimulatedDisk disk, SimulatedInode inode, String path, int process) {
        this.disk = disk;
        this.inode = inode;
        this.path = path;
        this.process = process;
        this.size = inode.length();
    }

    @Override
    public String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void append(ByteBuffer... buffers) throws IOException {
        ensureOpen();
        int sum = 0;
        for (ByteBuffer buffer : buffers) {
            sum += buffer.remaining();
        }
        if (sum == 0) {
            return;
        }
        byte[] bytes = new byte[sum];
        int at = 0;
        for (ByteBuffer buffer : buffers) {
            int count = buffer.remaining();
            buffer.get(bytes, at, count);
            at += count;
        }
        disk.append(inode, bytes, (int) size, path, process);
        size += sum;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        ensureOpen();
        return disk.read(inode, target, position, path, process);
    }

    @Override
    public void force() throws IOException {
        ensureOpen();
        disk.force(inode, path, process);
    }

    @Override
    public void truncate(long newSize) throws IOException {
        ensureOpen();
        int end = (int) Math.min(newSize, size);
        if (end < inode.length()) {
            disk.change(Operation.TRUNCATE, path, process, () -> inode.truncate(end));
        }
        size = end;
    }

    private void ensureOpen() throws IOException {
        disk.ensureAlive(process);
        if (isClosed) {
            throw new ClosedChannelException();
        }
    }

    @Override
    public void close() {
        isClosed = true;
    }

    @Override
    public String toString() {
        return path;
    }
}
