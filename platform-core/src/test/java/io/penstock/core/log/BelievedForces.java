package io.penstock.core.log;

import io.penstock.core.log.file.ForwardingDirectory;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.LogFile;
import java.io.IOException;

/** Tries a force again when it failed, and believes the answer: what no log may do. */
final class BelievedForces extends ForwardingDirectory {

    BelievedForces(LogDirectory real) {
        super(real);
    }

    @Override
    protected LogDirectory around(LogDirectory child) {
        return new BelievedForces(child);
    }

    @Override
    protected LogFile around(LogFile file) {
        return new ForwardingFile(file) {
            @Override
            public void force() throws IOException {
                try {
                    super.force();
                } catch (IOException e) {
                    super.force();
                }
            }
        };
    }
}
