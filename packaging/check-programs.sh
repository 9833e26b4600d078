#!/usr/bin/env bash
# Checks the two program folders that `mvn package` made: what is in them, how large they are, and that they run from
# anywhere, on every Java of this machine that is new enough, without a warning.
set -euo pipefail

# shellcheck source=packaging/pair.sh
. "$(dirname "$(readlink -f "$0")")/pair.sh"
cd "$packages"

failures=0
fail() {
    echo "FAILED: $1" >&2
    failures=$((failures + 1))
}

# The artifacts a program may ship. One more here is a decision: see "The client's lib" in docs/architecture.md.
common='commons-compress commons-io commons-lang3 ini4j jackson-core ota-protocol picocli slf4j-api slf4j-simple xz'
server_only='netty-all netty-buffer netty-codec-base netty-common netty-handler netty-resolver netty-transport netty-transport-classes-epoll
    netty-transport-native-epoll netty-transport-native-unix-common ota-server zstd-jni'
client_only='jline-native jline-terminal ota-client progressbar'

# Prints the artifacts of the jars in a folder: the names before the version. Test jars and the like keep their suffix.
artifacts() {
    for jar in "$1"/*.jar; do
        basename "$jar" | sed -E 's/-[0-9]+(\.[0-9A-Za-z]+)*(-[0-9]+)?(-SNAPSHOT)?(-linux-[a-z0-9_]+)?\.jar$//'
    done | sort -u
}

check_folder() {
    program=$1
    max_bytes=$2
    shift 2
    [ -x "$program/bin/$program" ] || fail "$program/bin/$program is not there or has no x bit"
    for artifact in $(artifacts "$program/lib"); do
        case " $* " in
            *" $artifact "*) ;;
            *) fail "$program/lib holds $artifact, which is not on the list of what it ships" ;;
        esac
    done
    bytes=$(cat "$program"/lib/*.jar | wc -c)
    echo "$program/lib: $(find "$program/lib" -name '*.jar' | wc -l) jars, $bytes bytes"
    [ "$bytes" -le "$max_bytes" ] || fail "$program/lib has $bytes bytes, allowed are $max_bytes"
    # The archive is of this machine and for it.
    if grep -rlF --exclude=client.jsa* "$PWD" "$program"; then
        fail "the files above name the folder they were built in"
    fi
}

# shellcheck disable=SC2086 # The lists are split into words on purpose.
check_folder ota-server 20000000 $common $server_only
# shellcheck disable=SC2086
check_folder ota-client 6000000 $common $client_only

for machine in x86_64 aarch_64 riscv64; do
    [ -n "$(find ota-server/lib -name "netty-transport-native-epoll-*-linux-$machine.jar")" ] \
        || fail "ota-server/lib holds no epoll library for $machine"
done

elsewhere=$work/elsewhere
mkdir -p "$elsewhere/a folder" "$elsewhere/links"
cp -R ota-server ota-client "$elsewhere/a folder"
ln -s "../a folder/ota-server/bin/ota-server" "../a folder/ota-client/bin/ota-client" "$elsewhere/links"

# Runs both programs by their links; their log, and a warning of the virtual machine, would be on standard error.
check_run() {
    for program in ota-server ota-client; do
        if "$elsewhere/links/$program" --version >"$elsewhere/out" 2>"$elsewhere/err" && [ ! -s "$elsewhere/err" ]; then
            cat "$elsewhere/out"
        else
            cat "$elsewhere/out" "$elsewhere/err" >&2
            fail "$program --version, with JAVA_HOME=${JAVA_HOME:-}"
        fi
    done
}

check_run
for release in /usr/lib/jvm/*/release; do
    if grep -Eq '^JAVA_VERSION="(1[7-9]|[2-9][0-9])' "$release" 2>/dev/null && [ ! -L "$(dirname "$release")" ]; then
        JAVA_HOME=$(dirname "$release")
        export JAVA_HOME
        check_run
    fi
done

# Made where it is, an archive is used; after a boot, one that is cut off, has a hole, is something else, or was made by another Java is not, and
# the client starts all the same.
unset JAVA_HOME
cp -R ota-client "$elsewhere"
client=$elsewhere/ota-client
rm -f "$client"/client.jsa*
"$client/bin/make-archive" || fail "make-archive"
# Sets how many of our classes came from the archive; the words after the first are put before the command.
archived=0
look() {
    if ! OTA_JAVA_OPTS="-Xlog:class+load:file=$elsewhere/classes" "${@:2}" "$client/bin/ota-client" --version >/dev/null 2>"$elsewhere/err" \
        || [ -s "$elsewhere/err" ]; then
        fail "--version, with $1: $(cat "$elsewhere/err")"
    fi
    archived=$(grep -c 'dev.otapair.* shared objects file' "$elsewhere/classes") || true
}
expect_used() {
    look "$@"
    [ "$archived" -gt 0 ] || fail "$1: not used"
}
expect_unused() {
    look "$@"
    [ "$archived" = 0 ] || fail "$1: used"
}
damage() {
    cp "$elsewhere/whole/client.jsa.sum" "$client"
    cat >"$client/client.jsa"
    rm -f "$client/client.jsa.boot"
}
# After a boot, with the sum that make-archive wrote.
booted() {
    cp "$elsewhere/whole/client.jsa.sum" "$client"
    rm -f "$client/client.jsa.boot"
}
# Who chose another collector, or another heap, gets that, and not a Java that refuses two.
for options in -XX:+UseSerialGC -XX:+UseParallelGC -Xmx10m; do
    JAVA_TOOL_OPTIONS=$options "$client/bin/ota-client" --version >/dev/null 2>"$elsewhere/err" || fail "--version, with $options: $(cat "$elsewhere/err")"
    OTA_JAVA_OPTS=$options "$client/bin/ota-client" --version >/dev/null 2>"$elsewhere/err" || fail "--version, with $options: $(cat "$elsewhere/err")"
done
# Where its folder is read-only, it is Java that looks.
read_only=()
# shellcheck disable=SC2016 # It is the inner shell that looks into its arguments.
if unshare --mount true 2>/dev/null; then
    read_only=(unshare --mount sh -euc 'mount --bind "$0" "$0"; mount -o remount,ro,bind "$0"; exec "$@"' "$client")
else
    echo "check-programs.sh: no archive in a read-only folder was tried: this machine makes no namespaces" >&2
fi
expect_used "the archive that was made here"
[ -s "$client/client.jsa.boot" ] || fail "that it is whole was not noted"
mkdir "$elsewhere/whole"
cp -p "$client"/client.jsa* "$elsewhere/whole"
bytes=$(stat -c %s "$client/client.jsa")
chmod u+w "$client/client.jsa"
expect_used "its archive, known to be whole"
booted
expect_used "its archive, in a read-only folder" "${read_only[@]}"
# A machine without the program that sums: Java looks.
mkdir "$elsewhere/without"
printf '#!/bin/sh\nexit 127\n' >"$elsewhere/without/cksum"
chmod +x "$elsewhere/without/cksum"
booted
expect_used "its archive, without cksum" env "PATH=$elsewhere/without:$PATH"
[ -s "$client/client.jsa.sum" ] || fail "without cksum, a whole archive is given up"
for length in 0 1000 20000 1000000 $((bytes - 1)); do
    head -c "$length" "$elsewhere/whole/client.jsa" | damage
    expect_unused "an archive of $length bytes"
    booted
    expect_unused "an archive of $length bytes, in a read-only folder" "${read_only[@]}"
done
for percent in 1 30 60 80 95; do
    damage <"$elsewhere/whole/client.jsa"
    dd if=/dev/zero of="$client/client.jsa" bs=4096 seek=$((bytes * percent / 100 / 4096)) count=16 conv=notrunc status=none
    expect_unused "an archive with a hole at $percent %"
    booted
    look "an archive with a hole at $percent %, in a read-only folder" "${read_only[@]}"
done
head -c "$bytes" /dev/urandom | damage
expect_unused noise
booted
expect_unused "noise, in a read-only folder" "${read_only[@]}"
rm "$client/client.jsa"
look 'no archive'
cp "$elsewhere/whole/client.jsa" "$client"
booted
expect_used "the archive that is whole again"

# Java 17 finds in its archive what a signed check loads, but for what is made as it runs.
java17=$(find /usr/lib/jvm -maxdepth 1 -name 'java-17-openjdk-*' | sort | head -n 1)
if [ -x "$java17/bin/java" ]; then
    export JAVA_HOME=$java17
    rm -f "$client"/client.jsa*
    "$client/bin/make-archive"
    start_server 'allow_legacy = no'
    make_key
    echo package >"$work/package"
    publish "$work/package"
    set_up_board 'unpack = no'
    (cd "$work/board" && "$client/bin/ota-client" update && OTA_JAVA_OPTS="-Xlog:class+load:file=$elsewhere/classes" "$client/bin/ota-client" check)
    outside=$(grep ' source: \(file\|jrt\):' "$elsewhere/classes" | grep -c . || true)
    echo "$outside classes of a signed check are not in the archive"
    [ "$outside" -le 20 ] || fail "that is more than 20: packaging/list-classes.sh lists them anew"
    unset JAVA_HOME
fi

# A machine without Java is told what to install.
status=0
message=$(JAVA_HOME=/nonexistent "$elsewhere/links/ota-client" 2>&1) || status=$?
case $status:$message in
    127:*'apt-get install openjdk-17-jre-headless'*) ;;
    *) fail "without Java: status $status, $message" ;;
esac

[ "$failures" -eq 0 ] || exit 1
echo "The program folders are as they should be."
