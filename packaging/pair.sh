# shellcheck shell=bash
# A server and a board at work in a folder that goes with the script: sourced by the checks that need such a pair. Gives
#
#     packages          the folder of the built programs
#     server_program    the server among them
#     work              the folder: server/ (config.ini, packages/, release.key) and board/ (config.ini, keys.d/)
#     port              where the server listens, once it was started
set -euo pipefail
export LC_ALL=C.UTF-8

packages=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/target
server_program=$packages/ota-server/bin/ota-server
pair_token=a-token-for-this-check-alone
work=$(mktemp -d)
mkdir -p "$work"/{server/packages,board/keys.d}
server=

stop_server() {
    [ -n "$server" ] || return 0
    kill "$server" || true
    wait "$server" || true
    server=
}

finish() {
    stop_server
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# Starts the server with these lines more in its [Server], and waits until it listens.
start_server() {
    printf '%s\n' '[DEFAULT]' 'port = 0' "security = $pair_token" '[Server]' 'ip = 127.0.0.1' 'path = packages' "$@" >"$work/server/config.ini"
    : >"$work/server/log"
    "$server_program" serve --config "$work/server/config.ini" >>"$work/server/log" 2>&1 &
    server=$!
    port=
    for _ in $(seq 300); do
        port=$(sed -n 's/.*Listening on .*:\([0-9]*\)$/\1/p' "$work/server/log")
        [ -z "$port" ] || return 0
        kill -0 "$server" 2>/dev/null || break
        sleep 0.2
    done
    echo "the server does not listen: $(cat "$work/server/log")" >&2
    return 1
}

# A certificate of the server's own: prints the lines that name it, and leaves the pin in server/pin.
make_certificate() {
    (
        cd "$work/server"
        "$server_program" tls-init >tls-lines
        sed -n 's/^tls_pin *= *//p' tls-lines >pin
        grep -E '^tls_(cert|key) *=' tls-lines
    )
}

# A key that releases are signed with, which the board trusts.
make_key() {
    (cd "$work/server" && "$server_program" keygen release)
    mv "$work/server/release.pub" "$work/board/keys.d/"
}

# Signs and publishes a file or a tree; words are more options.
publish() {
    (cd "$work/server" && "$server_program" publish "$1" --key release.key "${@:2}")
}

# Sets the board up for the server that runs, with these lines more in its [Client].
set_up_board() {
    printf '%s\n' '[DEFAULT]' "port = $port" "security = $pair_token" '[Client]' 'server = 127.0.0.1' 'path = packages' 'state_dir = state' \
        'after_process = /bin/true' "$@" >"$work/board/config.ini"
}
