package dev.otapair.protocol.log;

import org.slf4j.ILoggerFactory;
import org.slf4j.simple.SimpleServiceProvider;

/** Makes what libraries log by slf4j lines as operators know them; chosen by the system property {@code slf4j.provider}. */
public final class OperatorLogProvider extends SimpleServiceProvider {
    /** Does not make slf4j-simple's factory, which would look for its settings in all jars. */
    @Override
    public void initialize() {}

    @Override
    public ILoggerFactory getLoggerFactory() {
        return Loggers.shared();
    }
}
