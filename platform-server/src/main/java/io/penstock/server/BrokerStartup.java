package io.penstock.server;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.file.OpenFiles;
import io.penstock.core.protocol.GroupOffsets;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.Hello;
import io.penstock.core.protocol.Verb;
import io.penstock.core.record.BatchLimits;
import io.penstock.core.runtime.NodeRuntime;
import io.penstock.core.transport.Endpoint;
import io.penstock.server.controller.MetadataImages;
import io.penstock.server.controller.ProducerIdBlocks;
import io.penstock.server.controller.TopicController;
import io.penstock.server.controller.TopicPolicy;
import io.penstock.server.coordinator.GroupCoordinator;
import io.penstock.server.coordinator.GroupCoordinatorSettings;
import io.penstock.server.coordinator.group.GroupSettings;
import io.penstock.server.coordinator.group.assignor.BuiltInAssignors;
import io.penstock.server.metadata.BrokerRecord;
import io.penstock.server.metadata.TopicSettings;
import io.penstock.server.metadata.store.MetadataStore;
import io.penstock.server.metadata.store.local.LocalMetadataStore;
import io.penstock.server.request.AlterTopicHandler;
import io.penstock.server.request.CreateTopicHandler;
import io.penstock.server.request.DeleteRecordsHandler;
import io.penstock.server.request.DeleteTopicHandler;
import io.penstock.server.request.DescribeTopicHandler;
import io.penstock.server.request.FetchHandler;
import io.penstock.server.request.FetchLimits;
import io.penstock.server.request.FetchMetrics;
import io.penstock.server.request.FetchResources;
import io.penstock.server.request.GroupCoordinatorHandler;
import io.penstock.server.request.HelloHandler;
import io.penstock.server.request.ImageView;
import io.penstock.server.request.JoinGroupHandler;
import io.penstock.server.request.ListOffsetsHandler;
import io.penstock.server.request.ListTopicsHandler;
import io.penstock.server.request.MetadataHandler;
import io.penstock.server.request.OpenStreams;
import io.penstock.server.request.PartitionLookup;
import io.penstock.server.request.ProduceBudget;
import io.penstock.server.request.ProduceHandler;
import io.penstock.server.request.ProduceLimits;
import io.penstock.server.request.ProduceResources;
import io.penstock.server.request.ProducerIdHandler;
import io.penstock.server.request.RequestHandlers;
import io.penstock.server.request.ResponseHandler;
import io.penstock.server.request.TopicDescriptions;
import io.penstock.server.request.WatchMetadataHandler;
import io.penstock.server.rsocket.Listeners;
import io.penstock.server.storage.DataDirectories;
import io.penstock.server.storage.DataDirectory;
import io.penstock.server.storage.PartitionStore;
import io.penstock.server.storage.SpaceKeeper;
import io.penstock.server.storage.SpaceLimits;
import io.penstock.server.storage.StorageContext;
import io.penstock.server.storage.StorageEvent;
import io.penstock.server.storage.StorageEventMetrics;
import io.penstock.server.storage.StorageMetrics;
import io.penstock.server.storage.Volumes;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Puts a broker together, part by part, and takes it apart again if a part fails. Used once. */
final class BrokerStartup {

    /** Between two recovery points: what comes after the last is read after a crash. */
    private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(1);

    private static final String VERSION_UNLESS_PACKAGED = "development";

    private final BrokerConfig config;
    private final NodeRuntime runtime;
    private final boolean ownsRuntime;
    private final OpenStreams streams = new OpenStreams();
    private final Sinks.Empty<Void> ready = Sinks.empty();

    /** Undoes what is done, the latest first. */
    private final Deque<Mono<Void>> undoing = new ArrayDeque<>();

    BrokerStartup(BrokerConfig config, NodeRuntime runtime, boolean ownsRuntime) {
        this.config = config;
        this.runtime = runtime;
        this.ownsRuntime = ownsRuntime;
        if (ownsRuntime) {
            undoing.push(Mono.defer(runtime::close));
        }
    }

    /** Starts; whatever fails, nothing stays behind. */
    Mono<Broker> start() {
        return Mono.fromCallable(this::openDirectories)
                .subscribeOn(Schedulers.fromExecutor(runtime.appenders()))
                .flatMap(this::start)
                .onErrorResume(error -> undo().then(Mono.error(error)));
    }

