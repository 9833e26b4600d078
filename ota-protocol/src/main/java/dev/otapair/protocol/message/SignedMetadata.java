package dev.otapair.protocol.message;

import java.util.List;

/**
 * The metadata of a release, exactly as it was signed, and its signatures: nothing here has been verified or even read.
 *
 * @param bytes 1 to {@value #MAX_BYTES} bytes
 * @param signatures at most {@value #MAX_SIGNATURES}
 * @see "PROTOCOL.md, section 8: Releases"
 */
public record SignedMetadata(Octets bytes, List<Signature> signatures) {
    public static final int MAX_BYTES = 2048;
    public static final int MAX_SIGNATURES = 4;

    public SignedMetadata {
        if (bytes.length() < 1 || bytes.length() > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "metadata has %d bytes, expected 1 to %d".formatted(bytes.length(), MAX_BYTES));
        }
        if (signatures.size() > MAX_SIGNATURES) {
            throw new IllegalArgumentException(
                    "%d signatures, expected at most %d".formatted(signatures.size(), MAX_SIGNATURES));
        }
        signatures = List.copyOf(signatures);
    }

    @Override
    public String toString() {
        return "metadata of %d bytes with %d signatures".formatted(bytes.length(), signatures.size());
    }

    /**
     * One signature, whether it is worth anything or not.
     *
     * @param signer says whose it is; a hint and no more
     * @param bytes 1 to {@value #MAX_SIGNATURE_BYTES} bytes; a good one has 64
     */
    public record Signature(KeyId signer, Octets bytes) {
        public static final int MAX_SIGNATURE_BYTES = 128;
        private static final char SIGNER_END = ':';

        public Signature {
            if (bytes.length() < 1 || bytes.length() > MAX_SIGNATURE_BYTES) {
                throw new IllegalArgumentException(
                        "a signature has %d bytes, expected 1 to %d".formatted(bytes.length(), MAX_SIGNATURE_BYTES));
            }
        }

        /**
         * Reads {@code KEYID:BASE64}, as it goes over the wire and into files.
         *
         * @throws IllegalArgumentException if it is anything else
         */
        public static Signature ofText(String text) {
            int colon = text.indexOf(SIGNER_END);
            if (colon < 0) {
                throw new IllegalArgumentException("a signature has no key id");
            }
            return new Signature(new KeyId(text.substring(0, colon)), Octets.ofBase64(text.substring(colon + 1)));
        }

        /** Returns it in the same form. */
        public String toText() {
            return signer.value() + SIGNER_END + bytes.toBase64();
        }
    }
}
