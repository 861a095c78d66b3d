/**
 * Orders of many customers, handled at the same time, and those of one customer one after another; what can't be handled
 * is put aside with its reason.
 */
@NullMarked
package io.penstock.samples.orders;

import org.jspecify.annotations.NullMarked;
