package io.penstock.client.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.client.producer.BufferMemory.Claim;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class BufferMemoryTest {

    @Property
    void neverGivesMoreThanThereIsAndForgetsNobody(@ForAll long seed) {
        Random random = new Random(seed);
        BufferMemory memory = new BufferMemory(1000);
        ArrayDeque<Long> held = new ArrayDeque<>();
        List<Claim> claims = new ArrayList<>();
        for (int step = 0; step < 300; step++) {
            long bytes = 1 + random.nextInt(400);
            switch (random.nextInt(4)) {
                case 0 -> {
                    if (memory.tryReserve(bytes)) {
                        held.add(bytes);
                    }
                }
                case 1 -> claims.add(memory.claim(bytes, () -> {}));
                case 2 -> {
                    if (!held.isEmpty()) {
                        memory.release(held.poll());
                    }
                }
                default -> {
                    if (!claims.isEmpty()) {
                        claims.remove(random.nextInt(claims.size())).cancel();
                    }
                }
            }
            long granted = claims.stream()
                    .filter(Claim::isGranted)
                    .mapToLong(Claim::bytes)
                    .sum();
            long used = held.stream().mapToLong(Long::longValue).sum() + granted;
            assertThat(memory.usedBytes()).isEqualTo(used).isBetween(0L, 1000L);
        }
        held.forEach(memory::release);
        while (!claims.isEmpty()) {
            Claim first = claims.remove(0);
            assertThat(first.isGranted())
                    .as("the first of the line is served when all is given back")
                    .isTrue();
            first.cancel();
        }
        assertThat(memory.usedBytes()).isZero();
        assertThat(memory.isContended()).isFalse();
    }

    @Test
    void servesTheLineInOrderAndLetsNobodyOvertake() {
        BufferMemory memory = new BufferMemory(100);
        assertThat(memory.tryReserve(80)).isTrue();
        List<String> served = new ArrayList<>();
        memory.claim(50, () -> served.add("large"));
        memory.claim(10, () -> served.add("small"));
        assertThat(memory.tryReserve(10)).as("there is room, but others wait").isFalse();
        assertThat(memory.isContended()).isTrue();
        memory.release(20);
        assertThat(served).isEmpty();
        memory.release(60);
        assertThat(served).containsExactly("large", "small");
        assertThat(memory.usedBytes()).isEqualTo(60);
    }

    @Test
    void refusesWhatCanNeverBeHad() {
        assertThatThrownBy(() -> new BufferMemory(10).claim(11, () -> {})).isInstanceOf(IllegalArgumentException.class);
    }
}
