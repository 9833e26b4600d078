package dev.otapair.client.torture;

/** What a program did to a disk: a change of a folder, a change of a file, or a demand that changes be kept. */
sealed interface DiskChange {
    /**
     * A file, a folder or a link, under whatever name.
     *
     * @param target what a link names: it comes to the disk with the link itself; empty for all others
     */
    record Node(int number, boolean isFolder, String target) {
        boolean isLink() {
            return !target.isEmpty();
        }
    }

    /** Changes the names in one folder. */
    sealed interface OfFolder extends DiskChange {
        /** Returns the folder. */
        String folder();
    }

    /** A file, a folder or a link was made. */
    record Made(String path, Node node) implements OfFolder {
        @Override
        public String folder() {
            return parent(path);
        }
    }

    /** A name was removed. */
    record Removed(String path) implements OfFolder {
        @Override
        public String folder() {
            return parent(path);
        }
    }

    /** A file got another name in the same folder, in place of what had that. */
    record Renamed(String from, String to, Node node) implements OfFolder {
        @Override
        public String folder() {
            return parent(to);
        }
    }

    /** Bytes were written to a file. */
    record Written(Node node, int position, byte[] bytes) implements DiskChange {}

    /** A file was made shorter. */
    record Cut(Node node, int size) implements DiskChange {}

    /** All bytes of a file are on the disk; its name may not be. */
    record FileSynced(Node node) implements DiskChange {}

    /** All names in a folder are on the disk. */
    record FolderSynced(String path) implements DiskChange {}

    /** Returns the folder that something is in. */
    static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash > 0 ? path.substring(0, slash) : "/";
    }
}
