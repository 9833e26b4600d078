package dev.otapair.protocol.message;

/**
 * Names one board towards its server.
 *
 * @param value 1 to 64 letters, digits, dots, underscores and hyphens of ASCII; starts with a letter or digit
 */
public record DeviceId(String value) {
    public DeviceId {
        if (!Bounds.isPlainName(value)) {
            throw new IllegalArgumentException(
                    "expected 1 to 64 letters, digits, dots, underscores and hyphens, the first a letter or digit");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
