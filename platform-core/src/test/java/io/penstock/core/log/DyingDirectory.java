package io.penstock.core.log;

import io.penstock.core.log.file.ForwardingDirectory;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A directory that does so many changes and then nothing any more, as if the process had died before the next one. */
final class DyingDirectory extends ForwardingDirectory {

    /** How many changes are left, shared by a directory and its children. */
    static final class Life {

        private long left = Long.MAX_VALUE;
        private boolean isOver;

        void endAfter(long changes) {
            left = changes;
        }

        boolean isOver() {
            return isOver;
        }

        private void change() throws IOException {
            if (isOver || left-- == 0) {
                isOver = true;
                throw new IOException("the process has died");
            }
        }
    }

    private final Life life;

    DyingDirectory(LogDirectory real, Life life) {
        super(real);
        this.life = life;
    }

    @Override
    public LogFile open(String name) throws IOException {
        if (!exists(name)) {
            life.change();
        }
        return super.open(name);
    }

    @Override
    protected LogDirectory around(LogDirectory child) {
        return new DyingDirectory(child, life);
    }

    @Override
    protected LogFile around(LogFile file) {
        return new DyingFile(file, life);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        life.change();
        super.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
        life.change();
        super.delete(name);
    }

    @Override
    public void force() throws IOException {
        life.change();
        super.force();
    }

    @Override
    public void deleteChild(String name) throws IOException {
        life.change();
        super.deleteChild(name);
    }

    private static final class DyingFile extends ForwardingFile {

        private final Life life;

        DyingFile(LogFile real, Life life) {
            super(real);
            this.life = life;
        }

        @Override
        public void append(ByteBuffer... buffers) throws IOException {
            life.change();
            super.append(buffers);
        }

        @Override
        public void force() throws IOException {
            life.change();
            super.force();
        }

        @Override
        public void truncate(long size) throws IOException {
            life.change();
            super.truncate(size);
        }
    }
}