    private DataDirectories openDirectories() {
        DataDirectories directories = DataDirectories.open(
                config.dataDirectories(),
                config.get(BrokerSettings.BROKER_ID),
                config.get(BrokerSettings.DATA_DIRS_INIT),
                () -> DataDirectory.idOf(
                        new UUID(runtime.random().nextLong(), runtime.random().nextLong())));
        undoing.push(onDisk(directories::close));
        return directories;
    }

    private Mono<Broker> start(DataDirectories directories) {
        StorageMetrics storageMetrics = new StorageMetrics(config.metrics(), runtime.nanoTime());
        Consumer<StorageEvent> events = new StorageEventMetrics(config.metrics()).andThen(config.storageEvents());
        OpenFiles openFiles = new OpenFiles(config.get(BrokerSettings.DATA_FILES_OPEN_MAX));
        return Mono.fromCallable(() -> Volumes.of(directories.volumes(
                        openFiles, config.get(BrokerSettings.DATA_RESERVE_BYTES), runtime.nanoTime(), events)))
                .flatMap(volumes -> LocalMetadataStore.open(
                                volumes.withMetadata().files(), runtime.appenders(), runtime.clock())
                        .flatMap(store -> {
                            undoing.push(store.close());
                            return start(directories.clusterId(), storage(volumes, storageMetrics, events), store);
                        }));
    }

    /** After everything that can refuse the directories: one that is refused stays as it was. */
    private StorageContext storage(Volumes volumes, StorageMetrics metrics, Consumer<StorageEvent> events) {
        try {
            volumes.begin();
            return new StorageContext(
                    volumes,
                    runtime.appenders(),
                    runtime.forcers(),
                    runtime.timers(),
                    runtime.clock(),
                    BatchLimits.DEFAULTS,
                    metrics,
                    events);
        } catch (IOException e) {
            throw new PenstockException(ErrorCode.STORAGE_ERROR, "the data directories can't be used: " + e, e);
        }
    }

    private Mono<Broker> start(String clusterId, StorageContext storage, MetadataStore store) {
        TopicSettings defaults = topicDefaults();
        StorageMetrics storageMetrics = storage.metrics();
        PartitionStore partitions = new PartitionStore(storage, defaults);
        undoing.push(partitions.close());
        undoing.push(Mono.fromRunnable(partitions.checkpointEvery(CHECKPOINT_INTERVAL)::dispose));
        SpaceKeeper space = spaceKeeper(partitions, storage);
        undoing.push(space.close());
        MetadataImages metadata = MetadataImages.follow(store, partitions::onChange);
        undoing.push(Mono.fromRunnable(metadata::close));
        TopicController topics = new TopicController(store, metadata, topicPolicy(), defaults, runtime.random());
        GroupCoordinator groups =
                new GroupCoordinator(groupSettings(), metadata, topics, partitions, runtime, config.metrics());
        undoing.push(Mono.fromRunnable(groups::close));
        ProduceBudget budget = new ProduceBudget(config.get(BrokerSettings.PRODUCE_INFLIGHT_MAX_BYTES));
        RequestHandlers handlers = withGroups(
                        handlers(clusterId, partitions, space, metadata, topics, new ProducerIdBlocks(store), budget),
                        groups)
                .build();
        return onDisk(() -> setStraysAside(partitions)).then(bind(handlers)).flatMap(listeners -> {
            undoing.push(listeners.close());
            List<Endpoint> endpoints = listeners.endpoints();
            Broker broker = new Broker(
                    config,
                    runtime,
                    clusterId,
                    endpoints,
                    new BrokerParts(listeners, streams, metadata, groups, partitions, budget, storageMetrics, undo()));
            return topics.register(new BrokerRecord(config.get(BrokerSettings.BROKER_ID), advertised(endpoints)))
                    .then(Mono.fromRunnable(space::start))
                    .then(Mono.fromRunnable(groups::start))
                    .then(Mono.fromRunnable(ready::tryEmitEmpty))
                    .thenReturn(broker);
        });
    }

