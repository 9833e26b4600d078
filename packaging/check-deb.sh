#!/usr/bin/env bash
# The Debian packages in a root of their own: an overlay of this machine's, which is thrown away. Installed with and without a service
# manager, into roots that are not as they should be, used as an operator would, upgraded over an edited configuration, removed, purged.
# Needs root, dpkg, and the packages of mvn package. Status 77: this machine cannot check them, and nothing was checked.
set -euo pipefail

# Mounts and processes end with this namespace, whatever happens.
if [ "${1:-}" != inside ]; then
    if ! unshare --mount --net --pid --fork true; then
        echo "check-deb.sh: SKIPPED, nothing was checked: this machine makes no namespaces" >&2
        exit 77
    fi
    exec unshare --mount --net --pid --fork --kill-child "$0" inside
fi
cd "$(dirname "$0")/target"
export LC_ALL=C.UTF-8
PATH=$PATH:/usr/sbin:/sbin
ip link set lo up

version=$(dpkg-deb -f ota-server_*_all.deb Version)
space=$(mktemp -d)
# What is still mounted goes with the namespace.
trap 'umount -R -l "$space"; rmdir "$space"' EXIT
mount -t tmpfs tmpfs "$space"
mkdir "$space"/{upper,work,root,packages}
if ! mount -t overlay -o "lowerdir=/,upperdir=$space/upper,workdir=$space/work" overlay "$space/root"; then
    echo "check-deb.sh: SKIPPED, nothing was checked: this machine mounts no overlay" >&2
    exit 77
fi
root=$space/root
mount -t proc proc "$root/proc"
mount -t devtmpfs devtmpfs "$root/dev" 2>/dev/null || mount --rbind /dev "$root/dev"
# No service manager: nothing that runs on this machine is to be started or stopped.
rm -rf "$root/run"/* "$root/etc/ota" "$root/var/lib/ota-server" "$root/var/lib/ota-client" "$root/var/cache/ota-client"
rm -f "$root/usr/sbin/policy-rc.d"
# Another package's, which fails where this one's may not.
[ ! -e "$root/var/lib/dpkg/info/man-db.postinst" ] || printf '#!/bin/sh\n' >"$root/var/lib/dpkg/info/man-db.postinst"

say() { printf '\n== %s\n' "$*"; }
fail() {
    echo "check-deb.sh: $*" >&2
    exit 1
}
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive JAVA_HOME="${JAVA_HOME:-}" "$@"; }
# What of the packages' output says nothing is left out.
install_packages() {
    inside dpkg --force-depends --force-confdef --force-confold --install "$@" >"$space/dpkg.log" 2>&1 \
        || fail "dpkg --install $*: $(cat "$space/dpkg.log")"
}
remove_packages() {
    inside dpkg --remove "$@" >"$space/dpkg.log" 2>&1 || fail "dpkg --remove $*: $(cat "$space/dpkg.log")"
}
purge_packages() {
    inside dpkg --purge "$@" >"$space/dpkg.log" 2>&1 || fail "dpkg --purge $*: $(cat "$space/dpkg.log")"
}
require_installed() {
    local name
    for name; do
        # shellcheck disable=SC2016 # It is dpkg-query that puts the status there.
        inside dpkg-query --show --showformat '${db:Status-Status}' "$name" | grep -qx installed || fail "$name is not installed"
    done
}
require_owner() {
    local others
    others=$(inside find /var/lib/ota-server ! -user ota-server)
    [ -z "$others" ] || fail "not the server's: $others"
}
require_token() {
    inside grep -Eqx '[A-Za-z0-9_-]{43}' /etc/ota/token || fail "the token is not one of 256 bits"
    require_mode root:ota-server:640 /etc/ota/token
}
require_mode() {
    local mode
    mode=$(inside stat -c %U:%G:%a "$2")
    [ "$mode" = "$1" ] || fail "$2 is $mode, not $1"
}
require_hidden() {
    if inside setpriv --reuid nobody --regid nogroup --clear-groups cat "$1" >/dev/null 2>&1; then
        fail "$1 can be read by everybody"
    fi
}
units=$root/etc/systemd/system
server_link=multi-user.target.wants/ota-server.service
recover_link=multi-user.target.wants/ota-client-recover.service
timer_link=timers.target.wants/ota-client.timer
require_enabled() { [ -L "$units/$1" ] || fail "$1 is not enabled"; }
require_disabled() { [ ! -L "$units/$1" ] || fail "$1 is enabled"; }
# The same program, of a higher version, whose configuration has changed as well.
newer() {
    local name=$1 dir=$space/packages/$1
    dpkg-deb -R "$name"_*_all.deb "$dir"
    sed -i "s/^Version: .*/Version: $version+1/" "$dir/DEBIAN/control"
    echo "# of the newer version" >>"$dir$2"
    dpkg-deb --root-owner-group -b "$dir" "$root/tmp/$name-newer.deb" >/dev/null
}

