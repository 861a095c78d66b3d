package io.penstock.server.request;

import io.penstock.core.protocol.Topics;
import io.penstock.server.controller.TopicController;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** {@code topic.alter}; describes the topic afterwards, which opens its logs, on the reader threads. */
public final class AlterTopicHandler implements ResponseHandler<Topics.AlterRequest, Topics.Description> {

    private final TopicController topics;
    private final TopicDescriptions descriptions;
    private final Scheduler readers;

    public AlterTopicHandler(TopicController topics, TopicDescriptions descriptions, Scheduler readers) {
        this.topics = topics;
        this.descriptions = descriptions;
        this.readers = readers;
    }

    @Override
    public Class<Topics.AlterRequest> requestType() {
        return Topics.AlterRequest.class;
    }

    @Override
    public Mono<Topics.Description> answer(Topics.AlterRequest request) {
        return topics.alter(request).publishOn(readers).map(descriptions::describe);
    }
}
