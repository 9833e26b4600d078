package dev.otapair.client.tree;

import dev.otapair.client.store.FileStamp;
import dev.otapair.client.store.FileStamps;
import dev.otapair.protocol.delta.Plan.Piece;
import dev.otapair.protocol.delta.Plan.Side;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntFunction;

/** One making of a release, step after step. Not thread-safe; closed by who began it. */
final class BuildRun implements AutoCloseable {
    private static final int NO_FILE = -1;

    private final Optional<CheckedTree> base;
    private final Optional<GuardedFolder> baseFolder;
    private final BaseObjects objects;
    private final BuildOrder order;
    private final PieceSource pieces;
    private final NewTree tree;
    private final Path target;
    private final Path scratch;
    private final Clock clock;
    private final Runnable goesOn;

    /** Files that are their twins under a second name. */
    private final BitSet linked = new BitSet();

    /** Of each object that is written: the file that it is written to, and copied from. */
    private final int[] firstOf;
