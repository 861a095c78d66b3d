package io.penstock.core.protocol;

/**
 * The versions of a verb's body that a side speaks.
 *
 * @param min the lowest, from 1
 * @param max the highest, included
 */
public record VersionRange(int min, int max) {

    public boolean contains(int version) {
        return version >= min && version <= max;
    }

    @Override
    public String toString() {
        return min == max ? Integer.toString(min) : min + " to " + max;
    }
}
