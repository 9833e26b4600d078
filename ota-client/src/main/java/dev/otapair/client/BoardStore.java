package dev.otapair.client;

import dev.otapair.client.config.ClientConfig;
import dev.otapair.client.store.Answer;
import dev.otapair.client.store.History;
import dev.otapair.client.store.Journal;
import dev.otapair.client.store.PackageFolder;
import dev.otapair.client.store.Quarantine;
import dev.otapair.client.store.ReleaseFolder;
import dev.otapair.client.store.ReportFile;
import dev.otapair.client.store.Staged;
import dev.otapair.client.store.StateFile;
import dev.otapair.protocol.files.DurableFiles;

/**
 * All that a board keeps about releases.
 *
 * @param packages what has come, whole and in part
 * @param releases what {@code current} and {@code previous} name
 * @param state what is installed
 * @param history what was good here, and is still here
 * @param journal the installation that has not come to its end
 * @param quarantine what was taken back
 * @param answer what the application says of a release that is proving itself
 * @param staged what has come and waits for its time
 * @param report what the server is to be told
 */
record BoardStore(
        PackageFolder packages,
        ReleaseFolder releases,
        StateFile state,
        History history,
        Journal journal,
        Quarantine quarantine,
        Answer answer,
        Staged staged,
        ReportFile report) {
    static BoardStore of(ClientConfig config, DurableFiles files) {
        return new BoardStore(
                new PackageFolder(config.packages(), config.maxPackageSize(), files),
                new ReleaseFolder(config.packages(), files),
                new StateFile(config.stateFolder(), files),
                new History(config.stateFolder(), files),
                new Journal(config.stateFolder(), files),
                new Quarantine(config.stateFolder(), files),
                new Answer(config.stateFolder(), files),
                new Staged(config.stateFolder(), files),
                new ReportFile(config.stateFolder(), files));
    }
}
