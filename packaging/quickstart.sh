#!/bin/sh
# Shows the pair at work on this machine: builds it, makes a package of a real tree (part of the Java that runs here),
# serves it on a free port of the loopback address, and updates a "board", which is a folder, twice.
# What it made stays in packaging/target/quickstart until the next run. Nothing is left running.
set -eu

project=$(dirname "$(dirname "$(readlink -f "$0")")")
work=$project/packaging/target/quickstart
server=$project/packaging/target/ota-server/bin/ota-server
client=$project/packaging/target/ota-client/bin/ota-client

say() {
    printf '\n== %s\n' "$*"
}

die() {
    printf 'quickstart: %s\n' "$*" >&2
    exit 1
}

daemon=
update=
stop_all() {
    [ -z "$update" ] || kill -TERM "$update" || true
    [ -z "$daemon" ] || kill -KILL "$daemon" || true
    wait
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM

# --- what is needed -----------------------------------------------------------------------------------------------

jdk_bin=${JAVA_HOME:+$JAVA_HOME/bin/}

has_jdk() {
    version=$("${jdk_bin}javac" -version 2>&1) || return 1
    version=${version#javac }
    [ "${version%%[!0-9]*}" -ge 17 ] 2>/dev/null
}

has_maven() {
    version=$(mvn -B --version 2>/dev/null | sed -n '1s/^.*Maven \([0-9.]*\).*$/\1/p')
    [ -n "$version" ] && [ "$(printf '3.8.7\n%s\n' "$version" | sort -V | head -n 1)" = 3.8.7 ]
}

has_all() {
    has_jdk && has_maven
}

say "Looking for a JDK of version 17 or newer, and for Maven"
if ! has_all; then
    command -v apt-get >/dev/null || die "install a JDK 17 or newer and Maven 3.8.7 or newer, then run this again"
    if [ "$(id -u)" -ne 0 ]; then
        # Newer distributions have newer JDKs only; their default is one.
        die "not there; type: sudo sh -c 'apt-get update && apt-get install -y default-jdk-headless maven'"
    fi
    apt-get update -q
    jdk=openjdk-17-jdk-headless
    apt-cache show "$jdk" >/dev/null 2>&1 || jdk=default-jdk-headless
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$jdk" maven
    has_maven || die "Maven is older than 3.8.7; Debian 12 and Ubuntu 24.04 have it, else unpack a newer one"
    has_all || die "${jdk_bin}javac is still older than 17; unset JAVA_HOME, or choose a newer one by update-alternatives"
fi
"${jdk_bin}javac" -version 2>&1
mvn -B --version | sed -n 1p

# --- build --------------------------------------------------------------------------------------------------------

say "Building: mvn -DskipTests package"
(cd "$project" && mvn -B -ntp -q -DskipTests package)

# --- the server's side --------------------------------------------------------------------------------------------

rm -rf "$work"
mkdir -p "$work/server/packages" "$work/board/packages"

java_home=$("${jdk_bin}java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p')
name=java-$(date +%Y%m%d-%H%M%S).tar.gz
say "Making a package: server/packages/$name, of $java_home"
tar -C "$java_home" -cf - --exclude=lib/src.zip bin conf lib release | gzip -1 >"$work/server/packages/$name"
bytes=$(wc -c <"$work/server/packages/$name")
echo "$bytes bytes"
[ "$bytes" -gt 20000000 ] || die "a package of $bytes bytes shows little; is java.home $java_home a whole Java?"

token=$(head -c 24 /dev/urandom | base64)
cat >"$work/server/config.ini" <<END
[DEFAULT]
port = 0
security = $token

[Server]
ip = 127.0.0.1
path = packages
latest = $name
END

say "Starting the server: ota-server --config server/config.ini, its log is server/log"
"$server" --config "$work/server/config.ini" 2>"$work/server/log" &
daemon=$!
port=
tries=0
while [ -z "$port" ]; do
    kill -0 "$daemon" 2>/dev/null || die "the server ended at once: $(cat "$work/server/log")"
    [ "$tries" -lt 150 ] || die "the server did not listen within 30 s: $(cat "$work/server/log")"
    sleep 0.2
    tries=$((tries + 1))
    port=$(sed -n 's/.* Listening on 127\.0\.0\.1:\([0-9][0-9]*\)$/\1/p' "$work/server/log")
done
cat "$work/server/log"

# --- the board's side ---------------------------------------------------------------------------------------------

cp "$project/packaging/after-process/unpack-and-switch.sh" "$work/board/after-process.sh"
cat >"$work/board/config.ini" <<END
[DEFAULT]
port = $port
security = $token

[Client]
server = 127.0.0.1
path = packages
after_process = after-process.sh
END

# Runs the client with a subcommand; dies unless it ends with the status that is due.
board() {
    due=$1
    shift
    say "On the board: ota-client $* --config board/config.ini (due status: $due)"
    timeout 100 "$client" "$@" --config "$work/board/config.ini" &
    update=$!
    status=0
    wait "$update" || status=$?
    update=
    echo "status $status"
    [ "$status" -eq "$due" ] || die "the client ended with status $status, due was $due; see $work"
}

board 10 check
board 0 update
"$work/board/app/current/bin/java" -version 2>/dev/null || die "what the board unpacked does not run"
link=$(stat -c %i "$work/board/app/current")

say "Once more: there is nothing left to do"
board 0 update
board 0 check
[ "$(stat -c %i "$work/board/app/current")" = "$link" ] || die "the second update installed the package again"

say "The board now has, in board/:"
(cd "$work/board" && find . -maxdepth 4 ! -path './app/releases/*/*/*' | sort && ls -l app)
echo "board/app/current/bin/java -version says:"
"$work/board/app/current/bin/java" -version 2>&1 | sed -n 1p

# --- the end ------------------------------------------------------------------------------------------------------

say "Stopping the server"
kill -TERM "$daemon"
status=0
wait "$daemon" || status=$?
daemon=
cat "$work/server/log"
[ "$status" -eq 0 ] || die "the server ended with status $status"

say "Done. All of it is in $work"
