package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.admin.NewTopic;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.TopicPartitions;
import io.penstock.server.coordinator.group.assignor.AssignedMember;
import io.penstock.server.coordinator.group.assignor.AssignedTopic;
import io.penstock.server.coordinator.group.assignor.GroupAssignor;
import io.penstock.server.coordinator.group.assignor.GroupSpec;
import io.penstock.server.coordinator.group.assignor.TopicIdPartition;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** Members that ask for an assignor which the broker was given by whoever runs it. */
class OwnAssignorTest {

    /** Gives everything to the member on a rack, and nothing to others. */
    private static final class OnRack implements GroupAssignor {

        @Override
        public String name() {
            return "on-rack";
        }

        @Override
        public Map<String, Set<TopicIdPartition>> assign(GroupSpec group) {
            Map<String, Set<TopicIdPartition>> assignment = new HashMap<>();
            for (AssignedMember member : group.members()) {
                assignment.put(member.memberId(), "r1".equals(member.rackId()) ? all(group) : Set.of());
            }
            return assignment;
        }

        private static Set<TopicIdPartition> all(GroupSpec group) {
            Set<TopicIdPartition> all = new TreeSet<>();
            for (AssignedTopic topic : group.topics()) {
                for (int partition = 0; partition < topic.partitions(); partition++) {
                    all.add(new TopicIdPartition(topic.id(), partition));
                }
            }
            return all;
        }
    }

    @TempDir
    Path directory;

    private RunningBroker broker;
    private PenstockClient client;

    @BeforeEach
    void start() {
        broker = RunningBroker.start(directory, Map.of("num.partitions", "4"), new OnRack());
        client = PenstockClient.connect(broker.endpoint("penstock"));
        client.admin().createTopic(NewTopic.of("orders", 4)).block(Await.TIMEOUT);
    }

    @AfterEach
    void stop() {
        client.closeNow();
        broker.close();
    }

    private Flux<?> member(String assignor, String rack) {
        return client.consumer(ConsumerOptions.<String, String>builder(Serdes.string(), Serdes.string())
                        .topics("orders")
                        .group(GroupOptions.builder("billing")
                                .assignor(assignor)
                                .rackId(rack)
                                .build())
                        .build())
                .receive();
    }

    private Groups.Description group() {
        return client.admin().describeGroup("billing").block(Await.TIMEOUT);
    }

    private static int partitionsOf(Groups.Member member) {
        return member.assigned().stream()
                .mapToInt((TopicPartitions topic) -> topic.partitions().size())
                .sum();
    }

    @Test
    void getWhatItSays() {
        member("on-rack", "r1").subscribe();
        member("on-rack", "r2").subscribe();
        Await.until(
                "both are members",
                () -> client.admin().listGroups().block(Await.TIMEOUT).stream()
                        .anyMatch(listing ->
                                listing.members() == 2 && listing.state().equals("Stable")));

        Groups.Description group = group();
        assertThat(group.assignor()).isEqualTo("on-rack");
        assertThat(group.members()).extracting(OwnAssignorTest::partitionsOf).containsExactlyInAnyOrder(4, 0);
    }

    @Test
    void areRefusedIfItIsNotThere() {
        StepVerifier.create(member("on-moon", "r1"))
                .expectErrorSatisfies(error ->
                        assertThat(((PenstockException) error).code()).isEqualTo(ErrorCode.UNSUPPORTED_ASSIGNOR))
                .verify(Await.TIMEOUT);
    }
}
