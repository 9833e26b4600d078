#!/usr/bin/env bash
# The built client on another processor: a Java for arm64 under qemu's user emulation does one whole signed update by a patch, and a repair. Slow
# (minutes), so for .ci/long. Needs the program folders of `mvn -DskipTests package`, qemu-aarch64-static and apt; what it downloads goes into
# FOLDER and is kept there:
#
#     packaging/check-arm64.sh [FOLDER]       default: packaging/target/arm64
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
root=$(readlink -m "${1:-$here/target/arm64}")
# shellcheck source=packaging/pair.sh
. "$here/pair.sh"

# An apt of its own: this machine's packages and lists stay as they are.
fetch() {
    local apt=$root/apt
    mkdir -p "$apt"/{lists/partial,cache/archives/partial} "$root/usr"
    : >"$apt/status"
    options=(-o APT::Architecture=arm64 -o APT::Architectures=arm64 -o "Dir::State=$apt" -o "Dir::State::lists=$apt/lists"
        -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt/cache" -o Debug::NoLocking=1 -o APT::Sandbox::User=root)
    apt-get "${options[@]}" -q update
    # Scripts of theirs never run: only their files are wanted.
    apt-get "${options[@]}" -q -y --no-install-recommends --download-only install openjdk-17-jre-headless
    for package in "$apt"/cache/archives/*.deb; do
        dpkg-deb -x "$package" "$root"
    done
    rm -rf "$apt"
}

command -v qemu-aarch64-static >/dev/null || {
    echo "check-arm64.sh: qemu-aarch64-static is missing (Debian: qemu-user-static)" >&2
    exit 69
}
java=$root/usr/lib/jvm/java-17-openjdk-arm64
[ -x "$java/bin/java" ] || fetch

# A JAVA_HOME as the client's launcher wants one.
mkdir -p "$work/java/bin"
cp "$java/release" "$work/java/"
cat >"$work/java/bin/java" <<END
#!/bin/sh
exec qemu-aarch64-static -L $root $java/bin/java "\$@"
END
chmod +x "$work/java/bin/java"
# Java's helper that starts programs is for arm64 as well, and only qemu can start that.
client() {
    (cd "$work/board" && JAVA_HOME=$work/java OTA_ARCHIVE='' OTA_JAVA_OPTS=-Djdk.lang.Process.launchMechanism=VFORK \
        "$here/target/ota-client/bin/ota-client" "$@")
}

start_server 'allow_legacy = no' 'idle_timeout = 10m' 'handshake_timeout = 5m'
make_key
set_up_board 'unpack = yes' 'response_timeout = 10m' 'read_timeout = 5m'

# The programs of this machine are as good a release as any.
mkdir -p "$work/fw-1/bin"
cp -L /usr/bin/a* "$work/fw-1/bin/"
publish "$work/fw-1"
client --version
client update
mv "$work/fw-1" "$work/fw-2"
printf x | dd of="$work/fw-2/bin/apt" bs=1 seek=1000 conv=notrunc status=none
cat /usr/bin/chmod /usr/bin/cp >"$work/fw-2/bin/new"
publish "$work/fw-2" --prepare
client check || [ $? = 10 ]
client update
diff -r "$work/fw-2" "$work/board/packages/current/"
echo damaged >"$work/board/packages/current/bin/apt"
client verify
diff -r "$work/fw-2" "$work/board/packages/current/"
echo "arm64: updated by a patch, and repaired"