server=/tmp/ota-server.deb
client=/tmp/ota-client.deb
cp ota-server_*_all.deb "$root$server"
cp ota-client_*_all.deb "$root$client"

say "Versions: of each commit newer than of the one before, and older than the release"
sources=$space/sources
mkdir -p "$sources/packaging/deb"
cp ../deb/version.sh "$sources/packaging/deb/"
version_of() { "$sources/packaging/deb/version.sh" "$1" 2026-11-24T00:00:00Z; }
commit() {
    GIT_COMMITTER_DATE=$1 GIT_AUTHOR_DATE=2001-01-01T00:00:00Z git -C "$sources" -c user.name=check -c user.email=check@localhost \
        commit -q --allow-empty -m "$1"
}
bare=$(version_of 1.2.0-SNAPSHOT)
git -C "$sources" init -q 2>/dev/null
commit 2026-11-24T23:59:59+01:00
first=$(version_of 1.2.0-SNAPSHOT)
commit 2026-11-25T00:00:01+01:00
second=$(TZ=Asia/Shanghai version_of 1.2.0-SNAPSHOT)
release=$(version_of 1.2.0)
echo "$bare $first $second $release"
[ "$bare $first $release" = "1.2.0~git20261124000000 1.2.0~git20261124225959 1.2.0" ] || fail "these are not the versions"
sorted=1.1.9
for each in "$first" "$second" "$release"; do
    dpkg --compare-versions "$sorted" lt "$each" || fail "$each is not newer than $sorted"
    sorted=$each
done

say "Into a root that no service manager runs, as an image is made"
install_packages "$server" "$client"
require_installed ota-server ota-client
require_enabled "$server_link"
require_enabled "$recover_link"
require_disabled "$timer_link"
require_token
[ -s "$root/var/cache/ota-client/client.jsa" ] || fail "there is no class-data archive"

say "Removed and installed again: what the operator enabled and disabled stays so"
inside systemctl --quiet enable ota-client.timer
inside systemctl --quiet disable ota-client-recover.service
remove_packages ota-server ota-client
install_packages "$server" "$client"
require_enabled "$server_link"
require_enabled "$timer_link"
require_disabled "$recover_link"
purge_packages ota-server ota-client
require_disabled "$server_link"
require_disabled "$timer_link"
for unit in ota-server.service ota-client.timer ota-client-recover.service; do
    [ ! -L "$units/$unit" ] || fail "a purge left $unit masked"
done

say "Where Debian's helpers are not"
mkdir "$root/tmp/off"
mv "$root"/usr/bin/deb-systemd-* "$root/tmp/off/"
install_packages "$server" "$client"
require_enabled "$server_link"
require_enabled "$recover_link"
remove_packages ota-server ota-client
require_disabled "$server_link"
require_disabled "$recover_link"
install_packages "$server" "$client"
require_enabled "$server_link"
purge_packages ota-server ota-client
mv "$root"/tmp/off/deb-systemd-* "$root/usr/bin/"

say "Where a service manager runs: one that writes down what it is told"
mkdir -p "$root/run/systemd/system" "$root/run/active"
mv "$root/usr/bin/systemctl" "$root/tmp/off/"
cat >"$root/usr/bin/systemctl" <<'END'
#!/bin/sh
# The real one knows what is enabled.
case " $* " in
    *' preset '* | *' is-enabled '*) exec /tmp/off/systemctl --root=/ "$@" ;;
