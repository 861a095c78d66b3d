package io.penstock.core.protocol;

/** A CBOR body that opens an interaction. */
public interface Versioned {

    /** The version of the verb's body; 0 stands for an absent field, and is read as 1. */
    int version();
}
