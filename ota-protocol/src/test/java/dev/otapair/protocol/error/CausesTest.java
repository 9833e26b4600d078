package dev.otapair.protocol.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class CausesTest {
    @Test
    void wrappingsAreTakenOff() {
        IOException failure = new IOException("it was truncated");

        assertThat(Causes.of(new CompletionException(new UncheckedIOException(failure))))
                .isSameAs(failure);
        assertThat(Causes.why(new CompletionException(new UncheckedIOException(failure))))
                .isEqualTo("it was truncated");
        assertThat(Causes.why(new CompletionException(new NoSuchFileException("/none"))))
                .isEqualTo("it does not exist");
    }

    @Test
    void ourOwnWordsStayAsTheyAre() {
        assertThat(Causes.why(new CompletionException(new OtaException(ErrorCode.IO_ERROR, "Nothing is there"))))
                .isEqualTo("Nothing is there");
    }

    @Test
    void callOfTheKernelIsNotSaid() {
        assertThat(Causes.why(new IOException("bind(..) failed with error(-98): Address already in use")))
                .isEqualTo("address already in use");
        assertThat(Causes.why(new IOException("recvAddress(..) failed: Connection reset by peer")))
                .isEqualTo("connection reset by peer");
    }

    @Test
    void errorsAreSaidWithoutTheirClass() {
        assertThat(Causes.why(new OutOfMemoryError("Java heap space"))).isEqualTo("memory is short: java heap space");
        assertThat(Causes.why(new UnsatisfiedLinkError("no zstd in java.library.path")))
                .isEqualTo("no zstd in java.library.path");
    }
}
