package io.penstock.server.request;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Topics;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** {@code topic.describe}; opens the topic's logs, on the reader threads. */
public final class DescribeTopicHandler implements ResponseHandler<Topics.DescribeRequest, Topics.Description> {

    private final PartitionLookup partitions;
    private final TopicDescriptions descriptions;
    private final Scheduler readers;

    public DescribeTopicHandler(PartitionLookup partitions, TopicDescriptions descriptions, Scheduler readers) {
        this.partitions = partitions;
        this.descriptions = descriptions;
        this.readers = readers;
    }

    @Override
    public Class<Topics.DescribeRequest> requestType() {
        return Topics.DescribeRequest.class;
    }

    @Override
    public Mono<Topics.Description> answer(Topics.DescribeRequest request) {
        return Mono.fromCallable(() -> describe(request)).subscribeOn(readers);
    }

    private Topics.Description describe(Topics.DescribeRequest request) {
        if (request.name() == null) {
            throw new PenstockException(ErrorCode.INVALID_REQUEST, "the request does not name the topic");
        }
        return descriptions.describe(partitions.topic(request.name(), null));
    }
}
