package dev.otapair.client.cli;

import dev.otapair.client.Confirmation;
import dev.otapair.client.control.Interruption;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.PackageName;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.util.Locale;

/** Asks the person at the terminal, as the old client did. No answer, or no one there, is a no. */
final class Prompt implements Confirmation {
    private final Interruption interruption;

    Prompt(Interruption interruption) {
        this.interruption = interruption;
    }

    @Override
    public boolean accept(InstalledRelease installed, PackageName offered) {
        System.err.printf(
                "Current version: %s%nLatest version:  %s%nUpdate now? [y/N] ",
                installed.name().map(PackageName::value).orElse("(nothing)"), offered);
        // A read from the terminal cannot be ended otherwise; nothing has been written yet.
        Runnable end = () -> Runtime.getRuntime()
                .halt(interruption.cause().orElse(ErrorCode.INTERRUPTED).exitStatus());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
        try {
            String answer = interruption.during(end, in::readLine);
            return answer != null && answer.strip().toLowerCase(Locale.ROOT).matches("y|yes");
        } catch (IOException e) {
            throw new OtaException(ErrorCode.IO_ERROR, "the answer cannot be read: " + FileFault.why(e), e);
        }
    }
}
