package dev.otapair.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.server.config.ServerConfig;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** T17. All connections of this test have one address. */
class GateTest {
    private final EmbeddedChannel listener = new EmbeddedChannel();

    @AfterEach
    void close() {
        listener.close();
    }

    private static ServerConfig.Limits limits(int maxConnections, int maxPerAddress) {
        return new ServerConfig.Limits(100, maxConnections, maxPerAddress, OptionalLong.empty(), OptionalLong.empty());
    }

    private boolean isPaused() {
        return !listener.config().isAutoRead();
    }

    @Test
    void listenerWaitsAsSoonAsThereAreAsManyAsThereMayBe() {
        Gate gate = new Gate(limits(2, 0));

        gate.admit(new EmbeddedChannel(), listener);
        assertThat(isPaused()).isFalse();
        gate.admit(new EmbeddedChannel(), listener);

        assertThat(isPaused()).isTrue();
    }

    @Test
    void listenerGoesOnWhenOneEnds() {
        Gate gate = new Gate(limits(1, 0));
        EmbeddedChannel connection = new EmbeddedChannel();
        gate.admit(connection, listener);

        connection.close();

        assertThat(isPaused()).isFalse();
    }

    @Test
    void listenerGoesOnWhenMoreAreAllowed() {
        Gate gate = new Gate(limits(1, 0));
        gate.admit(new EmbeddedChannel(), listener);

        gate.adjust(limits(2, 0));

        assertThat(isPaused()).isFalse();
    }

    @Test
    void listenerGoesOnWhateverListenerBroughtTheOneThatEnds() {
        Gate gate = new Gate(limits(2, 0));
        EmbeddedChannel connection = new EmbeddedChannel();
        gate.admit(connection, new EmbeddedChannel());
        gate.admit(new EmbeddedChannel(), listener);

        connection.close();

        assertThat(isPaused()).isFalse();
    }

    @Test
    void addressWithTooManyIsTurnedAway() {
        Gate gate = new Gate(limits(100, 1));
        gate.admit(new EmbeddedChannel(), listener);
        EmbeddedChannel second = new EmbeddedChannel();

        assertThat(gate.admit(second, listener)).isFalse();
        assertThat(second.isOpen()).isFalse();
    }

    @Test
    void whoIsTurnedAwayIsNotCounted() {
        Gate gate = new Gate(limits(2, 1));
        EmbeddedChannel first = new EmbeddedChannel();
        gate.admit(first, listener);
        gate.admit(new EmbeddedChannel(), listener);
        assertThat(isPaused()).isFalse();

        first.close();

        assertThat(gate.admit(new EmbeddedChannel(), listener)).isTrue();
    }
}
