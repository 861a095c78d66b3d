/**
 * The client: {@link io.penstock.client.PenstockClient} connects lazily and makes producers, consumers and the admin. Wires the packages below it; nothing below imports it. Safe for any thread.
 */
@NullMarked
package io.penstock.client;

import org.jspecify.annotations.NullMarked;