    private void setStraysAside(PartitionStore partitions) {
        try {
            partitions.setStraysAside();
        } catch (IOException e) {
            throw new PenstockException(
                    ErrorCode.STORAGE_ERROR,
                    "the data directory " + config.get(BrokerSettings.DATA_DIR) + " can't be listed: " + e,
                    e);
        }
    }

    private SpaceKeeper spaceKeeper(PartitionStore partitions, StorageContext storage) {
        return new SpaceKeeper(
                partitions::all,
                storage,
                new SpaceLimits(
                        Duration.ofMillis(config.get(BrokerSettings.LOG_RETENTION_CHECK_INTERVAL_MS)),
                        Duration.ofMillis(config.get(BrokerSettings.LOG_CLEANER_BACKOFF_MS)),
                        config.get(BrokerSettings.COMPACTION_MAP_BYTES),
                        config.get(BrokerSettings.COMPACTION_IO_MAX_BYTES_PER_SECOND),
                        config.get(BrokerSettings.PRODUCER_ID_EXPIRATION_MS)),
                runtime.housekeeping(),
                runtime.nanoTime(),
                runtime.random());
    }

    private Mono<Listeners> bind(RequestHandlers handlers) {
        return Listeners.bind(
                config.endpoints(),
                config.transportLimits(),
                config.get(BrokerSettings.STREAMS_PER_CONNECTION_MAX),
                runtime.loops(),
                handlers,
                ready.asMono());
    }

    private TopicSettings topicDefaults() {
        return TopicSettings.DEFAULTS.withBrokerValues(Map.of(
                TopicSettings.MAX_MESSAGE_BYTES.key(),
                String.valueOf(config.get(BrokerSettings.MESSAGE_MAX_BYTES)),
                TopicSettings.RETENTION_MS.key(),
                String.valueOf(config.get(BrokerSettings.LOG_RETENTION_MS)),
                TopicSettings.RETENTION_BYTES.key(),
                String.valueOf(config.get(BrokerSettings.LOG_RETENTION_BYTES)),
                TopicSettings.DURABILITY.key(),
                config.get(BrokerSettings.DURABILITY).configValue(),
                TopicSettings.FLUSH_MESSAGES.key(),
                String.valueOf(config.get(BrokerSettings.LOG_FLUSH_INTERVAL_MESSAGES)),
                TopicSettings.FLUSH_MS.key(),
                String.valueOf(config.get(BrokerSettings.LOG_FLUSH_INTERVAL_MS))));
    }

    private TopicPolicy topicPolicy() {
        return new TopicPolicy(
                config.get(BrokerSettings.BROKER_ID),
                config.get(BrokerSettings.NUM_PARTITIONS),
                config.get(BrokerSettings.AUTO_CREATE_TOPICS),
                config.maxBatchBytes());
    }

    private List<String> advertised(List<Endpoint> endpoints) {
        List<String> configured = config.get(BrokerSettings.ADVERTISED_LISTENERS);
        return configured.isEmpty() ? endpoints.stream().map(Endpoint::toString).toList() : configured;
    }

