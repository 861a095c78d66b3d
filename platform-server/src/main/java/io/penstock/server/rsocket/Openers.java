package io.penstock.server.rsocket;

import io.netty.buffer.ByteBuf;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.Versioned;
import io.penstock.core.protocol.codec.CborCodec;
import io.penstock.core.protocol.codec.RoutingCodec;
import io.rsocket.Payload;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Reads the payload that opens an interaction. Releases nothing. */
final class Openers {

    private static final int VERSION_WHEN_ABSENT = 1;

    private Openers() {}

    /**
     * The verb that the metadata names.
     *
     * @throws PenstockException INVALID_REQUEST without a routing entry or for a verb that is asked in another way,
     *     UNKNOWN_VERB
     */
    static Verb verb(Payload payload, Verb.Interaction interaction) {
        if (!payload.hasMetadata()) {
            throw new PenstockException(
                    ErrorCode.INVALID_REQUEST, "the payload has no metadata: a routing entry must name the verb");
        }
        String route = RoutingCodec.decode(payload.metadata());
        Verb verb = Verb.ofRoute(route);
        if (verb == null) {
            throw new PenstockException(
                    ErrorCode.UNKNOWN_VERB,
                    "there is no verb '" + route + "'; there are "
                            + Arrays.stream(Verb.values()).map(Verb::route).collect(Collectors.joining(", ")));
        }
        if (verb.interaction() != interaction) {
            throw new PenstockException(
                    ErrorCode.INVALID_REQUEST,
                    route + " is asked by " + words(verb.interaction()) + ", not by " + words(interaction));
        }
        return verb;
    }

    /**
     * The body.
     *
     * @throws PenstockException INVALID_REQUEST if it is none, UNSUPPORTED_VERSION
     */
    static <Q extends Versioned> Q body(Payload payload, Verb verb, Class<Q> type) {
        ByteBuf data = payload.data();
        Q body = CborCodec.decode(data, type);
        int version = body.version() == 0 ? VERSION_WHEN_ABSENT : body.version();
        if (!verb.versions().contains(version)) {
            throw new PenstockException(
                    ErrorCode.UNSUPPORTED_VERSION,
                    "version " + version + " of " + verb.route() + " is not known; supported: " + verb.versions());
        }
        return body;
    }

    private static String words(Verb.Interaction interaction) {
        return interaction.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
