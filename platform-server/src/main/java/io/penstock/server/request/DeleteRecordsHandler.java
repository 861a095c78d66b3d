package io.penstock.server.request;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.DeleteRecords;
import io.penstock.server.metadata.TopicRecord;
import io.penstock.server.storage.Partition;
import io.penstock.server.storage.SpaceKeeper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** {@code records.delete}; changes the logs, on threads that may block. */
public final class DeleteRecordsHandler implements ResponseHandler<DeleteRecords.Request, DeleteRecords.Response> {

    private static final Logger LOG = LoggerFactory.getLogger(DeleteRecordsHandler.class);
    private static final long NONE = -1;

    private final PartitionLookup partitions;
    private final SpaceKeeper space;
    private final Scheduler workers;

    /** @param workers may block for the disk */
    public DeleteRecordsHandler(PartitionLookup partitions, SpaceKeeper space, Scheduler workers) {
        this.partitions = partitions;
        this.space = space;
        this.workers = workers;
    }

    @Override
    public Class<DeleteRecords.Request> requestType() {
        return DeleteRecords.Request.class;
    }

    @Override
    public Mono<DeleteRecords.Response> answer(DeleteRecords.Request request) {
        if (request.targets() == null) {
            return Mono.error(new PenstockException(ErrorCode.INVALID_REQUEST, "the request has no targets"));
        }
        return Mono.fromCallable(() -> new DeleteRecords.Response(
                        request.targets().stream().map(this::answer).toList()))
                .subscribeOn(workers);
    }

    private DeleteRecords.Answer answer(DeleteRecords.Target target) {
        try {
            TopicRecord topic = partitions.topic(target.topic(), null);
            if (topic.isInternal()) {
                throw new PenstockException(
                        ErrorCode.INVALID_TOPIC, "topic " + topic.name() + " is the broker's own: its records stay");
            }
            Partition partition = partitions.led(topic, target.partition(), target.leaderEpoch());
            long start = space.deleteRecords(partition, target.beforeOffset());
            return new DeleteRecords.Answer(target.topic(), target.partition(), ErrorCode.NONE.number(), start);
        } catch (PenstockException e) {
            return failed(target, e.code());
        } catch (RuntimeException e) {
            LOG.error("Deleting {} failed", target, e);
            return failed(target, ErrorCode.UNKNOWN_SERVER_ERROR);
        }
    }

    private static DeleteRecords.Answer failed(DeleteRecords.Target target, ErrorCode error) {
        return new DeleteRecords.Answer(target.topic(), target.partition(), error.number(), NONE);
    }
}
