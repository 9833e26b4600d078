package dev.otapair.client.install;

import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.protocol.message.Digest;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * The release a program is called about.
 *
 * @param place what it gets as its argument: the package, or the folder it was unpacked into; absolute
 * @param file the package, absolute; verified
 * @param release what is installed once all has gone well
 * @param before what is installed while it runs
 * @param isRollback whether the release is put back in place of one that failed
 * @param attempt which try of this release it is, from 1
 */
public record Subject(
        Path place, Path file, Deployment release, InstalledRelease before, boolean isRollback, int attempt) {
    /** Returns what the program is told in its environment. */
    Map<String, String> variables() {
        Map<String, String> variables = new TreeMap<>();
        variables.put("OTA_NAME", release.name().value());
        variables.put("OTA_PACKAGE", file.toString());
        variables.put("OTA_SIZE", Long.toString(release.size()));
        String digestName = release.digest().algorithm() == Digest.Algorithm.MD5 ? "OTA_MD5" : "OTA_SHA256";
        variables.put(digestName, release.digest().hex());
        variables.put("OTA_VERSION", release.release().version());
        variables.put("OTA_RELEASE", Long.toString(release.release().release()));
        variables.put("OTA_OLD_NAME", before.toString());
        variables.put("OTA_OLD_RELEASE", Long.toString(before.release()));
        variables.put("OTA_ATTEMPT", Integer.toString(attempt));
        variables.put("OTA_ROLLBACK", isRollback ? "1" : "0");
        return variables;
    }
}
