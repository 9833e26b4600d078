package dev.otapair.protocol.log;

import org.slf4j.ILoggerFactory;
import org.slf4j.simple.SimpleServiceProvider;

/** Makes slf4j-simple write lines as operators know them; chosen by the system property {@code slf4j.provider}. */
public final class OperatorLogProvider extends SimpleServiceProvider {
    private ILoggerFactory loggers;

    /** Does not make slf4j-simple's factory too, which would look for its settings in all jars. */
    @Override
    public void initialize() {
        loggers = new OperatorLoggerFactory();
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        return loggers;
    }
}
