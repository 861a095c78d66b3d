package io.penstock.client;

import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.group.CommitPolicy;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.serialization.Serdes;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A client in a process of its own, which can be killed. Its output is what it has done:
 *
 * <pre>
 *  begun offset key value
 *  finished offset key value
 *  committed n              the n records that were finished first are committed, and maybe more
 * </pre>
 */
final class OrderedClientProcess {

    /** What is finished, is committed, and is told of takes turns here: a record that was told of is acknowledged. */
    private final Scheduler work = Schedulers.newSingle("work");

    private final Consumer<String, Integer> consumer;
    private final long stuckFrom;
    private int finished;

    private OrderedClientProcess(String endpoint, long stuckFrom) {
        this.stuckFrom = stuckFrom;
        consumer = PenstockClient.connect(endpoint)
                .consumer(ConsumerOptions.<String, Integer>builder(Serdes.string(), Serdes.int32())
                        .topics("orders")
                        .group(GroupOptions.builder("billing")
                                .instanceId("the-one") // the next one need not wait for the session's end
                                .commits(CommitPolicy.manual())
                                .build())
                        .build());
    }

    /** @param arguments the broker's endpoint, and the offset from which on records are begun and never finished */
    public static void main(String[] arguments) {
        new OrderedClientProcess(arguments[0], Long.parseLong(arguments[1])).run();
    }

    private void run() {
        Mono.fromCallable(() -> finished)
                .subscribeOn(work)
                .flatMap(count -> consumer.commit().thenReturn(count))
                .doOnNext(count -> say("committed " + count))
                .delayElement(Duration.ofMillis(5))
                .repeat()
                .subscribe();
        consumer.orderedByKey(32, this::handle).block();
    }

    private Mono<Long> handle(ConsumerRecord<String, Integer> record) {
        String what = record.offset() + " " + record.key() + " " + record.value();
        say("begun " + what);
        if (record.offset() >= stuckFrom) {
            return Mono.never();
        }
        return Mono.delay(Duration.ofMillis(1), work).doOnNext(done -> {
            say("finished " + what);
            finished++;
        });
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
