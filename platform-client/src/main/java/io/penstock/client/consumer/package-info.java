/**
 * From the broker to the user's {@code Subscriber}: one fetch stream per partition with a window in bytes, merged fairly by one drain loop that decodes as far as downstream asks. Decoding and signals happen on the runtime's workers, one at a time per subscription.
 */
@NullMarked
package io.penstock.client.consumer;

import org.jspecify.annotations.NullMarked;
