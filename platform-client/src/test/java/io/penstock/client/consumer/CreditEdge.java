package io.penstock.client.consumer;

import io.penstock.client.Await;
import io.penstock.core.model.TopicPartition;
import java.lang.reflect.Field;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * FINDINGS 1: rsocket-java sends no more REQUEST_N once the credit of a stream adds up to 2^31 − 1. Brings RSocket's
 * own count of a live stream to its edge, as a long life would, and this client's to its limit of 2^30; without the
 * replacement of the stream nothing is received any more.
 */
final class CreditEdge {

    private static final long REQUEST_MASK = 0x7fff_ffffL;

    private CreditEdge() {}

    /** Ages the stream of a consumer that reads one partition. */
    static void reach(Consumer<?, ?> consumer) throws Exception {
        PartitionFetch partition = partition((FetchingConsumer<?, ?>) consumer);
        CompletableFuture<Void> aged = new CompletableFuture<>();
        partition.execute(() -> {
            try {
                age((FetchStream) get(partition, "stream"));
                aged.complete(null);
            } catch (AssertionError | RuntimeException e) {
                aged.completeExceptionally(e);
            }
        });
        aged.get(Await.TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    }

    @SuppressWarnings("unchecked")
    private static PartitionFetch partition(FetchingConsumer<?, ?> consumer) {
        PartitionSet set =
                ((Set<PartitionSet>) get(consumer, "subscriptions")).iterator().next();
        return ((Map<TopicPartition, PartitionFetch>) get(set, "partitions"))
                .values()
                .iterator()
                .next();
    }

    @SuppressWarnings("unchecked")
    private static void age(FetchStream stream) {
        Object requester = get(get(stream, "subscription"), "s"); // behind the operator that counts streams
        AtomicLongFieldUpdater<Object> state = (AtomicLongFieldUpdater<Object>) get(requester, "STATE");
        state.set(requester, state.get(requester) & ~REQUEST_MASK | REQUEST_MASK - 4);
        try {
            field(stream, "granted").setLong(stream, FetchingConsumer.ELEMENTS_PER_STREAM - 2);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    private static Object get(Object owner, String name) {
        try {
            return field(owner, name).get(owner);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    private static Field field(Object owner, String name) {
        try {
            Field field = owner.getClass().getDeclaredField(name);
            field.setAccessible(true);
            return field;
        } catch (NoSuchFieldException e) {
            throw new AssertionError(e);
        }
    }
}
