package io.penstock.server.metadata.store;

import java.util.Arrays;

/**
 * A value in the store. The array is never written to after it was handed in.
 *
 * @param value the bytes
 * @param version 0 at the creation, one more at each update
 * @param isEphemeral whether the entry goes with the session that made it
 */
public record StoreEntry(byte[] value, int version, boolean isEphemeral) {

    @Override
    public boolean equals(Object other) {
        return other instanceof StoreEntry entry
                && version == entry.version
                && isEphemeral == entry.isEphemeral
                && Arrays.equals(value, entry.value);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(value) * 31 + version;
    }

    @Override
    public String toString() {
        return "StoreEntry[" + value.length + " bytes, version " + version + (isEphemeral ? ", ephemeral]" : "]");
    }
}
