package io.penstock.server.storage;

import java.io.IOException;

/** Asks how much room a file system has. Blocks, shortly. */
public interface SpaceProbe {

    /** What can be written there, in bytes. */
    long usableBytes() throws IOException;
}
