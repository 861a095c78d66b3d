package io.penstock.client.group;

import io.penstock.core.error.PenstockException;
import org.jspecify.annotations.Nullable;

/** Waits for a commit. */
public interface CommitWaiter {

    /** @param error null if all was committed */
    void onCommitted(@Nullable PenstockException error);
}
