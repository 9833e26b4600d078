#!/bin/bash
# Lets a board update its own client, by the built programs and the files of self-update/: to one that works; to one that does
# not even start; and once more to such a one, with the power cut while it is being tried. Whatever happens, a client that works is
# what the launcher starts (R22). `mvn package` first; takes about a minute.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
server=$here/target/ota-server/bin/ota-server
work=$(mktemp -d)
daemon=

finish() {
    [ -z "$daemon" ] || kill -TERM "$daemon" 2>/dev/null || true
    wait
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

die() {
    printf 'check-self-update: %s\n' "$*" >&2
    exit 1
}

# Runs the board's client by its launcher; dies unless it ends with the status that is due.
board() {
    local due=$1 status=0
    shift
    timeout 120 "$work/board/bin/ota-client" "$@" 2>>"$work/board/log" || status=$?
    [ "$status" -eq "$due" ] || die "ota-client $* ended with $status, due was $due: $(tail -n 20 "$work/board/log")"
}

# Which client the launcher starts: each one but the first says its name.
started() {
    : >"$work/started"
    board 0 --version >"$work/version"
    cat "$work/started"
}

# Publishes a client whose bin/ota-client does this first.
publish() {
    local name=$1 line=$2
    rm -rf "$work/next"
    cp -R "$here/target/ota-client" "$work/next"
    mv "$work/next/bin/ota-client" "$work/next/bin/ota-client.real"
    cat >"$work/next/bin/ota-client" <<END
#!/bin/sh
$line
exec "\$(dirname "\$(readlink -f "\$0")")/ota-client.real" "\$@"
END
    chmod +x "$work/next/bin/ota-client"
    # The launcher finds its jars beside itself, whatever its name is.
    tar -C "$work/next" -czf "$work/$name" bin lib
    "$server" publish "$work/$name" --product ota-client --key "$work/signer.key" \
        --config "$work/server/config.ini" 2>>"$work/server/log" >&2
}

mkdir -p "$work/server/packages" "$work/board/bin" "$work/board/etc" "$work/board/keys" "$work/board/factory"
cp -R "$here/target/ota-client/." "$work/board/factory"

"$server" keygen "$work/signer" >/dev/null 2>&1
cp "$work/signer.pub" "$work/board/keys/"
token=$(head -c 24 /dev/urandom | base64)
cat >"$work/server/config.ini" <<END
[DEFAULT]
port = 0
security = $token

[Server]
ip = 127.0.0.1
path = packages
END
# Looked at before the program itself may have made it.
: >"$work/server/log"
"$server" --config "$work/server/config.ini" 2>"$work/server/log" &
daemon=$!
port=
for _ in $(seq 150); do
    kill -0 "$daemon" 2>/dev/null || die "the server ended at once: $(cat "$work/server/log")"
    port=$(sed -n 's/.* Listening on 127\.0\.0\.1:\([0-9][0-9]*\)$/\1/p' "$work/server/log")
    [ -z "$port" ] || break
    sleep 0.2
done
[ -n "$port" ] || die "the server did not listen within 30 s"

# --- the board, set up as docs/installing.md says -----------------------------------------------------------------

sed -e "s#^path=.*#path=$work/board/clients#" -e "s#^state=.*#state=$work/board/state-self#" \
    -e "s#^factory=.*#factory=$work/board/factory#" "$here/self-update/ota-client" >"$work/board/bin/ota-client"
chmod +x "$work/board/bin/ota-client"
cp "$here/self-update/client-health.sh" "$work/board/etc/"
common=$(printf '[DEFAULT]\nport = %s\nsecurity = %s\n\n[Client]\nserver = 127.0.0.1\nlegacy_server = no\ntrusted_keys = ../keys\n' \
    "$port" "$token")
cat >"$work/board/etc/config.ini" <<END
$common
product = gateway
path = ../packages
state_dir = ../state
END
cat >"$work/board/etc/self.ini" <<END
$common
product = ota-client
path = ../clients
state_dir = ../state-self
unpack = yes
health_check = client-health.sh
health_timeout = 10
health_window = 1
health_interval = 1
END
self=(--config "$work/board/etc/self.ini")

# --- one that works -----------------------------------------------------------------------------------------------

[ -z "$(started)" ] || die "it is not the client that came with the board that starts"
publish client-2.tar.gz "echo 2 >>$work/started"
board 0 update "${self[@]}"
[ "$(started)" = 2 ] || die "the new client is not the one that starts"
echo "The board updated its client: $(readlink "$work/board/clients/current") starts now."

# --- one that does not start --------------------------------------------------------------------------------------

publish client-3.tar.gz "exit 1"
board 72 update "${self[@]}"
[ "$(started)" = 2 ] || die "the client before is not back"
board 72 update "${self[@]}"
echo "A client that does not start took itself back, and is left alone."

# --- one that hangs, and the power is cut while it is being tried -------------------------------------------------

publish client-4.tar.gz "echo 4 >>$work/started; sleep 100; exit 1"
: >"$work/started"
timeout 120 "$work/board/bin/ota-client" update "${self[@]}" 2>>"$work/board/log" &
run=$!
for _ in $(seq 300); do
    ! grep -q 4 "$work/started" || break
    sleep 0.2
done
grep -q 4 "$work/started" || die "the third client was not tried: $(tail -n 20 "$work/board/log")"
[ "$(readlink "$work/board/clients/current")" = releases/client-4.tar.gz ] || die "current is not the one that is tried"
# By its folder: timeout and the launcher are other processes.
mapfile -t running < <(pgrep -f "$work/board/(clients|factory)/.*OtaClientCommand update" || true)
[ "${#running[@]}" -gt 0 ] || die "there is no client to be killed"
kill -KILL "${running[@]}"
wait "$run" || true
# No network either: what a board does first does not need it.
kill -TERM "$daemon"
wait "$daemon" || true
daemon=
[ "$(started)" = 2 ] || die "the client that has not proved itself is the one that starts"
status=0
timeout 120 "$work/board/bin/ota-client" update "${self[@]}" 2>>"$work/board/log" || status=$?
[ "$status" -ne 0 ] || die "an update without a server says that all is well"
[ "$(readlink "$work/board/clients/current")" = releases/client-2.tar.gz ] || die "current is not the client before"
[ "$(started)" = 2 ] || die "the client before is not back"
[ ! -e "$work/board/state-self/journal" ] || die "the installation is still open"
echo "Killed while a client that hangs was tried: the one before took it back, without a network."
