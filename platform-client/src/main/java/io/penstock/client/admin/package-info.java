/**
 * Topics and offsets: a {@code Mono} per operation.
 */
@NullMarked
package io.penstock.client.admin;

import org.jspecify.annotations.NullMarked;
