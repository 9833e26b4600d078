package dev.otapair.client.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerAddressTest {
    @ParameterizedTest
    @CsvSource({
        "ota.example.org, ota.example.org, 1234",
        "ota.example.org:99, ota.example.org, 99",
        "192.0.2.1, 192.0.2.1, 1234",
        "192.0.2.1:65535, 192.0.2.1, 65535",
        "2001:db8::1, 2001:db8::1, 1234",
        "[2001:db8::1], 2001:db8::1, 1234",
        "[2001:db8::1]:99, 2001:db8::1, 99",
        "[fe80::1%eth0]:99, fe80::1%eth0, 99"
    })
    void oneServer(String text, String host, int port) {
        assertThat(ServerAddress.list(text, 1234)).contains(List.of(new ServerAddress(host, port)));
    }

    @Test
    void severalServersKeepTheirOrder() {
        assertThat(ServerAddress.list("b:2 , a,[::1]:3", 1))
                .contains(List.of(new ServerAddress("b", 2), new ServerAddress("a", 1), new ServerAddress("::1", 3)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ",", "a,", "a,,b", "a:0", "a:65536", "a b", "[::1", "::1]", "[::1]x", "a:b", "http://a"})
    void whatIsNoServerIsRefused(String text) {
        assertThat(ServerAddress.list(text, 1234)).isEmpty();
    }
}