esac
for word; do
    shift
    case $word in
        --*) ;;
        *) set -- "$@" "$word" ;;
    esac
done
case $1 in
    is-active) [ -e "/run/active/$2" ]; exit ;;
    start) : >"/run/active/$2" ;;
    stop) rm -f "/run/active/$2" ;;
esac
echo "$*" >>/run/told
END
chmod +x "$root/usr/bin/systemctl"
# What it was told since the last time, but to look at its units again, is these lines, in any order.
told() {
    local got wanted
    touch "$root/run/told"
    got=$(grep -v '^daemon-reload' "$root/run/told" | sort) || true
    wanted=$(printf '%s\n' "$@" | sort)
    rm "$root/run/told"
    [ "$got" = "$wanted" ] || fail "systemctl was told '$got', not '$wanted'"
}
install_packages "$server" "$client"
told "start ota-server.service"
install_packages "$server" "$client"
told "try-restart ota-server.service"
remove_packages ota-server ota-client
told "stop ota-server.service" "stop ota-client.timer"
install_packages "$server" "$client"
told "start ota-server.service"
echo "the server was disabled and stopped, and the timer enabled"
mkdir -p "$units/timers.target.wants"
ln -s /lib/systemd/system/ota-client.timer "$units/$timer_link"
rm "$units/$server_link" "$root/run/active/ota-server.service"
install_packages "$server" "$client"
told "try-restart ota-server.service"
require_disabled "$server_link"
remove_packages ota-server ota-client
told "stop ota-server.service" "stop ota-client.timer"
install_packages "$server" "$client"
told "start ota-client.timer"
require_disabled "$server_link"
purge_packages ota-server ota-client
rm "$root/run/told"
echo "policy-rc.d forbids to start"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
install_packages "$server" "$client"
told ""
require_enabled "$server_link"
purge_packages ota-server ota-client
rm -rf "$root/usr/sbin/policy-rc.d" "$root/run/told" "$root/run/active" "$root/run/systemd"
mv -f "$root/tmp/off/systemctl" "$root/usr/bin/"

say "Into roots that are not as they should be"
no_user() {
    inside userdel ota-server 2>/dev/null || true
    inside groupdel ota-server 2>/dev/null || true
}
echo "the group is there"
no_user
inside groupadd --system ota-server
install_packages "$server"
require_installed ota-server
require_token
purge_packages ota-server
echo "the user is there, of another group"
no_user
inside useradd --system --no-user-group --gid nogroup ota-server
install_packages "$server"
require_installed ota-server
require_token
purge_packages ota-server
no_user
echo "no Java is there yet"
mapfile -t javas < <(inside find /usr/bin /usr/local/bin -name java)
for java in "${javas[@]}"; do mv "$root$java" "$root$java.off"; done
java_home=${JAVA_HOME:-}
unset JAVA_HOME
install_packages "$server" "$client"
require_installed ota-server ota-client
require_token
[ ! -e "$root/var/cache/ota-client/client.jsa" ] || fail "there was a Java"
for java in "${javas[@]}"; do mv "$root$java.off" "$root$java"; done
JAVA_HOME=$java_home
inside dpkg-trigger --by-package=dpkg /usr/lib/jvm
inside dpkg --force-depends --configure --pending >/dev/null 2>&1
[ -s "$root/var/cache/ota-client/client.jsa" ] || fail "the Java that came made no class-data archive"
cache=$root/var/cache
echo "the cache is read-only, with an archive and without"
mount --bind "$cache" "$cache"
mount -o remount,ro,bind "$cache"
install_packages "$client"
require_installed ota-client
umount "$cache"
mount -t tmpfs -o ro tmpfs "$cache"
install_packages "$client"
require_installed ota-client
umount "$cache"
echo "the cache is full"
mount -t tmpfs -o size=1m tmpfs "$cache"
install_packages "$client"
require_installed ota-client
left=$(find "$cache/ota-client" -type f)
[ -z "$left" ] || fail "part of a class-data archive is left: $left"
inside ota-client --version
umount "$cache"
echo "the token is empty"
echo >"$root/etc/ota/token"
install_packages "$server"
require_token
before=$(cat "$root/etc/ota/token")
install_packages "$server"
[ "$before" = "$(cat "$root/etc/ota/token")" ] || fail "the token was replaced"
echo "configurations are as earlier versions brought them, or as the operator wants them"
inside chmod 644 /etc/ota/server.ini /etc/ota/client.ini
inside chgrp root /etc/ota/server.ini
install_packages "$server" "$client"
require_mode root:ota-server:640 /etc/ota/server.ini
require_mode root:root:600 /etc/ota/client.ini
inside chown root:adm /etc/ota/client.ini
inside chmod 640 /etc/ota/client.ini
install_packages "$client"
require_mode root:adm:640 /etc/ota/client.ini
purge_packages ota-server ota-client
no_user

