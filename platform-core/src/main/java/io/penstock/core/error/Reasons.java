package io.penstock.core.error;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Java's exceptions in words for whoever does not know its classes: an operator, or a client in another language. */
public final class Reasons {

    private Reasons() {}

    /** What happened, without the name of a class. */
    public static String of(Throwable error) {
        if (error instanceof FileSystemException file) {
            return ofFile(file);
        }
        if (error instanceof UnknownHostException || error instanceof UnresolvedAddressException) {
            return "nobody knows a host of that name";
        }
        if (error instanceof ClosedChannelException) {
            return "it was closed";
        }
        String message = error.getMessage();
        if (error instanceof ConnectException && message != null && message.contains("refused")) {
            return "connection refused"; // without the system call's name and number
        }
        return message == null ? "there is no more to be known" : message;
    }

    private static String ofFile(FileSystemException error) {
        String what = error.getReason();
        if (what == null) {
            what = error instanceof NoSuchFileException
                    ? "no such file or directory"
                    : error instanceof AccessDeniedException
                            ? "permission denied"
                            : error instanceof FileAlreadyExistsException
                                    ? "it exists already"
                                    : "the file system refused";
        }
        return error.getFile() == null ? what : error.getFile() + ": " + what;
    }
}
