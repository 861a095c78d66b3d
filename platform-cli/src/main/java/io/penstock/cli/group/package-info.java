/** {@code penstock group}: lists, describes and deletes groups, and moves them to other offsets. */
@NullMarked
package io.penstock.cli.group;

import org.jspecify.annotations.NullMarked;
