package dev.otapair.protocol.message;

/**
 * Names one of the programs that a server hands out; each has one offer.
 *
 * @param value 1 to 64 letters, digits, dots, underscores and hyphens of ASCII; starts with a letter or digit
 */
public record Product(String value) implements Comparable<Product> {
    /** What v1 boards get, and all who name no other. */
    public static final Product DEFAULT = new Product("default");

    public Product {
        if (!Bounds.isPlainName(value)) {
            throw new IllegalArgumentException(
                    "expected 1 to 64 letters, digits, dots, underscores and hyphens, the first a letter or digit");
        }
    }

    @Override
    public int compareTo(Product other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
