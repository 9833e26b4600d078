package dev.otapair.client.store;

import dev.otapair.protocol.files.UserId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/** What in a folder was written by this client, and could be changed by nobody else since. Stateless. */
final class OwnFile {
    private OwnFile() {}

    /** What somebody else put there, or can still write to by another name, is none of ours; neither is what is not there. */
    static boolean isOurs(Path path) throws IOException {
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        Map<String, Object> file = Files.readAttributes(path, "unix:uid,nlink,mode", LinkOption.NOFOLLOW_LINKS);
        boolean othersWrite = ((Integer) file.get("mode") & 0_022) != 0;
        return Objects.equals(file.get("uid"), UserId.ofProcess())
                && Objects.equals(file.get("nlink"), 1)
                && !othersWrite;
    }
}
