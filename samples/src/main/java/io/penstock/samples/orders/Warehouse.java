package io.penstock.samples.orders;

import java.time.Duration;
import java.util.Set;
import reactor.core.publisher.Mono;

/** A service that answers after some time, as if it were elsewhere. */
class Warehouse {

    /** No other attempt helps. */
    static final class UnknownItemException extends RuntimeException {
        UnknownItemException(String item) {
            super("there is no item " + item);
        }
    }

    private static final Set<String> ITEMS = Set.of("apples", "pears", "plums");
    private static final Duration WORK = Duration.ofMillis(20);

    /** Puts the goods aside; fails with {@link UnknownItemException}, and with others while it can't be reached. */
    Mono<Void> reserve(Order order) {
        return ITEMS.contains(order.item())
                ? Mono.delay(WORK).then()
                : Mono.error(new UnknownItemException(order.item()));
    }
}
