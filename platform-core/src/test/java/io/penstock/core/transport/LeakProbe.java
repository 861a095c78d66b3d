package io.penstock.core.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Collects what Netty's leak detector finds. Needs {@code -Dio.netty.leakDetection.level=paranoid}. */
public final class LeakProbe {

    private static final List<String> FOUND = new CopyOnWriteArrayList<>();

    static {
        ByteBufUtil.setLeakListener((resourceType, records) -> FOUND.add(resourceType + records));
    }

    private final int foundBefore = FOUND.size();

    /** Collects garbage, lets the detector look at it, and fails if a buffer was collected unreleased. */
    public void assertNone() {
        collectGarbage();
        UnpooledByteBufAllocator.DEFAULT.directBuffer(1).release(); // the detector reports when something is allocated
        assertThat(FOUND.subList(foundBefore, FOUND.size()))
                .as("buffers that were collected unreleased")
                .isEmpty();
    }

    private static void collectGarbage() {
        WeakReference<Object> canary = new WeakReference<>(new Object());
        TransportFixture.await("garbage was collected", () -> {
            System.gc();
            return canary.get() == null;
        });
    }
}
