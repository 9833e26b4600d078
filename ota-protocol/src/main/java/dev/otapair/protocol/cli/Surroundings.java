package dev.otapair.protocol.cli;

import java.util.List;

/** What a program's manual page names beside what {@code --help} says; implemented by its top command. */
public interface Surroundings {
    /** The files of the Debian package and of its service. */
    List<Entry> files();

    /** The variables that the program or its launcher reads. */
    List<Entry> environment();

    /**
     * One file or variable.
     *
     * @param name as it is typed
     * @param text what it is for
     */
    record Entry(String name, String text) {}
}
