#!/usr/bin/env bash
# Rehearses what replacing a Python server (v1) comes to, on a copy: ours serves its folder to old clients as they are, then the first
# board is moved to v2 and signed releases while all others go on. Needs the program folders of `mvn -DskipTests package`, and python3.
#
#     packaging/replace-v1.sh [FOLDER]
#
# FOLDER holds config.ini and the packages of a server in the field; it is only read. Without it one is made up. Nothing listens but on loopback.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8
PATH=$here/target/ota-server/bin:$here/target/ota-client/bin:$PATH

say() { printf '\n== %s\n' "$*"; }
fail() {
    echo "replace-v1.sh: $*" >&2
    exit 1
}
# The value of a key, as configparser reads it.
value() {
    python3 - "$work/v1/config.ini" "$1" "$2" <<'END'
import configparser, sys
config = configparser.ConfigParser()
config.read(sys.argv[1], encoding='utf-8')
print(config.get(sys.argv[2], sys.argv[3], fallback=''))
END
}
# Sets a key of [Server] in the copy, as an operator would by an editor.
edit() {
    python3 - "$work/v1/config.ini" "$1" "$2" <<'END'
import re, sys
path, key, text = sys.argv[1:]
lines, section, done = open(path, encoding='utf-8').read().split('\n'), '', False
for i, line in enumerate(lines):
    found = re.match(r'\s*\[(.*)\]', line)
    section = found.group(1) if found else section
    if section == 'Server' and re.match(r'%s\s*[=:]' % key, line):
        lines[i], done = '%s = %s' % (key, text), True
if not done:
    at = next(i for i, line in enumerate(lines) if line.strip() == '[Server]')
    lines.insert(at + 1, '%s = %s' % (key, text))
open(path, 'w', encoding='utf-8').write('\n'.join(lines))
END
}
# So many old clients at once: what each of them does is the whole of v1.
old_clients() {
    python3 - "$1" "$port" "$(value Server security)" "$2" <<'END'
import hashlib, json, socket, sys, threading
count, port, token, expected = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
good = []
def client():
    link = socket.create_connection(('127.0.0.1', port))
    def ask(verb, data):
        link.sendall(json.dumps({'request': verb, 'data': data}).encode())
        return json.loads(link.recv(1024).decode())
    if ask('handshake', {'security': token})['response'] != 'connected':
        return
    latest = ask('header', {})['data']['latest']
    package = ask('package', {})['data']
    digest, left = hashlib.md5(), int(package['size'])
    while left:
        data = link.recv(65536)
        if not data:
            return
        digest.update(data)
        left -= len(data)
    link.sendall(json.dumps({'request': 'exit', 'data': {}}).encode())
    if digest.hexdigest() == package['md5'] and latest == package['latest'] == expected:
        good.append(latest)
threads = [threading.Thread(target=client) for _ in range(count)]
[thread.start() for thread in threads]
[thread.join(120) for thread in threads]
print('%d of %d old clients got %s, with the right MD5' % (len(good), count, expected))
sys.exit(len(good) != count)
END
}

if [ $# = 1 ]; then
    cp -R "$1" "$work/v1"
else
    mkdir -p "$work/v1/sv_package"
    head -c 3000000 /dev/urandom >"$work/v1/sv_package/gateway-7.bin"
    cat >"$work/v1/config.ini" <<'END'
[DEFAULT]
# 端口
port = 1234
buffer_size = 1024
security = OTA-as-in-the-field
[Server]
# 监听地址，空为全部
ip =
path = sv_package
latest = gateway-7.bin
max_clients = 5
[Client]
server = 127.0.0.1
path = cl_package
latest = gateway-6.bin
after_proccess = process.sh
END
fi
cd "$work/v1"
latest=$(value Server latest)
packages=$(value Server path)
[ -f "$packages/$latest" ] || fail "$packages/$latest is not there; is $1 the folder of a server?"

say "What ours says of its config.ini"
ota-server check-config --config config.ini

say "Ours in its place: in the field on its port, here on a free one"
sed 's/^port *[=:].*/port = 0/; s/^ip *[=:].*/ip = 127.0.0.1/' config.ini >config.rehearsal && mv config.rehearsal config.ini
ota-server serve --config config.ini >"$work/log" 2>&1 &
server=$!
port=
for _ in $(seq 60); do
    port=$(sed -n 's/.*Listening on .*:\([0-9]*\)$/\1/p' "$work/log")
    [ -z "$port" ] || break
    sleep 0.5
done
[ -n "$port" ] || fail "it does not listen: $(cat "$work/log")"

say "The boards notice nothing"
old_clients 12 "$latest"

say "A key of your own; what is on offer, signed. Old clients see the same"
(umask 077 && ota-server keygen release)
ota-server publish "$packages/$latest" --key release.key
edit latest ''
sleep 3
old_clients 12 "$latest"

say "The first board is moved: it runs $latest, and from now on takes what you signed"
mkdir -p "$work/board/keys.d"
cp release.pub "$work/board/keys.d/"
cat >"$work/board/config.ini" <<END
[DEFAULT]
port = $port
security = $(value Server security | sed 's/%/%%/g')
[Client]
server = 127.0.0.1
path = packages
latest = $latest
after_process = /bin/true
END
(cd "$work/board" && ota-client update && ota-client status)

say "A new release reaches both"
head -c 3000000 /dev/urandom >"$work/next-release.bin"
ota-server publish "$work/next-release.bin" --key release.key
(cd "$work/board" && ota-client update)
cmp "$work/next-release.bin" "$work/board/packages/current"
old_clients 12 next-release.bin
ota-server devices

say "Who still comes by v1"
kill "$server"
wait "$server" || true
grep "(v1)" "$work/log"
echo
echo "In the field: stop the Python server, start 'ota-server serve' in its folder, and go on as above."
