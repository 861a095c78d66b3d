/**
 * Settings that are declared once: key, type, default, what is allowed and documentation stand together in a
 * {@link io.penstock.core.config.Setting}; {@link io.penstock.core.config.Settings} holds values of a set of them.
 * Immutable; safe for any thread.
 */
@NullMarked
package io.penstock.core.config;

import org.jspecify.annotations.NullMarked;
