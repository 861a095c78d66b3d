package io.penstock.server.coordinator.group;

import io.penstock.core.error.PenstockException;
import io.penstock.server.coordinator.group.MemberMetadata.Subscription;
import io.penstock.server.metadata.MetadataImage;
import io.penstock.server.metadata.TopicRecord;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The topics that there are, and which of them subscriptions mean. What a pattern matches is kept, and only topics that
 * changed are matched again.
 */
final class SubscribedTopics {

    private static final int MAX_PATTERNS_KEPT = 10_000;

    private MetadataImage image = MetadataImage.EMPTY;
    /** By pattern: the names that it matches. */
    private final Map<String, Set<String>> matches = new HashMap<>();

    MetadataImage image() {
        return image;
    }

    /**
     * Follows a newer image.
     *
     * @return the names of topics that are new, gone, created again or have more partitions
     */
    Set<String> follow(MetadataImage newer) {
        Set<String> changed = new TreeSet<>();
        image.topics().forEach(topic -> addIfChanged(changed, topic, newer.topic(topic.name())));
        newer.topics().forEach(topic -> addIfChanged(changed, topic, image.topic(topic.name())));
        image = newer;
        matches.forEach((pattern, names) -> changed.forEach(name -> {
            if (newer.topic(name) != null && isMatch(TopicPattern.of(pattern), name)) {
                names.add(name);
            } else {
                names.remove(name);
            }
        }));
        return changed;
    }

    private static void addIfChanged(Set<String> changed, TopicRecord topic, @Nullable TopicRecord other) {
        if (other == null
                || !other.id().equals(topic.id())
                || other.partitions().size() != topic.partitions().size()) {
            changed.add(topic.name());
        }
    }

    /** The topics that exist and that a subscription means, by name. */
    SortedMap<String, TopicRecord> of(Subscription subscription) {
        SortedMap<String, TopicRecord> topics = new TreeMap<>();
        subscription.topics().forEach(name -> put(topics, name));
        subscription.patterns().forEach(pattern -> matchesOf(pattern).forEach(name -> put(topics, name)));
        return topics;
    }

    private void put(SortedMap<String, TopicRecord> topics, String name) {
        TopicRecord topic = image.topic(name);
        if (topic != null) {
            topics.put(name, topic);
        }
    }

    /** All topics that some of the subscriptions mean, by name. */
    SortedMap<String, TopicRecord> of(Collection<Subscription> subscriptions) {
        SortedMap<String, TopicRecord> topics = new TreeMap<>();
        subscriptions.forEach(subscription -> topics.putAll(of(subscription)));
        return topics;
    }

    private Set<String> matchesOf(String pattern) {
        if (matches.size() >= MAX_PATTERNS_KEPT) {
            matches.clear();
        }
        return matches.computeIfAbsent(pattern, key -> {
            TopicPattern compiled = TopicPattern.of(pattern);
            Set<String> names = new TreeSet<>();
            for (TopicRecord topic : image.topics()) {
                if (isMatch(compiled, topic.name())) {
                    names.add(topic.name());
                }
            }
            return names;
        });
    }

    /**
     * Refuses patterns that are none, or that take too long on a topic that there is. A topic that takes too long
     * and comes later is not matched.
     *
     * @throws PenstockException INVALID_REGULAR_EXPRESSION
     */
    void check(Subscription subscription) {
        for (String pattern : subscription.patterns()) {
            if (!matches.containsKey(pattern)) {
                TopicPattern compiled = TopicPattern.of(pattern);
                for (TopicRecord topic : image.topics()) {
                    if (compiled.matches(topic.name()) == TopicPattern.Match.TOO_LONG) {
                        throw TopicPattern.invalid(pattern, "to match '" + topic.name() + "' takes too long");
                    }
                }
            }
        }
    }

    /** Tells whether a subscription means a topic, which may be gone. */
    boolean isRead(Subscription subscription, String topic) {
        return subscription.topics().contains(topic)
                || subscription.patterns().stream().anyMatch(pattern -> isMatch(TopicPattern.of(pattern), topic));
    }

    private static boolean isMatch(TopicPattern pattern, String name) {
        return pattern.matches(name) == TopicPattern.Match.YES;
    }

    /** What is to be different when topics, their ids or numbers of partitions are: FNV-1a over them; 0 for none. */
    static long hash(Collection<TopicRecord> topicsByName) {
        long hash = 0;
        for (TopicRecord topic : topicsByName) {
            hash = mix(hash, topic.id().getMostSignificantBits());
            hash = mix(hash, topic.id().getLeastSignificantBits());
            hash = mix(hash, topic.partitions().size());
        }
        return hash;
    }

    private static long mix(long hash, long value) {
        long mixed = hash == 0 ? 0xcbf2_9ce4_8422_2325L : hash;
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            mixed = (mixed ^ value >>> shift & 0xff) * 0x100_0000_01b3L;
        }
        return mixed;
    }
}
