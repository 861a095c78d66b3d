package io.penstock.server.request;

import io.penstock.core.protocol.Topics;
import io.penstock.server.controller.MetadataImages;
import io.penstock.server.metadata.TopicRecord;
import reactor.core.publisher.Mono;

/** {@code topic.list}. */
public final class ListTopicsHandler implements ResponseHandler<Topics.ListRequest, Topics.ListResponse> {

    private final MetadataImages metadata;

    public ListTopicsHandler(MetadataImages metadata) {
        this.metadata = metadata;
    }

    @Override
    public Class<Topics.ListRequest> requestType() {
        return Topics.ListRequest.class;
    }

    @Override
    public Mono<Topics.ListResponse> answer(Topics.ListRequest request) {
        return Mono.fromSupplier(() -> new Topics.ListResponse(metadata.image().topics().stream()
                .filter(topic -> request.includeInternal() || !topic.isInternal())
                .map(ListTopicsHandler::list)
                .toList()));
    }

    private static Topics.Listing list(TopicRecord topic) {
        return new Topics.Listing(
                topic.name(), topic.id(), topic.isInternal(), topic.partitions().size());
    }
}
