#!/usr/bin/env bash
# Writes packaging/lib/client.classes anew: what the client loads when it checks and updates, which make-archive puts into the class-data archive of
# a board. To be run, with Java 17, when packaging/check-programs.sh says that too many classes are not in that list. Needs the program folders of
# `mvn -DskipTests package`.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=packaging/pair.sh
. "$here/pair.sh"

client() {
    (cd "$work/board" && OTA_ARCHIVE='' OTA_JAVA_OPTS="-Xshare:off -XX:DumpLoadedClassList=$work/list" "$packages/ota-client/bin/ota-client" "$@") \
        >"$work/said" 2>&1 || [ $? = 10 ]
    cat "$work/list" >>"$work/lists"
}

# A round: nothing is installed, something is on offer, it was installed, it was verified before as well.
round() {
    rm -rf "$work"/board/{state,packages}
    client check
    client update
    client check
    client check
}

echo package >"$work/package"
cp "$work/package" "$work/server/packages/named"
mapfile -t certificate < <(make_certificate)
start_server 'tls = optional' "${certificate[@]}"
make_key

# What most boards do comes first, and lies close together.
publish "$work/package" --name signed
set_up_board
round
set_up_board 'tls = yes' "tls_pin = $(cat "$work/server/pin")"
round
stop_server
rm -rf "$work/board/keys.d" "$work/server/state"
mkdir "$work/board/keys.d"
start_server 'latest = named'
set_up_board
round

# Comments are the list's head; they differ from Java to Java.
grep -hv '^#' "$work/lists" | awk '!seen[$0]++' >"$here/lib/client.classes"
wc -l "$here/lib/client.classes"
