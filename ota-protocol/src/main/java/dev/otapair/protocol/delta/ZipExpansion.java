package dev.otapair.protocol.delta;

/**
 * What came of expanding a zip.
 *
 * @param bytes of the expanded form, from the start of its file
 * @param inflated how many contents are inflated in it, 0 or more
 * @param kept how many could have been, but nothing deflates them again as they are in the zip; 0 or more
 */
public record ZipExpansion(long bytes, int inflated, int kept) {}
