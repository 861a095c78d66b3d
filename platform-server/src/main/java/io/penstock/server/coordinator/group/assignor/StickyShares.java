package io.penstock.server.coordinator.group.assignor;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Who has what while a sticky assignment is made. Members and topics are numbers here, in their order.
 *
 * <p>Balancing is the search for cost-reducing paths (Harvey, Ladner, Lovász and Tamir, <i>Semi-matchings for bipartite
 * graphs and load balancing</i>): along a path every member gives one partition to the next, who reads its topic too,
 * and the last one had at least two less than the first. When there is no such path, no assignment is more even. A path
 * is searched breadth first, so that the fewest partitions move, and each topic is looked at once.
 */
final class StickyShares {

    private static final int NOBODY = -1;

    private final GroupSpec group;
    private final int[][] readers;
    /** By topic and partition. */
    private final int[][] owners;
    /** By member: the partitions by topic; no topic without partitions. */
    private final List<NavigableMap<Integer, NavigableSet<Integer>>> shares;

    private final int[] loads;
    /** Members, those that have most first. */
    private final NavigableSet<Integer> byLoad;

    StickyShares(GroupSpec group) {
        this.group = group;
        int members = group.members().size();
        int topics = group.topics().size();
        this.readers = new int[topics][];
        this.owners = new int[topics][];
        this.shares = Stream.generate(() ->
                        (NavigableMap<Integer, NavigableSet<Integer>>) new TreeMap<Integer, NavigableSet<Integer>>())
                .limit(members)
                .toList();
        this.loads = new int[members];
        this.byLoad = new TreeSet<>((one, other) ->
                loads[one] != loads[other] ? Integer.compare(loads[other], loads[one]) : Integer.compare(one, other));
        IntStream.range(0, members).forEach(byLoad::add);
        for (int topic = 0; topic < topics; topic++) {
            UUID id = group.topics().get(topic).id();
            readers[topic] = IntStream.range(0, members)
                    .filter(member -> group.members().get(member).topics().contains(id))
                    .toArray();
            owners[topic] = new int[group.topics().get(topic).partitions()];
            Arrays.fill(owners[topic], NOBODY);
        }
    }

    /** Everybody keeps what they have, if it exists and they read it. */
    void keepCurrent() {
        Map<UUID, Integer> numbers = new HashMap<>();
        for (int topic = 0; topic < owners.length; topic++) {
            numbers.put(group.topics().get(topic).id(), topic);
        }
        for (int member = 0; member < loads.length; member++) {
            AssignedMember reader = group.members().get(member);
            for (TopicIdPartition partition : reader.current()) {
                Integer topic = numbers.get(partition.topicId());
                if (topic != null
                        && reader.topics().contains(partition.topicId())
                        && partition.partition() < owners[topic].length
                        && owners[topic][partition.partition()] == NOBODY) {
                    give(topic, partition.partition(), member);
                }
            }
        }
    }

    /** What nobody has goes to the reader that has least. */
    void giveRest() {
        for (int topic = 0; topic < owners.length; topic++) {
            for (int partition = 0; partition < owners[topic].length && readers[topic].length > 0; partition++) {
                if (owners[topic][partition] == NOBODY) {
                    give(topic, partition, leastLoaded(readers[topic]));
                }
            }
        }
    }

    private int leastLoaded(int[] candidates) {
        int least = candidates[0];
        for (int candidate : candidates) {
            if (loads[candidate] < loads[least]) {
                least = candidate;
            }
        }
        return least;
    }

    /**
     * Moves partitions until it can't be more even. Each time the one that has most and can give does: were it another,
     * what it gave could be missed afterwards, and more would move than has to.
     */
    void balance() {
        while (giveOne()) {}
    }

    private boolean giveOne() {
        for (int source : byLoad) {
            if (giveAlongPath(source)) {
                return true; // and the order is another one
            }
        }
        return false;
    }

    private boolean giveAlongPath(int source) {
        if (loads[source] < loads[byLoad.last()] + 2) {
            return false;
        }
        int members = loads.length;
        int[] givers = new int[members];
        int[] topics = new int[members];
        int[] distances = new int[members];
        Arrays.fill(distances, -1);
        BitSet seenTopics = new BitSet(owners.length);
        ArrayDeque<Integer> frontier = new ArrayDeque<>();
        distances[source] = 0;
        frontier.add(source);
        int sink = NOBODY;
        while (!frontier.isEmpty()) {
            int giver = frontier.remove();
            if (sink != NOBODY && distances[giver] >= distances[sink]) {
                break;
            }
            for (int topic : shares.get(giver).keySet()) {
                if (seenTopics.get(topic)) {
                    continue;
                }
                seenTopics.set(topic);
                for (int taker : readers[topic]) {
                    if (distances[taker] < 0) {
                        distances[taker] = distances[giver] + 1;
                        givers[taker] = giver;
                        topics[taker] = topic;
                        frontier.add(taker);
                        if (loads[taker] <= loads[source] - 2 && (sink == NOBODY || loads[taker] < loads[sink])) {
                            sink = taker;
                        }
                    }
                }
            }
        }
        for (int taker = sink; taker != NOBODY && taker != source; taker = givers[taker]) {
            give(topics[taker], shares.get(givers[taker]).get(topics[taker]).last(), taker);
        }
        return sink != NOBODY;
    }

    private void give(int topic, int partition, int member) {
        int before = owners[topic][partition];
        if (before != NOBODY) {
            shares.get(before)
                    .computeIfPresent(topic, (key, share) -> share.remove(partition) && share.isEmpty() ? null : share);
            addLoad(before, -1);
        }
        shares.get(member).computeIfAbsent(topic, key -> new TreeSet<>()).add(partition);
        addLoad(member, 1);
        owners[topic][partition] = member;
    }

    private void addLoad(int member, int partitions) {
        byLoad.remove(member);
        loads[member] += partitions;
        byLoad.add(member);
    }

    Map<String, Set<TopicIdPartition>> toAssignment() {
        Map<String, Set<TopicIdPartition>> assignment = new HashMap<>();
        group.members().forEach(member -> assignment.put(member.memberId(), new TreeSet<>()));
        for (int topic = 0; topic < owners.length; topic++) {
            UUID id = group.topics().get(topic).id();
            for (int partition = 0; partition < owners[topic].length; partition++) {
                if (owners[topic][partition] != NOBODY) {
                    assignment
                            .get(group.members().get(owners[topic][partition]).memberId())
                            .add(new TopicIdPartition(id, partition));
                }
            }
        }
        return assignment;
    }
}
