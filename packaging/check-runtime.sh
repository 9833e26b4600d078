#!/usr/bin/env bash
# A client with a Java of its own does all that a board does, where there is no other Java: over TLS, a signed tree, an increment, a repair.
# Needs the program folders of `mvn -DskipTests package`.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=packaging/pair.sh
. "$here/pair.sh"

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

mapfile -t certificate < <(make_certificate)
start_server 'allow_legacy = no' 'tls = required' "${certificate[@]}"
make_key
set_up_board 'unpack = yes' 'tls = yes' "tls_pin = $(cat "$work/server/pin")"

# Nothing of this machine's Java, nor of its settings.
client() { (cd "$work/board" && env -i PATH=/usr/bin:/bin "$work/opt-client/bin/ota-client" "$@"); }

mkdir -p "$work/fw-1/bin"
head -c 3000000 /dev/urandom >"$work/fw-1/bin/app"
publish "$work/fw-1"
client update
mv "$work/fw-1" "$work/fw-2"
printf x | dd of="$work/fw-2/bin/app" bs=1 seek=1000 conv=notrunc status=none
publish "$work/fw-2" --prepare
client check || [ $? = 10 ]
client update
cmp "$work/fw-2/bin/app" "$work/board/packages/current/bin/app"
echo damaged >"$work/board/packages/current/bin/app"
client verify
cmp "$work/fw-2/bin/app" "$work/board/packages/current/bin/app"
client status
echo "$mebibytes MiB with its own Java"
