package io.penstock.server.request;

import io.penstock.core.protocol.GroupCoordinator.Request;
import io.penstock.core.protocol.GroupCoordinator.Response;
import io.penstock.server.coordinator.GroupCoordinator;
import reactor.core.publisher.Mono;

/** {@code group.coordinator}: says who coordinates a group; the first mention of any creates the coordinators' topic. */
public final class GroupCoordinatorHandler implements ResponseHandler<Request, Response> {

    private final GroupCoordinator groups;

    public GroupCoordinatorHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public Class<Request> requestType() {
        return Request.class;
    }

    @Override
    public Mono<Response> answer(Request request) {
        return groups.placeOf(request.group())
                .map(place -> new Response(
                        place.partition(),
                        place.leader().leader(),
                        place.leader().leaderEpoch()));
    }
}
