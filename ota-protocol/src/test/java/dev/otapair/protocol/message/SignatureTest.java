package dev.otapair.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.message.SignedMetadata.Signature;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SignatureTest {
    private static final String KEY = "0123456789abcdef";

    @Test
    void textIsReadAsItIsWritten() {
        Signature signature = new Signature(new KeyId(KEY), new Octets((byte) 1, (byte) 2));

        assertThat(signature.toText()).isEqualTo(KEY + ":AQI");
        assertThat(Signature.ofText(KEY + ":AQI")).isEqualTo(signature);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "AQI", ":AQI", KEY, KEY + ":", KEY + ":AQI=", KEY + ":A:I", "0123:AQI"})
    void otherTextIsRefused(String text) {
        assertThatThrownBy(() -> Signature.ofText(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
