#!/usr/bin/env bash
# Makes a client that brings its own Java, for boards that have none: the modules it needs and no more, with class-data archives. For the kind
# of machine that this runs on; for others run it there, or in a container or chroot of theirs (README.md).
#
#     packaging/runtime.sh FOLDER        FOLDER/bin/ota-client is the program
#
# Copy FOLDER to the board, say to /opt/ota-client, and start its bin/make-archive there once: a class-data archive holds where it was made.
#
# Needs the program folders of `mvn -DskipTests package`, and a JDK 17 or newer with its jmods (Debian: openjdk-17-jdk-headless).
set -euo pipefail

[ $# = 1 ] || {
    sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
    exit 64
}
here=$(dirname "$(readlink -f "$0")")
out=$(readlink -m "$1")
[ ! -e "$out" ] || {
    echo "runtime.sh: $out is there already; remove it, or name another one" >&2
    exit 73
}
jdk=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}
[ -d "$jdk/jmods" ] || {
    echo "runtime.sh: $jdk has no jmods; set JAVA_HOME to a JDK that has (Debian: openjdk-17-jdk-headless)" >&2
    exit 69
}

cp -R "$here/target/ota-client" "$out"
rm -f "$out"/client.jsa*
# What the client and its libraries load; more of what those could use is never reached, as packaging/check-runtime.sh sees. Keys on elliptic
# curves are found by name.
"$jdk/bin/jlink" --add-modules java.base,java.logging,jdk.unsupported,jdk.crypto.ec \
    --strip-debug --no-header-files --no-man-pages --compress=2 --output "$out/runtime"
if command -v strip >/dev/null; then
    find "$out/runtime" -name '*.so' -exec strip --strip-unneeded {} +
fi
# Java's own archive, of all its classes, has no part in the client's.
rm -f "$out"/runtime/lib/server/classes*.jsa
"$out/bin/make-archive"
"$out/bin/ota-client" --version
du -sh "$out" | cut -f 1
