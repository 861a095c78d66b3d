package io.penstock.core.protocol.codec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import java.io.IOException;
import java.util.Collection;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * CBOR bodies (RFC 8949): maps whose keys are the record components' names. Unknown keys are passed over, so that a
 * newer peer can say more; absent ones are null, 0 or false. Used once an interaction, never per batch.
 */
public final class CborCodec {

    /** The largest body that is read, in bytes. */
    public static final int MAX_BODY_BYTES = 8 << 20;

    private static final ObjectMapper MAPPER = CBORMapper.builder(CBORFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(32)
                            .maxStringLength(1 << 20)
                            .build())
                    .build())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();
    private static final ConcurrentHashMap<Class<?>, ObjectReader> READERS = new ConcurrentHashMap<>();
    private static final ObjectWriter WRITER = MAPPER.writer();

    private CborCodec() {}

    /** Writes a body into a new direct buffer that the caller owns. */
    public static ByteBuf encode(ByteBufAllocator allocator, Object body) {
        try {
            byte[] bytes = WRITER.writeValueAsBytes(body);
            return allocator.directBuffer(bytes.length).writeBytes(bytes);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write " + body.getClass().getSimpleName() + " as CBOR", e);
        }
    }

    /**
     * Reads a body; the buffer stays the caller's.
     *
     * @throws PenstockException with {@link ErrorCode#INVALID_REQUEST} if the bytes are not such a body
     */
    public static <T> T decode(ByteBuf body, Class<T> type) {
        if (body.readableBytes() > MAX_BODY_BYTES) {
            throw invalid(type, "it has " + body.readableBytes() + " bytes, at most " + MAX_BODY_BYTES, null);
        }
        try {
            T value = READERS.computeIfAbsent(type, MAPPER::readerFor).readValue(ByteBufUtil.getBytes(body));
            if (value == null) {
                throw invalid(type, "it is null", null);
            }
            return value;
        } catch (IOException e) {
            throw invalid(type, reason(e), e);
        }
    }

    private static PenstockException invalid(Class<?> type, String why, @Nullable Throwable cause) {
        return new PenstockException(
                ErrorCode.INVALID_REQUEST, "the CBOR body of a " + describe(type) + " can't be read: " + why, cause);
    }

    /** As the protocol calls it: a peer does not know our classes. */
    private static String describe(Class<?> type) {
        Class<?> outer = type.getEnclosingClass();
        String name = outer == null ? type.getSimpleName() : outer.getSimpleName() + type.getSimpleName();
        return name.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    }

    /** Jackson's own messages name classes. */
    private static String reason(IOException e) {
        if (e instanceof StreamConstraintsException) {
            return "it is nested too deeply, or a text is too long";
        }
        if (!(e instanceof JsonMappingException mapping) || e.getCause() instanceof StreamReadException) {
            return "its bytes are not CBOR";
        }
        String path = mapping.getPath().stream()
                .map(step ->
                        step.getFieldName() == null ? "[" + step.getIndex() + "]" : "'" + step.getFieldName() + "'")
                .collect(Collectors.joining(" "));
        String expected = e instanceof MismatchedInputException mismatch ? expected(mismatch.getTargetType()) : "";
        return (path.isEmpty() ? "it" : path) + " is not " + (expected.isEmpty() ? "what it should be" : expected);
    }

    private static String expected(@Nullable Class<?> type) {
        if (type == null || Collection.class.isAssignableFrom(type)) {
            return type == null ? "" : "a list";
        }
        if (type == String.class) {
            return "a text";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (type == UUID.class || type == byte[].class) {
            return type == UUID.class ? "a UUID" : "a byte string";
        }
        return type.isPrimitive() || Number.class.isAssignableFrom(type) ? "a number that fits" : "a map";
    }
}
