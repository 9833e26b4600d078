#!/bin/bash
# Runs the command blocks of a document as an operator would, each on "its machine": a folder in a throw-away place, which a
# block names behind its fence (```sh board-17). ssh and scp are stand-ins that reach the folders of the others; /etc/ota,
# /srv/ota and /media of a machine are folders of it. A line that ends with "# status N" has to end with N, any other one with 0.
set -euo pipefail

project=$(dirname "$(dirname "$(readlink -f "$0")")")
document=$project/${1:?usage: check-docs.sh DOCUMENT}
work=$(mktemp -d)
daemon=

finish() {
    [ -z "$daemon" ] || kill -TERM "$daemon" 2>/dev/null || true
    wait
    rm -rf "$work"
}
trap finish EXIT

die() {
    printf 'check-docs: %s\n' "$*" >&2
    exit 1
}

# What is absolute in the document is below the machine's folder here. A path on another machine is HOST:PATH.
cat >"$work/here" <<'END'
#!/bin/bash
# usage: here HOST COMMAND: runs a line as if it were typed on HOST.
set -euo pipefail
root=$(dirname "$(readlink -f "$0")")
if [ "$1" = laptop ]; then
    cd "$root/laptop"
    exec bash -euo pipefail -c "$2"
fi
cd "$root/$1/etc/ota"
exec bash -euo pipefail -c "$(sed -E "s#(^|[ '\"=>])/(etc|srv|media)/#\1$root/$1/\2/#g" <<<"$2")"
END
mkdir -p "$work/bin"
cat >"$work/bin/ssh" <<'END'
#!/bin/bash
set -euo pipefail
exec "$(dirname "$(dirname "$(readlink -f "$0")")")/here" "$1" "$2"
END
cat >"$work/bin/scp" <<'END'
#!/bin/bash
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
words=()
for word; do
    case $word in
        *:/*) words+=("$root/${word%%:*}${word#*:}") ;;
        *) words+=("$word") ;;
    esac
done
exec cp "${words[@]}"
END
chmod +x "$work/here" "$work/bin/ssh" "$work/bin/scp"
export PATH=$work/bin:$project/packaging/target/ota-server/bin:$project/packaging/target/ota-client/bin:$PATH

# --- the machines before the document begins ------------------------------------------------------------------------

mkdir -p "$work/laptop/build" "$work/server/etc/ota/keys.d" "$work/server/srv/ota" "$work/server/media" \
    "$work/board-17/etc/ota/keys.d" "$work/board-17/etc/ota/app"
ln -s ../server/media "$work/board-17/media"
for version in 1.4.0 1.5.0 1.7.0 1.8.0; do
    echo "$version" >"$work/laptop/build/VERSION"
    tar -czf "$work/laptop/fw-$version.tar.gz" -C "$work/laptop/build" .
done
token=$(head -c 24 /dev/urandom | base64)
cat >"$work/server/etc/ota/config.ini" <<END
[DEFAULT]
port = 0
security = $token

[Server]
ip = 127.0.0.1
path = $work/server/srv/ota
state_dir = $work/server/var
END
cat >"$work/board-17/etc/ota/after.sh" <<'END'
#!/bin/sh
# Unpacks a package; keys that it brings are trusted from then on.
set -eu
tar -xzf "$1" -C app
[ ! -d app/keys.d ] || cp app/keys.d/*.pub keys.d/
END

ota-server serve --config "$work/server/etc/ota/config.ini" 2>"$work/log" &
daemon=$!
port=
for _ in $(seq 150); do
    port=$(sed -n 's/.* Listening on 127\.0\.0\.1:\([0-9][0-9]*\)$/\1/p' "$work/log")
    [ -z "$port" ] || break
    kill -0 "$daemon" || die "the server ended: $(cat "$work/log")"
    sleep 0.2
done
[ -n "$port" ] || die "the server did not listen: $(cat "$work/log")"
cat >"$work/board-17/etc/ota/config.ini" <<END
[DEFAULT]
port = $port
security = $token

[Client]
server = 127.0.0.1
path = $work/board-17/packages
state_dir = $work/board-17/var
after_process = after.sh
END

# --- the document ---------------------------------------------------------------------------------------------------

# What a reader puts in for a word in capitals.
filled() {
    local line=$1 name id
    for name in safe release; do
        if [ -f "$work/laptop/$name.pub" ]; then
            id=$(openssl pkey -pubin -in "$work/laptop/$name.pub" -outform DER | sha256sum | cut -c1-16)
            line=${line//KEYID-OF-${name^^}/$id}
        fi
    done
    printf '%s' "$line"
}

commands=0
host=
while IFS= read -r line <&3; do
    case $line in
        '```sh '*) host=${line#'```sh '} ;;
        '```'*) host= ;;
        *)
            [ -n "$host" ] || continue
            due=0
            [[ $line != *'# status '* ]] || due=${line##*'# status '}
            line=$(filled "$line")
            printf '%s$ %s\n' "$host" "$line"
            status=0
            "$work/here" "$host" "$line" </dev/null || status=$?
            [ "$status" -eq "$due" ] || die "status $status, due was $due; the server's log: $(cat "$work/log")"
            commands=$((commands + 1))
            ;;
    esac
done 3<"$document"
[ "$commands" -gt 0 ] || die "$document has no command"

printf '%s commands of %s did what the document says\n' "$commands" "${document#"$project"/}"
