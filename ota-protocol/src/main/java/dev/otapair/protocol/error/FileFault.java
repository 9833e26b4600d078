package dev.otapair.protocol.error;

import java.io.EOFException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Optional;

/** Why a file cannot be used, in an operator's words: Java names its classes instead. Stateless. */
public final class FileFault {
    private FileFault() {}

    /**
     * Returns what a command fails with that needs to read a file.
     *
     * @return IO_ERROR
     */
    public static OtaException unreadable(Path file, Exception cause) {
        return new OtaException(ErrorCode.IO_ERROR, "%s cannot be read: %s".formatted(file, why(cause)), cause);
    }

    /**
     * Returns what a command fails with that needs to write a file.
     *
     * @return CANNOT_WRITE
     */
    public static OtaException unwritable(Path file, Exception cause) {
        return new OtaException(ErrorCode.CANNOT_WRITE, "%s cannot be written: %s".formatted(file, why(cause)), cause);
    }

    /** Returns the reason alone: some words without a capital at the beginning and without a full stop. */
    public static String why(Exception cause) {
        if (cause instanceof CharacterCodingException) {
            return "it is not text in UTF-8";
        }
        if (cause instanceof FileSystemException fault) {
            return why(fault);
        }
        boolean saysNothing = cause.getMessage() == null;
        if (saysNothing && cause instanceof EOFException) {
            return "it ends too early";
        }
        if (saysNothing && cause instanceof ClosedChannelException) {
            return "it was closed meanwhile";
        }
        return messageOf(cause);
    }

    private static String why(FileSystemException cause) {
        if (cause instanceof NoSuchFileException) {
            return missing(cause);
        }
        if (cause instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (cause instanceof FileAlreadyExistsException) {
            return "it is there already";
        }
        if (cause instanceof NotDirectoryException) {
            return "it is not a folder";
        }
        if (cause instanceof DirectoryNotEmptyException) {
            return "the folder is not empty";
        }
        return Optional.ofNullable(cause.getReason()).map(FileFault::lowered).orElseGet(() -> messageOf(cause));
    }

    private static String missing(FileSystemException cause) {
        return Optional.ofNullable(cause.getFile())
                .map(Path::of)
                .map(Path::getParent)
                .filter(folder -> !Files.exists(folder, LinkOption.NOFOLLOW_LINKS))
                .map("the folder %s does not exist"::formatted)
                .orElse("it does not exist");
    }

    /** What the kernel says begins with a capital; what we say may begin with a name, which is left alone. */
    static String lowered(String reason) {
        boolean isSentence = reason.length() > 1 && Character.isLowerCase(reason.charAt(1));
        return isSentence ? Character.toLowerCase(reason.charAt(0)) + reason.substring(1) : reason;
    }

    static String messageOf(Throwable cause) {
        return Optional.ofNullable(cause.getMessage())
                .filter(message -> !message.isBlank())
                .map(FileFault::lowered)
                .orElseGet(() -> cause.getClass().getSimpleName());
    }
}
