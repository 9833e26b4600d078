#!/usr/bin/env bash
# Rehearses what replacing a Python server (v1) comes to, on a copy: ours serves its folder to old clients as they are, then the first
# board is moved to v2 and signed releases while all others go on. Needs the program folders of `mvn -DskipTests package`, and python3.
#
#     packaging/replace-v1.sh [FOLDER]
#
# FOLDER holds config.ini and the packages of a server in the field; it is only read, and so is a folder elsewhere that its path names.
# Without FOLDER two are made up: one as most are, one with an absolute path and a config.ini that leaves out what it can. Nothing listens
# but on loopback: on the port of config.ini if that is free there, else on another one.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
# Not those of an installed package.
unset OTA_CONFIG OTA_SERVER_CONFIG OTA_CLIENT_CONFIG OTA_ARCHIVE
export LC_ALL=C.UTF-8

say() { printf '\n== %s\n' "$*"; }
fail() {
    echo "replace-v1.sh: $*" >&2
    exit 1
}

# What every file below these folders is and holds.
state() {
    find "$@" -printf '%p %y %m %U %G %s %T@\n' | sort
    find "$@" -type f -exec sha256sum {} + | sort
}

# Runs this script on a folder, which has to be the same after it, in an environment that points elsewhere.
unchanged() {
    local folder=$1 before
    shift
    before=$(state "$folder" "$@")
    printf '\n==== A server whose path is %s\n' "$(sed -n 's/^ *[Pp]ath *[=:] *//p' "$folder/config.ini" | head -n 1)"
    OTA_CONFIG=$work/elsewhere.ini OTA_SERVER_CONFIG=$work/elsewhere.ini OTA_CLIENT_CONFIG=$work/elsewhere.ini "$0" "$folder"
    [ "$before" = "$(state "$folder" "$@")" ] || fail "the folder of the server in the field was written to"
}

if [ $# = 0 ]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/first/sv_package" "$work/second" "$work/srv/releases"
    head -c 3000000 /dev/urandom >"$work/first/sv_package/gateway-7.bin"
    cat >"$work/first/config.ini" <<'END'
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
    head -c 3000000 /dev/urandom >"$work/srv/releases/gateway-7.bin"
    cat >"$work/second/config.ini" <<END
[DEFAULT]
Security : 100%%-in-the-field
[Server]
Path = $work/srv/releases
Latest = gateway-7.bin
END
    unchanged "$work/first"
    unchanged "$work/second" "$work/srv"
    exit
fi

live=$(readlink -f "$1")
[ -f "$live/config.ini" ] || fail "$1 holds no config.ini"
work=$(mktemp -d)
server=
finish() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap finish EXIT
PATH=$here/target/ota-server/bin:$here/target/ota-client/bin:$PATH
config=$work/v1/config.ini

# The value of a key, as configparser reads it.
value() {
    python3 - "$config" "$1" "$2" <<'END'
import configparser, sys
config = configparser.ConfigParser()
config.read(sys.argv[1], encoding='utf-8')
print(config.get(sys.argv[2], sys.argv[3], fallback=''))
END
}
# Sets keys of [Server] in the copy, in whichever way they are written there.
#     edit KEY VALUE...
edit() {
    python3 - "$config" "$@" <<'END'
import configparser, sys
path, words = sys.argv[1], sys.argv[2:]
config = configparser.ConfigParser()
config.read(path, encoding='utf-8')
if not config.has_section('Server'):
    config.add_section('Server')
for key, text in zip(words[::2], words[1::2]):
    config.set('Server', key, text.replace('%', '%%'))
with open(path, 'w', encoding='utf-8') as out:
    config.write(out)
END
}
# So many old clients at once: what each of them does is the whole of v1.
old_clients() {
    TOKEN=$token python3 - "$1" "$port" "$2" <<'END'
import hashlib, json, os, socket, sys, threading
count, port, token, expected = int(sys.argv[1]), int(sys.argv[2]), os.environ['TOKEN'], sys.argv[3]
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
# A port that is free on loopback: this one, else any.
free_port() {
    python3 - "$1" <<'END'
import socket, sys
for port in int(sys.argv[1]), 0:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(('127.0.0.1', port))
            tried.listen()
        except OSError:
            continue
        print(tried.getsockname()[1])
        break
END
}

(umask 077 && mkdir "$work/v1")
cp -RL "$live/." "$work/v1"
packages=$(value Server path)
latest=$(value Server latest)
token=$(value Server security)
# A folder that lies elsewhere is copied as well: what is published goes into it.
folder=$(cd "$live" && readlink -m "$packages")
case $folder in
    "$live"/*) packages=${folder#"$live"/} ;;
    *)
        packages=packages.rehearsed
        mkdir "$work/v1/$packages"
        cp -RL "$folder/." "$work/v1/$packages"
        ;;
esac
cd "$work/v1"

say "What ours says of its config.ini"
ota-server check-config --config "$live/config.ini"

say "Ours in its place, on loopback"
wanted=$(value Server port)
port=$(free_port "${wanted:-1234}")
if [ "$port" = "${wanted:-1234}" ]; then
    echo "on its port, $port"
else
    echo "on port $port, since ${wanted:-1234} is taken here"
fi
[ -f "$packages/$latest" ] || fail "$packages/$latest is not there; is $1 the folder of a server?"
edit port "$port" ip 127.0.0.1 path "$packages" state_dir "$work/state"
ota-server serve --config "$config" >"$work/log" 2>&1 &
server=$!
for _ in $(seq 60); do
    if grep -q "Listening on .*:$port\$" "$work/log"; then
        break
    fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.5
done
grep "Listening on 127.0.0.1:$port\$" "$work/log" || fail "it does not listen on 127.0.0.1:$port: $(cat "$work/log")"

say "The boards notice nothing"
old_clients 12 "$latest"

say "A key of your own; what is on offer, signed. Old clients see the same"
(umask 077 && ota-server keygen --config "$config" release)
ota-server publish --config "$config" "$packages/$latest" --key release.key
edit latest ''
sleep 3
old_clients 12 "$latest"

say "The first board is moved: it runs $latest, and from now on takes what you signed"
mkdir -p "$work/board/keys.d"
cp release.pub "$work/board/keys.d/"
board=$work/board/config.ini
(umask 077 && cat >"$board") <<END
[DEFAULT]
port = $port
security = ${token//%/%%}
[Client]
server = 127.0.0.1
path = packages
latest = $latest
after_process = /bin/true
END
ota-client update --config "$board"
ota-client status --config "$board"

say "A new release reaches both"
head -c 3000000 /dev/urandom >"$work/next-release.bin"
ota-server publish --config "$config" "$work/next-release.bin" --key release.key
ota-client update --config "$board"
cmp "$work/next-release.bin" "$work/board/packages/current"
old_clients 12 next-release.bin
ota-server devices --config "$config"

say "Who still comes by v1"
kill "$server"
wait "$server" || true
grep "(v1)" "$work/log"
echo
echo "In the field: stop the Python server, start 'ota-server serve --config config.ini' in its folder, and go on as above,"
echo "with '--config config.ini' at each command."
