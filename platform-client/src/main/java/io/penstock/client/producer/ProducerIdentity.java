package io.penstock.client.producer;

/**
 * Under which a partition's batches are numbered.
 *
 * @param id given by the broker, and by it to nobody else
 * @param epoch counted up when the sequences of a partition begin anew
 */
record ProducerIdentity(long id, short epoch) {

    /** Whether there is no further epoch. */
    boolean isSpent() {
        return epoch == Short.MAX_VALUE;
    }

    /** The same producer in its next epoch. */
    ProducerIdentity next() {
        return new ProducerIdentity(id, (short) (epoch + 1));
    }
}
