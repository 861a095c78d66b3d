package io.penstock.server.request;

import io.penstock.core.protocol.Topics;
import io.penstock.server.controller.TopicController;
import reactor.core.publisher.Mono;

/** {@code topic.delete}. */
public final class DeleteTopicHandler implements ResponseHandler<Topics.DeleteRequest, Topics.DeleteResponse> {

    private final TopicController topics;

    public DeleteTopicHandler(TopicController topics) {
        this.topics = topics;
    }

    @Override
    public Class<Topics.DeleteRequest> requestType() {
        return Topics.DeleteRequest.class;
    }

    @Override
    public Mono<Topics.DeleteResponse> answer(Topics.DeleteRequest request) {
        return topics.delete(request.name(), request.id())
                .map(topic -> new Topics.DeleteResponse(topic.name(), topic.id()));
    }
}
