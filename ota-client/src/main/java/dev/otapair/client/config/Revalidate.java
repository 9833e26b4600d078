package dev.otapair.client.config;

/** How much of an installed release is read again before the next one is made of it. */
public enum Revalidate {
    /** Every file that is needed. */
    ALWAYS,
    /** What does not look as it did when it was read last. */
    SIZE,
    /** Nothing: that a file is there and has its size is enough. */
    NEVER
}
