package io.penstock.server.request;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Metadata;
import io.penstock.server.controller.MetadataImages;
import io.penstock.server.controller.TopicController;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** {@code metadata}: the current image; a first mention may create a topic. */
public final class MetadataHandler implements ResponseHandler<Metadata.Request, Metadata.Image> {

    /** The most topics that one request may bring into being. */
    static final int MAX_CREATED = 100;

    private final MetadataImages metadata;
    private final TopicController topics;
    private final ImageView view;

    public MetadataHandler(MetadataImages metadata, TopicController topics, ImageView view) {
        this.metadata = metadata;
        this.topics = topics;
        this.view = view;
    }

    @Override
    public Class<Metadata.Request> requestType() {
        return Metadata.Request.class;
    }

    @Override
    public Mono<Metadata.Image> answer(Metadata.Request request) {
        List<String> names = request.topics();
        if (names == null || !request.allowAutoCreate() || !topics.isAutoCreate()) {
            return Mono.fromSupplier(() -> view.of(metadata.image(), names));
        }
        if (names.stream().anyMatch(Objects::isNull)) {
            return Mono.error(new PenstockException(ErrorCode.INVALID_REQUEST, "one of the topics' names is null"));
        }
        List<String> missing = names.stream()
                .distinct()
                .filter(name -> metadata.image().topic(name) == null)
                .toList();
        if (missing.size() > MAX_CREATED) {
            return Mono.error(new PenstockException(
                    ErrorCode.POLICY_VIOLATION,
                    "one request may create " + MAX_CREATED + " topics by naming them, not " + missing.size()
                            + ": name fewer at a time, or do not allow them to be created"));
        }
        Map<String, ErrorCode> errors = new ConcurrentHashMap<>();
        return Flux.fromIterable(missing)
                .concatMap(name -> create(name, errors))
                .then(Mono.fromSupplier(() -> view.of(metadata.image(), names, errors)));
    }

    private Mono<Void> create(String name, Map<String, ErrorCode> errors) {
        return topics.autoCreate(name).then().onErrorResume(PenstockException.class, e -> {
            errors.put(name, e.code());
            return Mono.empty();
        });
    }
}
