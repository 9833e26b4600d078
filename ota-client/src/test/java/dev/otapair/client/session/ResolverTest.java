package dev.otapair.client.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.control.Interruption;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ResolverTest {
    private static final Duration LONG = Duration.ofMinutes(5);

    private final Interruption interruption = new Interruption();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch end = new CountDownLatch(1);

    @AfterEach
    void endLookups() {
        end.countDown();
    }

    @Test
    void addressesComeInTheOrderOfTheSystem() throws UnknownHostException {
        InetAddress[] both = {InetAddress.getByName("192.0.2.2"), InetAddress.getByName("192.0.2.1")};

        assertThat(new Resolver(name -> both, LONG, interruption).addressesOf("ota"))
                .containsExactly(both);
    }

    @Test
    void nameWithoutAnAddressIsUnreachable() {
        Resolver resolver = new Resolver(
                name -> {
                    throw new UnknownHostException(name);
                },
                LONG,
                interruption);

        OtaException failure = failureOf(resolver);

        assertThat(failure.code()).isEqualTo(ErrorCode.UNREACHABLE);
        assertThat(failure).hasMessageContaining("server = ota has no address");
    }

    @Test
    void silentResolverIsUnreachableAfterTheTimeout() {
        OtaException failure = failureOf(new Resolver(this::silent, Duration.ofSeconds(1), interruption));

        assertThat(failure.code()).isEqualTo(ErrorCode.UNREACHABLE);
        assertThat(failure).hasMessage("server = ota: no answer from the resolver within 1 s");
    }

    @Test
    void signalEndsTheWaitForASilentResolver() throws Exception {
        Resolver resolver = new Resolver(this::silent, LONG, interruption);
        CompletableFuture<OtaException> run = CompletableFuture.supplyAsync(() -> failureOf(resolver));
        asked.await();

        interruption.interrupt(ErrorCode.TERMINATED);

        assertThat(run.get(5, TimeUnit.SECONDS).code()).isEqualTo(ErrorCode.TERMINATED);
    }

    @Test
    void signalBeforeTheLookupEndsItAtOnce() {
        interruption.interrupt(ErrorCode.HUNG_UP);

        assertThat(failureOf(new Resolver(this::silent, LONG, interruption)).code())
                .isEqualTo(ErrorCode.HUNG_UP);
    }

    private InetAddress[] silent(String name) throws UnknownHostException {
        asked.countDown();
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new UnknownHostException(name);
    }

    private static OtaException failureOf(Resolver resolver) {
        return catchThrowableOfType(OtaException.class, () -> resolver.addressesOf("ota"));
    }
}
