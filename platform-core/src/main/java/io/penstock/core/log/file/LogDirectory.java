package io.penstock.core.log.file;

import java.io.IOException;
import java.util.List;
import java.util.function.Predicate;

/**
 * A directory of {@link LogFile}s and of further directories. Names are plain: no separators, not {@code .} or
 * {@code ..}. Creations, renames and deletions are durable after {@link #force()}. Safe for any thread, as far as two of
 * them do not change the same name.
 */
public interface LogDirectory {

    /** Where it is, for messages. */
    String path();

    /** Opens a file, and creates it if it is missing. Each call gives a file of its own, to be closed. */
    LogFile open(String name) throws IOException;

    /** Tells whether there is a file of that name. */
    boolean exists(String name) throws IOException;

    /** The names of its files, sorted. */
    List<String> list() throws IOException;

    /** Gives a file or a child another name, atomically. A file of the new name is replaced. */
    void rename(String from, String to) throws IOException;

    /** Deletes a file; one that is missing is none to delete. */
    void delete(String name) throws IOException;

    /**
     * Deletes all its files of certain names.
     *
     * @return whether there was one
     */
    default boolean deleteIf(Predicate<String> which) throws IOException {
        boolean isAny = false;
        for (String name : list()) {
            if (which.test(name)) {
                delete(name);
                isAny = true;
            }
        }
        return isAny;
    }

    /** Makes the names in this directory durable; not the bytes of its files, nor the names in its children. */
    void force() throws IOException;

    /** A directory inside this one, created if missing. */
    LogDirectory child(String name) throws IOException;

    /** The names of the directories inside this one, sorted. */
    List<String> children() throws IOException;

    /** Deletes a directory inside this one with all that it holds; one that is missing is none to delete. */
    void deleteChild(String name) throws IOException;
}
