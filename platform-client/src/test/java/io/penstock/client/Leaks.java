package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Collects what Netty's leak detector finds. Needs {@code -Dio.netty.leakDetection.level=paranoid}. */
public final class Leaks {

    private static final List<String> FOUND = new CopyOnWriteArrayList<>();

    static {
        ByteBufUtil.setLeakListener((resourceType, records) -> FOUND.add(resourceType + records));
    }

    private final int foundBefore = FOUND.size();

    /** Collects garbage, lets the detector look at it, and fails if a buffer was collected unreleased. */
    public void assertNone() {
        WeakReference<Object> canary = new WeakReference<>(new Object());
        Await.until("garbage was collected", () -> {
            System.gc();
            return canary.get() == null;
        });
        // the detector reports when something is allocated
        UnpooledByteBufAllocator.DEFAULT.directBuffer(1).release();
        assertThat(FOUND.subList(foundBefore, FOUND.size()))
                .as("buffers that were collected unreleased")
                .isEmpty();
    }
}
