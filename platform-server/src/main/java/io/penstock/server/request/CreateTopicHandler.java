package io.penstock.server.request;

import io.penstock.core.protocol.Topics;
import io.penstock.server.controller.TopicController;
import reactor.core.publisher.Mono;

/** {@code topic.create}. */
public final class CreateTopicHandler implements ResponseHandler<Topics.CreateRequest, Topics.Description> {

    private final TopicController topics;
    private final TopicDescriptions descriptions;

    public CreateTopicHandler(TopicController topics, TopicDescriptions descriptions) {
        this.topics = topics;
        this.descriptions = descriptions;
    }

    @Override
    public Class<Topics.CreateRequest> requestType() {
        return Topics.CreateRequest.class;
    }

    @Override
    public Mono<Topics.Description> answer(Topics.CreateRequest request) {
        return topics.create(request).map(descriptions::describeNew);
    }
}
