/**
 * Decides about topics, and tells everybody what was decided: decisions are pure functions of an image, effects go
 * through the metadata store, and {@link io.penstock.server.controller.MetadataImages} publishes what came of them.
 * Nothing here blocks.
 */
@NullMarked
package io.penstock.server.controller;

import org.jspecify.annotations.NullMarked;
