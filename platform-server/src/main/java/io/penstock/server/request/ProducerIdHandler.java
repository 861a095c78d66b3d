package io.penstock.server.request;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.ProducerIds;
import io.penstock.server.controller.ProducerIdBlocks;
import reactor.core.publisher.Mono;

/** {@code producer.id}: an id that nobody had before, and epoch 0. */
public final class ProducerIdHandler implements ResponseHandler<ProducerIds.Request, ProducerIds.Response> {

    private static final short FIRST_EPOCH = 0;

    private final ProducerIdBlocks ids;

    public ProducerIdHandler(ProducerIdBlocks ids) {
        this.ids = ids;
    }

    @Override
    public Class<ProducerIds.Request> requestType() {
        return ProducerIds.Request.class;
    }

    @Override
    public Mono<ProducerIds.Response> answer(ProducerIds.Request request) {
        if (request.transactionalId() != null) {
            return Mono.error(new PenstockException(
                    ErrorCode.INVALID_REQUEST,
                    "transactional id '" + request.transactionalId() + "': this broker has no transactions"));
        }
        return ids.next().map(id -> new ProducerIds.Response(id, FIRST_EPOCH));
    }
}
