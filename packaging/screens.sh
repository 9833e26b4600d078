#!/usr/bin/env bash
# Makes the screens of docs/operating.md: real runs of the built programs, in a throw-away folder, on loopback. What differs each time
# (keys, sizes, times) differs there too; the throw-away folder is shown as /var/lib/ota-client.
#
#     packaging/screens.sh        needs the packages of mvn package, script and python3
set -euo pipefail
export LC_ALL=C.UTF-8 COLUMNS=100

here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
PATH=$here/target/ota-server/bin:$here/target/ota-client/bin:$PATH

# Shows a command as it is typed, and what it says on a terminal, escapes taken out. Of a line that was drawn anew, such as a bar, the
# first, one in the middle and the last are shown.
screen() {
    local due=$1 shown=$2 status=0
    shift 2
    printf '\n$ %s\n' "$shown"
    script -qec "stty cols 100; $*" /dev/null </dev/null >"$work/typescript" || status=$?
    [ "$status" -eq "$due" ] || {
        cat "$work/typescript" >&2
        echo "screens.sh: status $status, due was $due" >&2
        exit 1
    }
    python3 - "$work" <<'PYTHON'
import re, sys
text = open(sys.argv[1] + '/typescript', encoding='utf-8', newline='').read().replace('\r\n', '\n')
text = text.replace(sys.argv[1] + '/board', '/var/lib/ota-client')
for line in re.sub(r'\x1b\[[0-9;?]*[A-Za-z]', '', text).split('\n'):
    drawn = [part.rstrip() for part in line.split('\r') if part.strip()]
    for part in sorted({0, len(drawn) // 2, len(drawn) - 1}) if drawn else []:
        print(drawn[part])
PYTHON
}

mkdir -p "$work"/{server/packages,build/fw-1/lib,board/keys.d}
cd "$work"
printf '[DEFAULT]\nport = 0\nsecurity = only-for-these-screens\n[Server]\nip = 127.0.0.1\npath = packages\nallow_legacy = no\nclient_bandwidth = 4M\n' \
    >server/config.ini
# Looked at before the program itself may have made it.
: >server/log
ota-server serve --config server/config.ini 2>server/log &
server=$!
port=
for _ in $(seq 150); do
    port=$(sed -n 's/.*Listening on .*:\([0-9]*\)$/\1/p' server/log)
    [ -z "$port" ] || break
    sleep 0.2
done
[ -n "$port" ]
printf '[DEFAULT]\nport = %s\nsecurity = only-for-these-screens\n[Client]\nserver = 127.0.0.1\npath = packages\nunpack = yes\ndevice_id = board-17\n' \
    "$port" >board/config.ini
ota-server keygen release >/dev/null
cp release.pub board/keys.d/
head -c 12000000 /dev/urandom >build/fw-1/lib/model.bin
echo 1 >build/fw-1/VERSION
cp -R build/fw-1 build/fw-2
echo 2 >build/fw-2/VERSION
printf 'patched' | dd of=build/fw-2/lib/model.bin bs=1 seek=4000 conv=notrunc status=none
ota-server publish build/fw-1 --key release.key --version 1.0 --config server/config.ini >/dev/null 2>&1

screen 0 'ota-client update' ota-client update --config board/config.ini
screen 0 'ota-server publish build/fw-2 --key release.key --version 2.0 --prepare' \
    ota-server publish build/fw-2 --key release.key --version 2.0 --prepare --config server/config.ini
screen 10 'ota-client check' ota-client check --config board/config.ini
screen 0 'ota-client status' ota-client status --config board/config.ini
screen 0 'ota-server devices' ota-server devices --config server/config.ini
