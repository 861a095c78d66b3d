package io.penstock.client.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class KeyLanesTest {

    private static final class Work extends KeyLanes.Turn<Work> {

        private final int key;
        private final int number;
        private final int size;

        Work(int key, int number, int size) {
            this.key = key;
            this.number = number;
            this.size = size;
        }
    }

    /** Whoever uses the lanes: takes work in its order, and finishes what runs in any. Looks at every step. */
    private static final class Crowd {

        private final Random random;
        private final KeyLanes.Bounds bounds;
        private final KeyLanes<Work> lanes;
        private final ArrayDeque<Work> source = new ArrayDeque<>();
        private final List<Work> running = new ArrayList<>();
        private final List<Work> suspended = new ArrayList<>();
        private final Map<Integer, Integer> finished = new HashMap<>();
        private final Map<Integer, Integer> inside = new HashMap<>();
        private int records;
        private long bytes;

        Crowd(Random random, KeyLanes.Bounds bounds) {
            this.random = random;
            this.bounds = bounds;
            this.lanes = new KeyLanes<>(bounds);
        }

        void supply(int works, int keys, int maxSize) {
            Map<Integer, Integer> numbers = new HashMap<>();
            for (int i = 0; i < works; i++) {
                int key = random.nextInt(keys);
                source.add(new Work(key, numbers.merge(key, 1, Integer::sum) - 1, random.nextInt(maxSize + 1)));
            }
        }

        void takeIn() {
            while (!source.isEmpty() && lanes.admits(source.peek().key)) {
                Work work = source.poll();
                assertThat(records).isLessThan(bounds.records());
                assertThat(bytes).isLessThan(bounds.bytes());
                assertThat(inside.getOrDefault(work.key, 0)).isLessThan(bounds.recordsOfAKey());
                inside.merge(work.key, 1, Integer::sum);
                records++;
                bytes += work.size;
                lanes.add(work.key, work, work.size);
            }
        }

        void begin() {
            for (Work next = lanes.next(); next != null; next = lanes.next()) {
                int key = next.key;
                assertThat(running).noneMatch(other -> other.key == key);
                assertThat(suspended).noneMatch(other -> other.key == key);
                assertThat(next.number).as("in the order of its key").isEqualTo(finished.getOrDefault(key, 0));
                running.add(next);
                assertThat(running.size()).isLessThanOrEqualTo(bounds.running());
            }
        }

        /** Finishes, suspends or resumes something; false if there is nothing. */
        boolean step() {
            boolean fromSuspended = running.isEmpty() || !suspended.isEmpty() && random.nextInt(4) == 0;
            List<Work> from = fromSuspended ? suspended : running;
            if (from.isEmpty()) {
                return false;
            }
            Work work = from.remove(random.nextInt(from.size()));
            if (random.nextInt(3) > 0) {
                finish(work);
            } else if (fromSuspended) {
                lanes.resume(work);
            } else {
                lanes.suspend(work);
                suspended.add(work);
            }
            return true;
        }

        void finish(Work work) {
            finished.put(work.key, work.number + 1);
            forget(work);
            lanes.finish(work);
        }

        void forget(Work work) {
            inside.merge(work.key, -1, Integer::sum);
            records--;
            bytes -= work.size;
        }

        int finishedOf(int key) {
            return finished.getOrDefault(key, 0);
        }

        int finished() {
            return finished.values().stream().mapToInt(Integer::intValue).sum();
        }
    }

    private static KeyLanes.Bounds bounds(Random random) {
        int running = 1 + random.nextInt(8);
        return new KeyLanes.Bounds(running, running + random.nextInt(40), 1 + random.nextInt(200));
    }

    @Property(tries = 500)
    void handlesEverythingInTheOrderOfItsKeyWithinTheBounds(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 30) int keys) {
        Random random = new Random(seed);
        Crowd crowd = new Crowd(random, bounds(random));
        crowd.supply(300, keys, 10);
        do {
            crowd.takeIn();
            crowd.begin();
        } while (crowd.step());
        assertThat(crowd.finished()).isEqualTo(300);
        assertThat(crowd.lanes.isEmpty()).isTrue();
        assertThat(crowd.lanes.hasRoom()).isTrue();
    }

    @Property(tries = 300)
    void handlesAllOtherKeysWhileOneNeverCompletes(@ForAll long seed) {
        Random random = new Random(seed);
        KeyLanes.Bounds bounds = new KeyLanes.Bounds(2 + random.nextInt(6), 40 + random.nextInt(40), Long.MAX_VALUE);
        Crowd crowd = new Crowd(random, bounds);
        crowd.supply(2_000, 20, 10);
        int stuck = 7;
        int ofStuck = bounds.recordsOfAKey();
        int[] left = {ofStuck};
        crowd.source.removeIf(work -> work.key == stuck && left[0]-- <= 0);
        int others = crowd.source.size()
                - (int) crowd.source.stream().filter(work -> work.key == stuck).count();
        do {
            crowd.takeIn();
            crowd.begin();
            crowd.running.removeIf(work -> work.key == stuck);
        } while (crowd.step());
        assertThat(crowd.finished()).isEqualTo(others);
        assertThat(crowd.finishedOf(stuck)).isZero();
        assertThat(crowd.source).isEmpty();
    }

    @Property(tries = 300)
    void goesOnWithTheOthersWhenSomeAreRemoved(@ForAll long seed) {
        Random random = new Random(seed);
        Crowd crowd = new Crowd(random, bounds(random));
        crowd.supply(200, 12, 10);
        int removed = 0;
        do {
            crowd.takeIn();
            crowd.begin();
            if (random.nextInt(10) == 0) {
                int remainder = random.nextInt(3);
                List<Work> gone = crowd.lanes.remove(work -> work.key % 3 == remainder);
                removed += gone.size();
                for (Work work : gone) {
                    assertThat(work.key % 3).isEqualTo(remainder);
                    crowd.finished.merge(work.key, 1, Integer::sum); // the next one of its key is the one after it
                    crowd.forget(work);
                    if (crowd.running.remove(work) | crowd.suspended.remove(work)) {
                        crowd.lanes.resume(work); // what comes too late does nothing
                        crowd.lanes.finish(work);
                    }
                }
            }
        } while (crowd.step() || !crowd.lanes.isEmpty() || !crowd.source.isEmpty());
        assertThat(crowd.source).isEmpty();
        assertThat(crowd.finished()).isEqualTo(200);
        assertThat(removed).isBetween(0, 200);
        assertThat(crowd.lanes.isEmpty()).isTrue();
    }

    @Test
    void removesFromTheMiddleOfALane() {
        KeyLanes<Work> lanes = new KeyLanes<>(new KeyLanes.Bounds(1, 40, 100));
        for (int number = 0; number < 5; number++) {
            lanes.add(1, new Work(1, number, 1), 1);
        }
        Work first = lanes.next();
        assertThat(lanes.remove(work -> work.number % 2 == 1)).hasSize(2);
        lanes.finish(first);
        Work second = lanes.next();
        assertThat(second.number).isEqualTo(2);
        lanes.add(1, new Work(1, 5, 1), 1);
        lanes.finish(second);
        Work third = lanes.next();
        assertThat(third.number).isEqualTo(4);
        lanes.finish(third);
        assertThat(lanes.next().number).isEqualTo(5);
    }

    @Test
    void letsAKeyThatIsSuspendedTakeNoPlace() {
        KeyLanes<Work> lanes = new KeyLanes<>(new KeyLanes.Bounds(1, 40, 100));
        lanes.add(1, new Work(1, 0, 1), 1);
        lanes.add(2, new Work(2, 0, 1), 1);
        Work first = lanes.next();
        assertThat(lanes.next()).isNull();
        lanes.suspend(first);
        Work other = lanes.next();
        assertThat(other.key).isEqualTo(2);
        lanes.resume(first);
        assertThat(lanes.next()).isNull();
        lanes.finish(other);
        assertThat(lanes.next()).isSameAs(first);
    }

    @Test
    void takesOneRecordThatIsLargerThanAllItMayHold() {
        KeyLanes<Work> lanes = new KeyLanes<>(new KeyLanes.Bounds(1, 4, 10));
        assertThat(lanes.admits(1)).isTrue();
        lanes.add(1, new Work(1, 0, 1_000), 1_000);
        assertThat(lanes.hasRoom()).isFalse();
        lanes.finish(lanes.next());
        assertThat(lanes.admits(1)).isTrue();
    }
}
