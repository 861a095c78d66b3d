package io.penstock.cli.demo;

import com.sun.management.GarbageCollectionNotificationInfo;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import javax.management.ListenerNotFoundException;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.NotificationListener;
import javax.management.openmbean.CompositeData;

/**
 * The memory of this process: heap after each collection, which is what is really held, and direct memory of Netty and
 * of the JDK. Keeps the highest of both. Thread-safe.
 */
final class MemoryWatch implements AutoCloseable {

    private final Set<String> heapPools = ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .map(MemoryPoolMXBean::getName)
            .collect(Collectors.toSet());
    private final List<NotificationEmitter> collectors = new ArrayList<>();
    private final NotificationListener listener = (notification, ignored) -> onNotification(notification);
    private final AtomicLong heap = new AtomicLong();
    private final AtomicLong heapPeak = new AtomicLong();
    private final AtomicLong directPeak = new AtomicLong();

    MemoryWatch() {
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            if (collector instanceof NotificationEmitter emitter) {
                emitter.addNotificationListener(listener, null, null);
                collectors.add(emitter);
            }
        }
    }

    /** Direct memory now, in bytes; remembered if it is the most so far. */
    long sampleDirect() {
        long direct = Math.max(0, PlatformDependent.usedDirectMemory())
                + ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .filter(pool -> pool.getName().equals("direct"))
                        .mapToLong(BufferPoolMXBean::getMemoryUsed)
                        .sum();
        directPeak.accumulateAndGet(direct, Math::max);
        return direct;
    }

    /** Heap after the last collection, in bytes; 0 before the first. */
    long heap() {
        return heap.get();
    }

    /** The most heap after any collection, in bytes. */
    long heapPeak() {
        return heapPeak.get();
    }

    /** The most direct memory of all samples, in bytes. */
    long directPeak() {
        return directPeak.get();
    }

    @Override
    public void close() {
        for (NotificationEmitter collector : collectors) {
            try {
                collector.removeNotificationListener(listener);
            } catch (ListenerNotFoundException e) {
                throw new IllegalStateException("the listener was added to every collector", e);
            }
        }
    }

    private void onNotification(Notification notification) {
        if (notification.getType().equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION)) {
            onCollection(GarbageCollectionNotificationInfo.from((CompositeData) notification.getUserData()));
        }
    }

    private void onCollection(GarbageCollectionNotificationInfo collection) {
        long used = collection.getGcInfo().getMemoryUsageAfterGc().entrySet().stream()
                .filter(pool -> heapPools.contains(pool.getKey()))
                .map(java.util.Map.Entry::getValue)
                .mapToLong(MemoryUsage::getUsed)
                .sum();
        heap.set(used);
        heapPeak.accumulateAndGet(used, Math::max);
    }
}
