package dev.otapair.server.release;

/**
 * What the publisher last offered to the boards of a product.
 *
 * @param isWithdrawn whether it is offered no more; boards may have it all the same
 */
public record PublishedOffer(SignedRelease release, boolean isWithdrawn) {}
