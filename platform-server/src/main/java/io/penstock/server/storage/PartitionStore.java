package io.penstock.server.storage;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.error.Reasons;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.model.TopicPartition;
import io.penstock.server.metadata.MetadataImage;
import io.penstock.server.metadata.TopicRecord;
import io.penstock.server.metadata.TopicSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** All partitions that this broker holds, by topic id and number. Safe for any thread; does not block. */
public final class PartitionStore {

    private static final Logger LOG = LoggerFactory.getLogger(PartitionStore.class);

    private record Key(UUID topicId, int partition) {}

    private final StorageContext context;
    private final TopicSettings defaults;
    private final Map<Key, Partition> partitions = new ConcurrentHashMap<>();
    private final Map<TopicPartition, Partition> leaving = new ConcurrentHashMap<>();
    private final StrayDirectories strays;
    private volatile MetadataImage image = MetadataImage.EMPTY;
    private volatile boolean isClosed;

    /** @param defaults what holds for a topic where it says nothing itself */
    public PartitionStore(StorageContext context, TopicSettings defaults) {
        this.context = context;
        this.defaults = defaults;
        this.strays = new StrayDirectories(id -> image.topic(id) != null);
        context.volumes().all().forEach(volume -> volume.onFailure(why -> giveUp(volume, why)));
    }

    private void giveUp(Volume volume, PenstockException why) {
        heldOn(volume).forEach(partition -> partition.giveUp(why));
    }

    private List<Partition> heldOn(Volume volume) {
        return partitions.values().stream()
                .filter(partition -> partition.volume() == volume)
                .toList();
    }

    /** Makes recovery points of all logs, but for those of which one is under way, and writes them. Blocks. */
    public void checkpoint() {
        for (Volume volume : context.volumes().all()) {
            new CheckpointRounds(volume, () -> heldOn(volume), Runnable::run).beat();
        }
    }

