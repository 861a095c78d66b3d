package io.penstock.server.request;

import io.penstock.core.protocol.Metadata;
import io.penstock.core.protocol.Verb;
import io.penstock.server.controller.MetadataImages;
import io.rsocket.Payload;
import java.util.List;
import reactor.core.publisher.Flux;

/** {@code metadata.watch}: the current image, then one after each change that concerns the topics asked for. */
public final class WatchMetadataHandler implements StreamHandler<Metadata.Request> {

    /** What must differ for an image to be news: everything but its epoch. */
    private record Content(List<Metadata.BrokerNode> brokers, List<Metadata.TopicImage> topics) {
        static Content of(Metadata.Image image) {
            return new Content(image.brokers(), image.topics());
        }
    }

    private final MetadataImages metadata;
    private final ImageView view;

    public WatchMetadataHandler(MetadataImages metadata, ImageView view) {
        this.metadata = metadata;
        this.view = view;
    }

    @Override
    public Class<Metadata.Request> requestType() {
        return Metadata.Request.class;
    }

    @Override
    public Flux<Payload> stream(Metadata.Request request, ClientConnection client) {
        return metadata.images()
                .map(image -> view.of(image, request.topics()))
                .distinctUntilChanged(Content::of)
                .map(image -> client.encode(Verb.WATCH_METADATA, image));
    }
}