say "Installing $version"
install_packages "$server" "$client"
require_token
require_hidden /etc/ota/token
require_hidden /etc/ota/server.ini
require_hidden /etc/ota/client.ini
[ "$(inside stat -c %U /var/lib/ota-server/packages)" = ota-server ] || fail "the packages' folder is not the server's"

say "Commands from a plain shell, completion and pages"
inside sh -c 'cd / && ota-server --version && ota-client --version && ota-server check-config'
# What needs no configuration works for everybody.
inside setpriv --reuid nobody --regid nogroup --clear-groups sh -c 'cd / && ota-server --version && ota-server token >/dev/null'
inside bash -c 'set -u; . /usr/share/bash-completion/completions/ota-server; complete -p ota-server'
zcat "$root/usr/share/man/man1/ota-server-publish.1.gz" | grep '^.SH "OPTIONS"'
for page in "$root"/usr/share/man/man1/ota-*.1.gz; do
    warnings=$(zcat "$page" | groff -man -ww -Tutf8 2>&1 >/dev/null)
    [ -z "$warnings" ] || fail "$page: $warnings"
done
for program in server client; do
    page=$(zcat "$root/usr/share/man/man1/ota-$program.1.gz")
    for word in '.SH "FILES"' '.SH "ENVIRONMENT"' "/etc/ota/$program.ini" "/var/lib/ota\\-$program" "OTA_${program^^}_CONFIG" OTA_JAVA_OPTS JAVA_HOME; do
        grep -qF "$word" <<<"$page" || fail "the page of ota-$program lacks $word"
    done
done

say "Units, which run the packages' commands even if others come first on PATH"
for program in ota-server ota-client; do
    printf '#!/bin/sh\nexit 9\n' >"$root/usr/local/bin/$program"
    chmod +x "$root/usr/local/bin/$program"
done
warnings=$(inside systemd-analyze verify /lib/systemd/system/ota-server.service /lib/systemd/system/ota-client.service \
    /lib/systemd/system/ota-client.timer /lib/systemd/system/ota-client-recover.service 2>&1)
[ -z "$warnings" ] || fail "$warnings"
inside systemd-analyze security --no-pager --offline=true --threshold=15 /lib/systemd/system/ota-server.service | tail -n 1
# What a unit sets.
setting() { sed -n "s|^$2=||p" "$root/lib/systemd/system/$1"; }
read -r -a run_server <<<"$(setting ota-server.service ExecStart)"
read -r -a run_client <<<"$(setting ota-client.service ExecStart)"
read -r -a run_recover <<<"$(setting ota-client-recover.service ExecStart)"
inside "${run_recover[@]}"