    /** Makes recovery points of all logs at each interval, on threads that force, each volume by itself. Until it is disposed of. */
    public Disposable checkpointEvery(Duration interval) {
        List<CheckpointRounds> rounds = context.volumes().all().stream()
                .map(volume -> new CheckpointRounds(volume, () -> heldOn(volume), context.forcers()))
                .toList();
        return context.timers()
                .schedulePeriodically(
                        () -> rounds.forEach(CheckpointRounds::beat),
                        interval.toMillis(),
                        interval.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    /**
     * A partition of a topic, which must have it. Takes no step to the disk. The topic may be of an older image.
     *
     * @throws PenstockException UNKNOWN_TOPIC_ID if the topic was deleted meanwhile, BROKER_CLOSING after {@link #close()}
     */
    public Partition partition(TopicRecord topic, int partition) {
        Key key = new Key(topic.id(), partition);
        Partition held = partitions.get(key);
        if (held != null) {
            return held;
        }
        if (isClosed) {
            throw new PenstockException(ErrorCode.BROKER_CLOSING, "the broker is shutting down");
        }
        Partition made = partitions.computeIfAbsent(key, k -> createIfTopicIsThere(topic, partition));
        TopicRecord current = image.topic(topic.id());
        if (current != null && !current.settings().equals(topic.settings())) {
            // the caller's topic is older than a change that could not find this partition yet
            made.configure(settingsOf(current));
        }
        return made;
    }

    /** In the map's hands: a deletion that this overlooks is not yet done, and takes what is made here. */
    private Partition createIfTopicIsThere(TopicRecord topic, int partition) {
        if (image.topic(topic.id()) == null) {
            throw new PenstockException(
                    ErrorCode.UNKNOWN_TOPIC_ID, "topic " + topic.name() + " with id " + topic.id() + " was deleted");
        }
        return create(topic, partition);
    }

    private Partition create(TopicRecord topic, int partition) {
        return new Partition(
                context,
                topic,
                partition,
                settingsOf(topic),
                strays,
                leaving.get(new TopicPartition(topic.name(), partition)));
    }

    /** The settings that hold for a topic. */
    public TopicSettings settingsOf(TopicRecord topic) {
        return defaults.withTopicValues(topic.settings());
    }

    /** The partitions that were asked for since the start and are still there. */
    public List<Partition> held() {
        return List.copyOf(partitions.values());
    }

    /** How many logs are open, with their files. */
    public long openLogs() {
        return partitions.values().stream()
                .filter(partition -> partition.openLog() != null)
                .count();
    }

    /** What readers have read from the logs since the start, in bytes. */
    public long bytesRead() {
        return partitions.values().stream()
                .map(Partition::openLog)
                .filter(Objects::nonNull)
                .mapToLong(PartitionLog::bytesRead)
                .sum();
    }

    /**
     * Takes notice of a change before anybody else sees it: partitions of topics that are gone leave the disk, soon, on
     * the appenders; a new topic of the same name waits for that by itself. Topics whose settings changed have the new ones
     * when this returns.
     */
    public void onChange(MetadataImage before, MetadataImage after) {
        image = after;
        after.topics().forEach(topic -> configure(before.topic(topic.id()), topic));
        before.topics().stream()
                .filter(topic -> after.topic(topic.id()) == null)
                .forEach(this::remove);
    }

    /**
     * Renames the directories of partitions whose topic does not exist, so that their names are free and somebody sees
     * them. Blocks; for the start, when the image is there and no partition was asked for.
     *
     * @throws IOException if a data directory can't be listed
     */
    public void setStraysAside() throws IOException {
        for (Volume volume : context.volumes().all()) {
            strays.setAllAside(volume);
        }
    }

    private void configure(@Nullable TopicRecord before, TopicRecord topic) {
        if (before == null || before.settings().equals(topic.settings())) {
            return;
        }
        TopicSettings settings = settingsOf(topic);
        partitions.forEach((key, partition) -> {
            if (key.topicId.equals(topic.id())) {
                partition.configure(settings);
            }
        });
    }

    /** All partitions of all topics, whether or not they were asked for; none once the store is closed. */
    public List<Partition> all() {
        return image.topics().stream()
                .flatMap(topic -> IntStream.range(0, topic.partitions().size())
                        .mapToObj(number -> unlessGone(topic, number))
                        .flatMap(Optional::stream))
                .toList();
    }

    private Optional<Partition> unlessGone(TopicRecord topic, int number) {
        try {
            return Optional.of(partition(topic, number));
        } catch (PenstockException e) {
            // the topic was deleted meanwhile, or the broker stops
            return Optional.empty();
        }
    }

    private void remove(TopicRecord topic) {
        List<Partition> gone = IntStream.range(0, topic.partitions().size())
                .mapToObj(number -> take(topic, number))
                .toList();
        gone.forEach(partition -> leaving.put(partition.name(), partition));
        context.appenders().execute(() -> {
            forget(gone);
            Map<Volume, Collection<String>> directories = directories();
            gone.forEach(partition -> {
                partition.delete(directories.getOrDefault(partition.volume(), List.of()));
                leaving.remove(partition.name(), partition);
            });
        });
    }

    private Map<Volume, Collection<String>> directories() {
        Map<Volume, Collection<String>> directories = new HashMap<>();
        for (Volume volume : context.volumes().all()) {
            try {
                directories.put(volume, Set.copyOf(volume.files().children()));
            } catch (IOException e) {
                LOG.warn("What was deleted can't be looked for in {}: {}", volume, e.toString());
            }
        }
        return directories;
    }

    /** All at once: each partition that leaves would write the recovery points anew. */
    private void forget(List<Partition> gone) {
        for (Volume volume : context.volumes().all()) {
            try {
                volume.forget(gone.stream()
                        .filter(partition -> partition.volume() == volume)
                        .map(Partition::name)
                        .toList());
            } catch (IOException e) {
                LOG.warn("The recovery points of {} can't be written: {}", volume, e.toString());
            }
        }
    }

    private Partition take(TopicRecord topic, int number) {
        Partition held = partitions.remove(new Key(topic.id(), number));
        return held != null ? held : create(topic, number);
    }

    /**
     * Flushes and closes all logs, on the appenders, and then marks the directories whose logs are all in good order. Work
     * starts on subscription and goes on after a cancel. Completes when all are closed and marked, and those that leave the
     * disk have left it: the next broker on the directory must not meet them. A log that fails is logged and does not keep
     * the others.
     */
    public Mono<Void> close() {
        Set<Volume> doubtful = ConcurrentHashMap.newKeySet();
        Scheduler appenders = Schedulers.fromExecutor(context.appenders());
        return Flux.defer(() -> {
                    isClosed = true;
                    return Flux.<Runnable>fromStream(Stream.concat(
                            held().stream().map(partition -> () -> close(partition, doubtful)),
                            List.copyOf(leaving.values()).stream().map(partition -> partition::delete)));
                })
                .flatMap(ending -> Mono.fromRunnable(ending).subscribeOn(appenders))
                .then(Mono.<Void>fromRunnable(() -> markClean(doubtful)).subscribeOn(appenders));
    }

    private static void close(Partition partition, Set<Volume> doubtful) {
        try {
            if (!partition.close()) {
                doubtful.add(partition.volume());
            }
        } catch (PenstockException e) {
            doubtful.add(partition.volume());
            LOG.error("The log of {} could not be closed: {}", partition, e.getMessage());
        } catch (RuntimeException e) {
            doubtful.add(partition.volume());
            LOG.error("The log of {} could not be closed", partition, e);
        }
    }

    private void markClean(Set<Volume> doubtful) {
        for (Volume volume : context.volumes().all()) {
            try {
                if (!doubtful.contains(volume)) {
                    volume.markClean();
                }
            } catch (IOException e) {
                LOG.warn(
                        "{} could not be marked as cleanly stopped, its logs will be looked through at the next start: {}",
                        volume,
                        Reasons.of(e));
            }
        }
    }
}
