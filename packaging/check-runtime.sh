#!/usr/bin/env bash
# A client with a Java of its own does all that a board does, where there is no other Java: over TLS, a signed tree, an increment, a repair.
# Needs the program folders of `mvn -DskipTests package`.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
server=
finish() {
    if [ -n "$server" ]; then
        kill "$server" || true
        wait "$server" || true
    fi
    rm -rf "$work"
}
trap finish EXIT
export LC_ALL=C.UTF-8
server_program=$here/target/ota-server/bin/ota-server

"$here/runtime.sh" "$work/client"
mebibytes=$(du -sm "$work/client" | cut -f 1)
[ "$mebibytes" -le 60 ] || {
    echo "check-runtime.sh: $mebibytes MiB, more than 60" >&2
    exit 1
}

# On the board it lies elsewhere.
mv "$work/client" "$work/opt-client"
env -i PATH=/usr/bin:/bin "$work/opt-client/bin/make-archive"
env -i PATH=/usr/bin:/bin OTA_JAVA_OPTS="-Xlog:class+load:file=$work/classes" "$work/opt-client/bin/ota-client" --version
grep -q 'dev.otapair.* shared objects file' "$work/classes" || {
    echo "check-runtime.sh: the archive that was made in the new place is not used" >&2
    exit 1
}

mkdir -p "$work"/{server/packages,board/keys.d,fw-1/bin}
cd "$work/server"
printf '[DEFAULT]\nport = 0\nsecurity = a-token-for-this-check-alone\n[Server]\nip = 127.0.0.1\npath = packages\nallow_legacy = no\ntls = required\n' \
    >config.ini
"$server_program" tls-init >tls-lines
grep -E '^tls_(cert|key) *=' tls-lines >>config.ini
"$server_program" serve >log 2>&1 &
server=$!
for _ in $(seq 60); do
    port=$(sed -n 's/.*Listening on .*:\([0-9]*\)$/\1/p' log)
    [ -z "$port" ] || break
    sleep 0.5
done
"$server_program" keygen release
mv release.pub "$work/board/keys.d/"
pin=$(sed -n 's/^tls_pin *= *//p' tls-lines)
printf '[DEFAULT]\nport = %s\nsecurity = a-token-for-this-check-alone\n[Client]\nserver = 127.0.0.1\npath = packages\nstate_dir = state\nunpack = yes\ntls = yes\ntls_pin = %s\nafter_process = /bin/true\n' \
    "$port" "$pin" >"$work/board/config.ini"

# Nothing of this machine's Java, nor of its settings.
client() { (cd "$work/board" && env -i PATH=/usr/bin:/bin "$work/opt-client/bin/ota-client" "$@"); }

head -c 3000000 /dev/urandom >"$work/fw-1/bin/app"
"$server_program" publish "$work/fw-1" --key release.key
client update
mv "$work/fw-1" "$work/fw-2"
printf x | dd of="$work/fw-2/bin/app" bs=1 seek=1000 conv=notrunc status=none
"$server_program" publish "$work/fw-2" --key release.key --prepare
client check || [ $? = 10 ]
client update
cmp "$work/fw-2/bin/app" "$work/board/packages/current/bin/app"
echo damaged >"$work/board/packages/current/bin/app"
client verify
cmp "$work/fw-2/bin/app" "$work/board/packages/current/bin/app"
client status
echo "$mebibytes MiB with its own Java"
