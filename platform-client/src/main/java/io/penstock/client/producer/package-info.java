/**
 * From the user's {@code Publisher} to the broker: records are appended to open batches per partition, closed batches travel over long-lived channels (lanes) by the broker's credit, and results come back in the order of the records. Batches are numbered, so that one whose answer was lost can go again. Memory is bounded, and the bound is demand on the user's {@code Publisher}. Upstream is subscribed on the caller's thread; results come on the runtime's workers.
 */
@NullMarked
package io.penstock.client.producer;

import org.jspecify.annotations.NullMarked;
