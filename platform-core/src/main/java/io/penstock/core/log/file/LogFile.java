package io.penstock.core.log.file;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A file that grows at its end and is read anywhere.
 *
 * <p>One thread at a time appends and truncates; any number of threads read meanwhile, and one may force. A file that
 * was opened stays usable when its name is renamed or deleted. Bytes are durable after {@link #force()}, and no
 * earlier. Callers' threads must not be interrupted: an interrupt closes the file for everybody.
 */
public interface LogFile extends AutoCloseable {

    /** The name inside its directory, as it was opened. */
    String name();

    /** The length in bytes, which an append that failed does not change. */
    long size();

    /**
     * Writes all the remaining bytes of all the buffers at the end, in order, as one gathering write where possible.
     *
     * @throws NoSpaceException if the device or quota is full
     * @throws IOException if not everything could be written; {@link #size()} is unchanged then, bytes behind it are
     *     undefined until {@link #truncate} and the next append overwrites them
     */
    void append(ByteBuffer... buffers) throws IOException;

    /**
     * Reads from a position until the target is full or the file ends.
     *
     * @return the number of bytes read, less than asked for only at the end of the file, 0 beyond it
     */
    int read(ByteBuffer target, long position) throws IOException;

    /**
     * Makes everything that was appended before this call durable.
     *
     * @throws IOException if that is not certain. A second call that succeeds proves nothing then: the file must be
     *     given up
     */
    void force() throws IOException;

    /**
     * Cuts the file; a size at or beyond the end changes nothing but the bytes that a failed append left there.
     *
     * @param size the new length in bytes, 0 or more
     */
    void truncate(long size) throws IOException;

    /** Says that nobody is about to use the file: what it costs to have it ready can be saved. It stays usable. */
    default void rest() {}

    /** Gives the file up without forcing it. A second call does nothing. */
    @Override
    void close() throws IOException;
}
