package io.penstock.core.record;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One header of a record. The value array is not copied; whoever shares it leaves it as it is.
 *
 * @param key the name, not necessarily unique
 * @param value the bytes, or null
 */
public record RecordHeader(String key, byte @Nullable [] value) {

    public RecordHeader {
        Objects.requireNonNull(key, "key");
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RecordHeader that && key.equals(that.key) && Arrays.equals(value, that.value);
    }

    @Override
    public int hashCode() {
        return 31 * key.hashCode() + Arrays.hashCode(value);
    }

    @Override
    public String toString() {
        return key + "=" + (value == null ? "null" : value.length + " bytes");
    }
}
