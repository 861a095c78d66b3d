package io.penstock.server.request;

import io.penstock.core.protocol.Verb;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which handler answers which verb, by the verb's interaction. Immutable once built. */
public final class RequestHandlers {

    private final Map<Verb, ResponseHandler<?, ?>> responses = new EnumMap<>(Verb.class);
    private final Map<Verb, StreamHandler<?>> streams = new EnumMap<>(Verb.class);
    private final Map<Verb, ChannelHandler<?>> channels = new EnumMap<>(Verb.class);

    private RequestHandlers() {}

    public static Builder builder() {
        return new Builder();
    }

    public @Nullable ResponseHandler<?, ?> response(Verb verb) {
        return responses.get(verb);
    }

    public @Nullable StreamHandler<?> stream(Verb verb) {
        return streams.get(verb);
    }

    public @Nullable ChannelHandler<?> channel(Verb verb) {
        return channels.get(verb);
    }

    /** Collects handlers; each verb takes one that fits its interaction. */
    public static final class Builder {

        private final RequestHandlers table = new RequestHandlers();

        private Builder() {}

        public Builder on(Verb verb, ResponseHandler<?, ?> handler) {
            check(verb, Verb.Interaction.REQUEST_RESPONSE);
            table.responses.put(verb, handler);
            return this;
        }

        public Builder on(Verb verb, StreamHandler<?> handler) {
            check(verb, Verb.Interaction.REQUEST_STREAM);
            table.streams.put(verb, handler);
            return this;
        }

        public Builder on(Verb verb, ChannelHandler<?> handler) {
            check(verb, Verb.Interaction.REQUEST_CHANNEL);
            table.channels.put(verb, handler);
            return this;
        }

        private static void check(Verb verb, Verb.Interaction interaction) {
            if (verb.interaction() != interaction) {
                throw new IllegalArgumentException(verb.route() + " is asked by " + verb.interaction());
            }
        }

        /** @throws IllegalStateException if a verb has no handler */
        public RequestHandlers build() {
            for (Verb verb : Verb.values()) {
                if (!table.responses.containsKey(verb)
                        && !table.streams.containsKey(verb)
                        && !table.channels.containsKey(verb)) {
                    throw new IllegalStateException("nobody answers " + verb.route());
                }
            }
            return table;
        }
    }
}
