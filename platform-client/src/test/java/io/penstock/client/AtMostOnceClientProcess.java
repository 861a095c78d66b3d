package io.penstock.client;

import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.group.CommitPolicy;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.serialization.Serdes;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** A client in a process of its own that handles each record at most once, and writes a line for each. */
final class AtMostOnceClientProcess {

    /** How a line begins that tells of a record; its partition and offset follow. Others are the log's. */
    static final String HANDLED = "handled ";

    /** So many records may have been handed out of which there is no line yet. */
    static final int AHEAD = 8;

    private AtMostOnceClientProcess() {}

    /** @param arguments the broker's endpoint, and how many records are handled at most */
    public static void main(String[] arguments) {
        long most = Long.parseLong(arguments[1]);
        PenstockClient.connect(arguments[0])
                .consumer(ConsumerOptions.<String, Integer>builder(Serdes.string(), Serdes.int32())
                        .topics("orders")
                        .group(GroupOptions.builder("billing")
                                .instanceId("the-one") // the next one need not wait for the session's end
                                .commits(CommitPolicy.atMostOnce())
                                .build())
                        .build())
                .receive()
                .index()
                .concatMap(numbered -> handle(numbered.getT1() < most, numbered.getT2()), AHEAD)
                .blockLast();
    }

    private static Mono<Long> handle(boolean goesOn, ConsumerRecord<String, Integer> record) {
        if (!goesOn) {
            return Mono.never();
        }
        System.out.println(HANDLED + record.partition() + " " + record.offset());
        return Mono.delay(Duration.ofMillis(1));
    }
}
