package io.penstock.core.log.file;

/** A directory of the real disk that forces nothing, for tests that cut no power and would mostly wait for it. */
public final class UnforcedDirectory extends ForwardingDirectory {

    public UnforcedDirectory(LogDirectory real) {
        super(real);
    }

    @Override
    public void force() {}

    @Override
    protected LogDirectory around(LogDirectory child) {
        return new UnforcedDirectory(child);
    }

    @Override
    protected LogFile around(LogFile file) {
        return new ForwardingFile(file) {
            @Override
            public void force() {}
        };
    }
}
