package io.penstock.server.request;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.LogSnapshot;
import io.penstock.core.log.OffsetAndTimestamp;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.protocol.ListOffsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** {@code offsets.list}; looks into the logs, on the reader threads. */
public final class ListOffsetsHandler implements ResponseHandler<ListOffsets.Request, ListOffsets.Response> {

    private static final Logger LOG = LoggerFactory.getLogger(ListOffsetsHandler.class);
    private static final long NONE = -1;
    private static final int NO_EPOCH = -1;

    private final PartitionLookup partitions;
    private final Scheduler readers;

    public ListOffsetsHandler(PartitionLookup partitions, Scheduler readers) {
        this.partitions = partitions;
        this.readers = readers;
    }

    @Override
    public Class<ListOffsets.Request> requestType() {
        return ListOffsets.Request.class;
    }

    @Override
    public Mono<ListOffsets.Response> answer(ListOffsets.Request request) {
        if (request.queries() == null) {
            return Mono.error(new PenstockException(ErrorCode.INVALID_REQUEST, "the request has no queries"));
        }
        if (request.queries().stream().anyMatch(Objects::isNull)) {
            return Mono.error(new PenstockException(ErrorCode.INVALID_REQUEST, "one of the request's queries is null"));
        }
        return Mono.fromCallable(() -> new ListOffsets.Response(
                        request.queries().stream().map(this::answer).toList()))
                .subscribeOn(readers);
    }

    private ListOffsets.Answer answer(ListOffsets.Query query) {
        try {
            return lookUp(query);
        } catch (PenstockException e) {
            return failed(query, e.code());
        } catch (RuntimeException e) {
            LOG.error("Looking up {} failed", query, e);
            return failed(query, ErrorCode.UNKNOWN_SERVER_ERROR);
        }
    }

    private ListOffsets.Answer lookUp(ListOffsets.Query query) {
        return partitions
                .led(partitions.topic(query.topic(), null), query.partition(), query.leaderEpoch())
                .look(log -> lookUp(query, log));
    }

    private static ListOffsets.Answer lookUp(ListOffsets.Query query, PartitionLog log) {
        LogSnapshot snapshot = log.snapshot();
        if (query.timestamp() == ListOffsets.LATEST) {
            return found(query, snapshot.highWatermark(), NONE, snapshot.leaderEpoch());
        }
        if (query.timestamp() == ListOffsets.EARLIEST) {
            return found(query, snapshot.logStartOffset(), NONE, snapshot.leaderEpoch());
        }
        if (query.timestamp() == ListOffsets.MAX_TIMESTAMP) {
            return visible(query, log.lookupMaxTimestamp(), snapshot);
        }
        if (query.timestamp() < 0) {
            return failed(query, ErrorCode.INVALID_REQUEST);
        }
        return visible(query, log.lookupTimestamp(query.timestamp()), snapshot);
    }

    /** A record that consumers can't see yet is none. */
    private static ListOffsets.Answer visible(
            ListOffsets.Query query, @Nullable OffsetAndTimestamp record, LogSnapshot snapshot) {
        return record == null || record.offset() >= snapshot.highWatermark()
                ? found(query, NONE, NONE, NO_EPOCH)
                : found(query, record.offset(), record.timestamp(), record.leaderEpoch());
    }

    private static ListOffsets.Answer found(ListOffsets.Query query, long offset, long timestamp, int leaderEpoch) {
        return new ListOffsets.Answer(
                query.topic(), query.partition(), ErrorCode.NONE.number(), offset, timestamp, leaderEpoch);
    }

    private static ListOffsets.Answer failed(ListOffsets.Query query, ErrorCode error) {
        return new ListOffsets.Answer(query.topic(), query.partition(), error.number(), NONE, NONE, NO_EPOCH);
    }
}
