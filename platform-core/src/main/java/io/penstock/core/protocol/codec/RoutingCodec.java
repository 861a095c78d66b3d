package io.penstock.core.protocol.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Verb;
import io.rsocket.metadata.CompositeMetadata;
import io.rsocket.metadata.CompositeMetadataCodec;
import io.rsocket.metadata.RoutingMetadata;
import io.rsocket.metadata.TaggingMetadataCodec;
import io.rsocket.metadata.WellKnownMimeType;
import java.util.Iterator;
import java.util.List;

/**
 * The routing entry in the composite metadata of an opening payload, as RSocket's extensions <i>Composite Metadata</i>
 * and <i>Routing Metadata</i> define it.
 */
public final class RoutingCodec {

    private static final String ROUTING = WellKnownMimeType.MESSAGE_RSOCKET_ROUTING.getString();

    private RoutingCodec() {}

    /** Composite metadata with one entry; the caller owns the buffer. */
    public static ByteBuf encode(ByteBufAllocator allocator, Verb verb) {
        CompositeByteBuf metadata = allocator.compositeBuffer();
        ByteBuf route = TaggingMetadataCodec.createRoutingMetadata(allocator, List.of(verb.route()))
                .getContent();
        CompositeMetadataCodec.encodeAndAddMetadata(
                metadata, allocator, WellKnownMimeType.MESSAGE_RSOCKET_ROUTING, route);
        return metadata;
    }

    /**
     * Reads the first routing entry. Other entries are passed over.
     *
     * @throws PenstockException with {@link ErrorCode#INVALID_REQUEST} if there is none or the metadata is damaged
     */
    public static String decode(ByteBuf metadata) {
        try {
            for (CompositeMetadata.Entry entry : new CompositeMetadata(metadata, false)) {
                if (ROUTING.equals(entry.getMimeType())) {
                    Iterator<String> tags = new RoutingMetadata(entry.getContent()).iterator();
                    if (tags.hasNext()) {
                        return tags.next();
                    }
                }
            }
        } catch (IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException e) {
            throw new PenstockException(ErrorCode.INVALID_REQUEST, "the metadata is not composite metadata", e);
        }
        throw new PenstockException(
                ErrorCode.INVALID_REQUEST, "the metadata has no routing entry: it must name the verb");
    }
}
