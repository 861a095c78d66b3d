package io.penstock.server.request;

import io.penstock.core.protocol.Hello;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.VersionRange;
import java.util.Map;
import java.util.TreeMap;
import reactor.core.publisher.Mono;

/** {@code hello}: says who this is, and what it allows. */
public final class HelloHandler implements ResponseHandler<Hello.Request, Hello.Response> {

    private static final String ANONYMOUS = "User:ANONYMOUS";

    private final Hello.Response response;

    public HelloHandler(int brokerId, String clusterId, String brokerVersion, Hello.Limits limits) {
        Map<String, VersionRange> verbs = new TreeMap<>();
        for (Verb verb : Verb.values()) {
            verbs.put(verb.route(), verb.versions());
        }
        response = new Hello.Response(brokerId, clusterId, brokerVersion, Map.copyOf(verbs), limits, ANONYMOUS);
    }

    @Override
    public Class<Hello.Request> requestType() {
        return Hello.Request.class;
    }

    @Override
    public Mono<Hello.Response> answer(Hello.Request request) {
        return Mono.just(response);
    }
}
