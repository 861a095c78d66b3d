package io.penstock.core.log.file;

import java.io.IOException;

/**
 * The operating system lets the process open no more files. Nothing is damaged, and what failed was not begun: it can succeed when
 * others were closed.
 */
public final class TooManyOpenFilesException extends IOException {

    private static final long serialVersionUID = 1L;

    public TooManyOpenFilesException(String path, Throwable cause) {
        super(
                "the operating system lets the process open no more files, " + path
                        + " for one: raise its limit (ulimit -n)",
                cause);
    }
}
