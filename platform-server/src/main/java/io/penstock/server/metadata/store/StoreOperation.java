package io.penstock.server.metadata.store;

/** One step of an atomic commit. A version that is named must be the entry's current one, or nothing is committed. */
public sealed interface StoreOperation {

    String key();

    /** Makes an entry that must not exist, with version 0. An ephemeral one goes with the session. */
    record Create(String key, byte[] value, boolean isEphemeral) implements StoreOperation {}

    /** Replaces an entry's value; its version becomes one more. */
    record Update(String key, byte[] value, int version) implements StoreOperation {}

    /** Removes an entry. */
    record Delete(String key, int version) implements StoreOperation {}

    /** Changes nothing, but lets the commit fail unless the entry has the version. */
    record Check(String key, int version) implements StoreOperation {}
}
