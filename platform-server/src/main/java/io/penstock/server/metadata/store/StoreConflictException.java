package io.penstock.server.metadata.store;

/** A commit named a version that is no longer the entry's, or made an entry that exists: read again and decide again. */
public final class StoreConflictException extends RuntimeException {

    public StoreConflictException(String message) {
        super(message);
    }
}
