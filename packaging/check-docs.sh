#!/bin/bash
# Runs the command blocks of a document as an operator would, each on "its machine": a folder in a throw-away place, which a
# block names behind its fence (```sh board-17). ssh and scp are stand-ins that reach the folders of the others; /etc, /srv,
# /opt, /usr and /media of a machine are folders of it. Before, the machines are set up by the lines of README.md's how-tos, but for
# those about users and services. A line that ends with "# status N" has to end with N, any other one with 0.
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
PATH=$root/$1/usr/local/bin:$PATH
if [ "$1" = laptop ]; then
    cd "$root/laptop"
    exec bash -euo pipefail -c "$2"
fi
cd "$root/$1/etc/ota"
exec bash -euo pipefail -c "$(sed -E "s#(^|[ '\"=>])/(etc|srv|opt|usr|media)/#\1$root/$1/\2/#g" <<<"$2")"
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
export PATH=$work/bin:$PATH

# --- the machines before the document begins ------------------------------------------------------------------------

# Runs the first block of a how-to on a machine, but for what needs root or systemd, and for the comments.
set_up() {
    local host=$1 heading=$2 line
    while IFS= read -r line <&4; do
        case $line in
            useradd* | systemctl* | journalctl* | *systemd* | *check-config* | *'ota-client check'* | '#'* | ' '*) ;;
            *)
                line=$(sed -E "s#(^| )/(etc|srv|opt|usr)/#\1$work/$host/\2/#g; s# -g ota-server##" <<<"$line")
                (cd "$project" && bash -euo pipefail -c "$line")
                ;;
        esac
    done 4< <(awk -v heading="## $heading" '
        $0 == heading { here = 1; next }
        here && /^    / { print substr($0, 5); block = 1; next }
        here && block { exit }' "$project/README.md")
}

# Gives a key of a section another value, as an editor does: the line is there.
edit() {
    local file=$1 section=$2 key=$3 value=$4
    awk -v section="[$section]" -v key="$key" -v value="$value" '
        /^\[/ { inside = $0 == section }
        inside && $1 == key && $2 == "=" { print key " = " value; done = 1; next }
        { print }
        END { exit !done }' "$file" >"$file.new" || die "$file has no $key in [$section]"
    mv "$file.new" "$file"
}

mkdir -p "$work/laptop/build" "$work/laptop/usr/local/bin" "$work"/{server,board-17}/{etc,srv,opt,usr} "$work/server/media"
ln -s ../server/media "$work/board-17/media"
for version in 1.4.0 1.5.0 1.7.0 1.8.0; do
    echo "$version" >"$work/laptop/build/VERSION"
    tar -czf "$work/laptop/fw-$version.tar.gz" -C "$work/laptop/build" .
done
set_up server 'How to: the server as a service'
set_up board-17 'How to: a board'
ln -s "$work/server/opt/ota-server/bin/ota-server" "$work/laptop/usr/local/bin/"

token=$(head -c 24 /dev/urandom | base64)
config=$work/server/etc/ota/config.ini
edit "$config" DEFAULT port 0
edit "$config" DEFAULT security "$token"
edit "$config" Server ip 127.0.0.1
edit "$config" Server path "$work/server/srv/ota"
edit "$config" Server state_dir "$work/server/var/lib/ota-server"
cat >"$work/board-17/etc/ota/after.sh" <<'END'
#!/bin/sh
# Unpacks a package; keys that it brings are trusted from then on.
set -eu
mkdir -p app
tar -xzf "$1" -C app
[ ! -d app/keys.d ] || cp app/keys.d/*.pub keys.d/
END

: >"$work/log"
"$work/here" server 'exec ota-server serve --config /etc/ota/config.ini' 2>"$work/log" &
daemon=$!
port=
for _ in $(seq 150); do
    port=$(sed -n 's/.* Listening on 127\.0\.0\.1:\([0-9][0-9]*\)$/\1/p' "$work/log")
    [ -z "$port" ] || break
    kill -0 "$daemon" || die "the server ended: $(cat "$work/log")"
    sleep 0.2
done
[ -n "$port" ] || die "the server did not listen: $(cat "$work/log")"
config=$work/board-17/etc/ota/config.ini
edit "$config" DEFAULT port "$port"
edit "$config" DEFAULT security "$token"
edit "$config" Client server 127.0.0.1
edit "$config" Client path "$work/board-17/packages"
edit "$config" Client state_dir "$work/board-17/var/lib/ota-client"
edit "$config" Client after_process after.sh

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