# Starts the server as its unit does; the file is what systemd hands over as its token.
serve() {
    local folder
    folder=$(setting ota-server.service WorkingDirectory)
    inside install -d -o ota-server -m 500 /run/credentials
    inside install -o ota-server -m 400 "$1" /run/credentials/token
    # Emptied here: the program's own redirection may come after the first look at what an earlier one wrote.
    : >"$space/server.log"
    # Not by a function: what is waited for, and killed, is the server itself.
    chroot "$root" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin HOME=/root LC_ALL=C.UTF-8 JAVA_HOME="${JAVA_HOME:-}" \
        setpriv --reuid "$(setting ota-server.service User)" --regid "$(setting ota-server.service Group)" --clear-groups \
        env --chdir "${folder/#%S//var/lib}" CREDENTIALS_DIRECTORY=/run/credentials "${run_server[@]}" >"$space/server.log" 2>&1 &
    serving=$!
    for _ in $(seq 100); do
        grep -q "Listening on" "$space/server.log" && break
        sleep 0.2
    done
    grep "Listening on" "$space/server.log" || fail "the server does not listen: $(cat "$space/server.log")"
}

say "The server, as its unit starts it, whose token is in its configuration"
mv "$root/etc/ota/token" "$root/tmp/token"
cp -p "$root/etc/ota/server.ini" "$root/tmp/server.ini"
sed -i 's/^security *=.*/security = only-in-the-configuration/; s/^security_file *=.*/security_file =/' "$root/etc/ota/server.ini"
fallback=$(setting ota-server.service SetCredential)
[ "${fallback%%:*}" = token ] || fail "without a file of its token the unit does not start"
printf '%b' "${fallback#*:}" >"$root/tmp/credential"
serve /tmp/credential
kill "$serving"
wait "$serving" || true
mv "$root/tmp/token" "$root/etc/ota/token"
mv "$root/tmp/server.ini" "$root/etc/ota/server.ini"

say "The server, as its unit starts it"
serve /etc/ota/token
for program in ota-server ota-client; do rm "$root/usr/local/bin/$program"; done

say "root publishes beside it; what comes of it is the server's"
inside sh -c 'cd /root && ota-server keygen deb-check'
inside sh -c 'mkdir -p /root/tree/bin && echo one >/root/tree/bin/app && cd /root && ota-server publish tree --key deb-check.key --prepare'
inside ota-server releases
inside ota-server devices
require_owner

say "A board"
sed -i "s/^server *=.*/server = 127.0.0.1/; s/^unpack *=.*/unpack = yes/; s|^after_process *=.*|after_process = /bin/true|" \
    "$root/etc/ota/client.ini"
sed -i "s/^security *=.*/security = $(cat "$root/etc/ota/token")/" "$root/etc/ota/client.ini"
mkdir -p "$root/etc/ota/keys.d"
cp "$root/root/deb-check.pub" "$root/etc/ota/keys.d/"
inside "${run_client[@]}"
require_hidden /etc/ota/client.ini
grep -q one "$root/var/lib/ota-client/packages/current/bin/app" || fail "the release is not there"
inside sh -c 'echo two >/root/tree/bin/app && cd /root && mv tree tree-2 && ota-server publish tree-2 --key deb-check.key --prepare'
inside ota-client update
inside ota-client verify
inside ota-client status
inside ota-server devices
require_owner

say "Upgrading over configurations that were edited"
newer ota-server /etc/ota/server.ini
newer ota-client /etc/ota/client.ini
before=$(sha256sum "$root/etc/ota/client.ini")
echo "# mine" >>"$root/etc/ota/server.ini"
install_packages /tmp/ota-server-newer.deb /tmp/ota-client-newer.deb
[ "$before" = "$(sha256sum "$root/etc/ota/client.ini")" ] || fail "the edited client.ini was replaced"
grep -q "# mine" "$root/etc/ota/server.ini" || fail "the edited server.ini was replaced"
require_mode root:root:600 /etc/ota/client.ini
inside ota-client check

say "Removing, then purging"
remove_packages ota-server ota-client
[ -e "$root/etc/ota/server.ini" ] || fail "a removal took the configuration"
[ ! -e "$root/usr/share/ota-server" ] || fail "a removal left the program"
purge_packages ota-server ota-client
[ ! -e "$root/etc/ota/token" ] || fail "a purge left the token"
[ ! -e "$root/var/lib/ota-server/state" ] || fail "a purge left the state"
[ -e "$root/var/lib/ota-server/packages/tree.tar.gz" ] || fail "a purge took the releases"
echo
echo "The packages install, upgrade, remove and purge."
