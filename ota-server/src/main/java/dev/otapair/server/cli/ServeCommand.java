package dev.otapair.server.cli;

import dev.otapair.protocol.cli.JarVersion;
import dev.otapair.protocol.cli.OsSignal;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.server.OtaServer;
import dev.otapair.server.ServiceManager;
import dev.otapair.server.config.ConfigSource;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** Runs the daemon in the foreground until a signal ends it. */
@Command(
        name = "serve",
        description = "Serve packages until SIGTERM or SIGINT (the default).",
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    private static final Logger LOG = Loggers.of(ServeCommand.class);

    @ParentCommand
    private OtaServerCommand program;

    @Override
    public Integer call() {
        return serve(program.config().file());
    }

    static int serve(Path configFile) {
        CountDownLatch end = new CountDownLatch(1);
        // The file is about to be read: until then a reload has nothing to do, and must not end the program.
        OsSignal.HUP.handle(() -> {});
        OsSignal.TERM.handle(end::countDown);
        OsSignal.INT.handle(end::countDown);
        ConfigSource configs = ConfigSource.open(configFile, System.getenv());
        configs.current().logLevel().apply();
        LOG.info(
                "Configuration {}, packages in {}",
                configFile,
                configs.current().offers().folder());
        try (ServiceManager systemd = ServiceManager.of(System.getenv());
                OtaServer server = OtaServer.start(configs)) {
            OsSignal.HUP.handle(() -> {
                systemd.reloading();
                server.reload().thenRun(() -> systemd.ready(server.status()));
            });
            systemd.ready(server.status());
            systemd.watch(server::pulse, server::status);
            end.await();
            LOG.info("Told to end: no new connections, running transfers may finish");
            systemd.stopping();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return 0;
    }
}
