package io.penstock.server.metadata.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** What every metadata store does. */
public interface MetadataStoreContract {

    Duration PATIENCE = Duration.ofSeconds(20);

    /** A store in which nothing was committed; the implementer closes it. */
    MetadataStore newStore();

    /** Ends the store's session and opens what it left. */
    MetadataStore reopened(MetadataStore store);

    @Test
    default void createsUpdatesAndDeletesByVersion() {
        MetadataStore store = newStore();
        commit(store, create("a", "1"));
        StoreImage updated = commit(store, update("a", "2", 0));
        assertThat(updated.entry("a")).isEqualTo(new StoreEntry(bytes("2"), 1, false));

        StoreImage deleted = commit(store, new StoreOperation.Delete("a", 1));

        assertThat(deleted.entries()).isEmpty();
        assertThat(deleted.revision()).isEqualTo(3);
        assertThat(store.current()).isEqualTo(deleted);
    }

    @Test
    default void commitsAllOrNothing() {
        MetadataStore store = newStore();
        commit(store, create("a", "1"));

        assertThatThrownBy(() -> commit(store, create("b", "1"), update("a", "2", 7)))
                .isInstanceOf(StoreConflictException.class);
        assertThatThrownBy(() -> commit(store, create("b", "1"), create("a", "1")))
                .isInstanceOf(StoreConflictException.class);
        assertThatThrownBy(() -> commit(store, create("b", "1"), new StoreOperation.Delete("c", 0)))
                .isInstanceOf(StoreConflictException.class);
        assertThatThrownBy(() -> commit(store, create("b", "1"), new StoreOperation.Check("a", 1)))
                .isInstanceOf(StoreConflictException.class);

        assertThat(store.current().entries()).containsOnlyKeys("a");
        assertThat(commit(store, create("b", "1"), new StoreOperation.Check("a", 0))
                        .entries())
                .containsOnlyKeys("a", "b");
    }

    @Test
    default void letsOneOfManyWinTheSameVersion() {
        MetadataStore store = newStore();
        commit(store, create("a", "0"));

        Long winners = Flux.range(0, 20)
                .flatMap(i -> store.commit(List.of(update("a", "w" + i, 0)))
                        .map(image -> 1)
                        .onErrorResume(StoreConflictException.class, e -> Mono.empty()))
                .count()
                .block(PATIENCE);

        assertThat(winners).isEqualTo(1);
    }

    @Test
    default void showsImagesInOrderAndTheLatestToTheSlow() {
        MetadataStore store = newStore();
        StepVerifier.create(store.watch().map(StoreImage::revision), 1)
                .expectNext(0L)
                .then(() -> IntStream.range(0, 10).forEach(i -> commit(store, create("k" + i, "v"))))
                .thenRequest(1)
                .expectNext(10L)
                .thenRequest(Long.MAX_VALUE)
                .then(() -> commit(store, create("last", "v")))
                .expectNext(11L)
                .then(() -> store.close().block(PATIENCE))
                .expectComplete()
                .verify(PATIENCE);
    }

    @Test
    default void keepsEntriesAndVersionsOverSessionsButNotEphemeralOnes() {
        MetadataStore store = newStore();
        commit(store, create("a", "1"), new StoreOperation.Create("session", bytes("x"), true));
        commit(store, update("a", "2", 0), create("b", "1"));
        commit(store, new StoreOperation.Delete("b", 0));
        assertThat(store.current().entries()).containsOnlyKeys("a", "session");

        MetadataStore again = reopened(store);

        assertThat(again.current().entries()).containsOnlyKeys("a");
        assertThat(again.current().entry("a")).isEqualTo(new StoreEntry(bytes("2"), 1, false));
        assertThat(commit(again, update("a", "3", 1)).revision()).isGreaterThanOrEqualTo(4);
    }

    @Test
    default void refusesCommitsAfterItsEnd() {
        MetadataStore store = newStore();
        store.close().block(PATIENCE);

        assertThatThrownBy(() -> commit(store, create("a", "1"))).hasMessageContaining("closed");
    }

    static StoreImage commit(MetadataStore store, StoreOperation... operations) {
        return store.commit(List.of(operations)).block(PATIENCE);
    }

    static StoreOperation create(String key, String value) {
        return new StoreOperation.Create(key, bytes(value), false);
    }

    static StoreOperation update(String key, String value, int version) {
        return new StoreOperation.Update(key, bytes(value), version);
    }

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