    private RequestHandlers.Builder handlers(
            String clusterId,
            PartitionStore partitions,
            SpaceKeeper space,
            MetadataImages metadata,
            TopicController topics,
            ProducerIdBlocks producerIds,
            ProduceBudget budget) {
        int brokerId = config.get(BrokerSettings.BROKER_ID);
        long maxElements = config.get(BrokerSettings.FETCH_STREAM_MAX_ELEMENTS);
        Scheduler readers = Schedulers.fromExecutor(runtime.readers());
        PartitionLookup lookup = new PartitionLookup(metadata, partitions, brokerId);
        TopicDescriptions descriptions = new TopicDescriptions(partitions);
        ImageView view = new ImageView(clusterId, brokerId, topicDefaults());
        return RequestHandlers.builder()
                .on(Verb.HELLO, new HelloHandler(brokerId, clusterId, version(), helloLimits()))
                .on(Verb.METADATA, new MetadataHandler(metadata, topics, view))
                .on(Verb.WATCH_METADATA, new WatchMetadataHandler(metadata, view))
                .on(Verb.CREATE_TOPIC, new CreateTopicHandler(topics, descriptions))
                .on(Verb.LIST_TOPICS, new ListTopicsHandler(metadata))
                .on(Verb.DESCRIBE_TOPIC, new DescribeTopicHandler(lookup, descriptions, readers))
                .on(Verb.ALTER_TOPIC, new AlterTopicHandler(topics, descriptions, readers))
                .on(Verb.DELETE_TOPIC, new DeleteTopicHandler(topics))
                .on(
                        Verb.DELETE_RECORDS,
                        new DeleteRecordsHandler(lookup, space, Schedulers.fromExecutor(runtime.appenders())))
                .on(Verb.LIST_OFFSETS, new ListOffsetsHandler(lookup, readers))
                .on(Verb.PRODUCER_ID, new ProducerIdHandler(producerIds))
                .on(
                        Verb.PRODUCE,
                        new ProduceHandler(new ProduceResources(
                                new ProduceLimits(
                                        config.get(BrokerSettings.PRODUCE_CREDIT),
                                        maxElements,
                                        config.get(BrokerSettings.PRODUCE_CHANNELS_PER_CONNECTION_MAX)),
                                budget,
                                lookup,
                                streams)))
                .on(
                        Verb.FETCH,
                        new FetchHandler(
                                lookup,
                                new FetchResources(
                                        new FetchLimits(
                                                config.get(BrokerSettings.FETCH_ELEMENT_MAX_BYTES), maxElements),
                                        runtime.readers(),
                                        streams,
                                        new FetchMetrics(config.metrics(), runtime.nanoTime()))));
    }

    private RequestHandlers.Builder withGroups(RequestHandlers.Builder handlers, GroupCoordinator groups) {
        return handlers.on(Verb.GROUP_COORDINATOR, new GroupCoordinatorHandler(groups))
                .on(Verb.JOIN_GROUP, new JoinGroupHandler(groups, streams))
                .on(Verb.COMMIT_OFFSETS, ResponseHandler.of(GroupOffsets.Commit.class, groups::commit))
                .on(Verb.FETCH_OFFSETS, ResponseHandler.of(GroupOffsets.Fetch.class, groups::offsets))
                .on(Verb.DELETE_OFFSETS, ResponseHandler.of(GroupOffsets.Delete.class, groups::deleteOffsets))
                .on(Verb.LIST_GROUPS, ResponseHandler.of(Groups.ListRequest.class, groups::list))
                .on(Verb.DESCRIBE_GROUPS, ResponseHandler.of(Groups.DescribeRequest.class, groups::describe))
                .on(Verb.DELETE_GROUPS, ResponseHandler.of(Groups.DeleteRequest.class, groups::delete));
    }

    private GroupCoordinatorSettings groupSettings() {
        return new GroupCoordinatorSettings(
                config.get(BrokerSettings.BROKER_ID),
                config.get(BrokerSettings.OFFSETS_TOPIC_NUM_PARTITIONS),
                new GroupSettings(
                        config.get(BrokerSettings.GROUP_MAX_SIZE),
                        TimeUnit.MINUTES.toMillis(config.get(BrokerSettings.OFFSETS_RETENTION_MINUTES)),
                        BuiltInAssignors.DEFAULT,
                        config.assignors()));
    }

    private Hello.Limits helloLimits() {
        return new Hello.Limits(
                config.get(BrokerSettings.FRAME_MAX_BYTES),
                config.get(BrokerSettings.FETCH_ELEMENT_MAX_BYTES),
                config.maxBatchBytes(),
                config.get(BrokerSettings.UNSENT_CONNECTION_MAX_BYTES),
                config.get(BrokerSettings.STREAMS_PER_CONNECTION_MAX),
                config.get(BrokerSettings.PRODUCE_CREDIT));
    }

    private static String version() {
        return Optional.ofNullable(Broker.class.getPackage().getImplementationVersion())
                .orElse(VERSION_UNLESS_PACKAGED);
    }

    private Mono<Void> onDisk(Runnable task) {
        return Mono.<Void>fromRunnable(task).subscribeOn(Schedulers.fromExecutor(runtime.appenders()));
    }

    /** Takes apart what stands; a part that fails does not keep the others. */
    private Mono<Void> undo() {
        return Flux.defer(() -> Flux.fromIterable(undoing))
                .concatMap(part -> part.onErrorComplete())
                .then();
    }
}
