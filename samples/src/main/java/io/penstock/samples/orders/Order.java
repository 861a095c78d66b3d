package io.penstock.samples.orders;

/** What a customer wants. */
record Order(String customer, String item, int quantity) {}
