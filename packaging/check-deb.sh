#!/usr/bin/env bash
# The Debian packages in a root of their own: an overlay of this machine's, which is thrown away. Installed, used as an operator would,
# upgraded over an edited configuration, removed, purged. Needs root, dpkg, and the packages of mvn package.
set -euo pipefail

# Mounts and processes end with this namespace, whatever happens.
if [ "${1:-}" != inside ]; then
    if ! unshare --mount --net --pid --fork true; then
        echo "check-deb.sh: SKIPPED, this machine makes no namespaces"
        exit 0
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
    echo "check-deb.sh: SKIPPED, this machine mounts no overlay"
    exit 0
fi
root=$space/root
mount -t proc proc "$root/proc"
mount -t devtmpfs devtmpfs "$root/dev" 2>/dev/null || mount --rbind /dev "$root/dev"
# No service manager: nothing that runs on this machine is to be started or stopped.
rm -rf "$root/run"/* "$root/etc/ota" "$root/var/lib/ota-server" "$root/var/lib/ota-client"

say() { printf '\n== %s\n' "$*"; }
fail() {
    echo "check-deb.sh: $*" >&2
    exit 1
}
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive JAVA_HOME="${JAVA_HOME:-}" "$@"; }
install_packages() { inside dpkg --force-depends --force-confdef --force-confold --install "$@"; }
require_owner() {
    local others
    others=$(inside find /var/lib/ota-server ! -user ota-server)
    [ -z "$others" ] || fail "not the server's: $others"
}
# The same program, of a higher version, whose configuration has changed as well.
newer() {
    local name=$1 dir=$space/packages/$1
    dpkg-deb -R "$name"_*_all.deb "$dir"
    sed -i "s/^Version: .*/Version: $version+1/" "$dir/DEBIAN/control"
    echo "# of the newer version" >>"$dir$2"
    dpkg-deb --root-owner-group -b "$dir" "$root/tmp/$name-newer.deb" >/dev/null
}

say "Installing $version"
cp ota-server_*_all.deb ota-client_*_all.deb "$root/tmp/"
install_packages /tmp/ota-server_"$version"_all.deb /tmp/ota-client_"$version"_all.deb
[ "$(inside stat -c %U:%G:%a /etc/ota/token)" = root:ota-server:640 ] || fail "the token can be read by others"
[ "$(inside stat -c %U /var/lib/ota-server/packages)" = ota-server ] || fail "the packages' folder is not the server's"

say "Commands from a plain shell, completion and pages"
inside sh -c 'cd / && ota-server --version && ota-client --version && ota-server check-config'
inside bash -c 'set -u; . /usr/share/bash-completion/completions/ota-server; complete -p ota-server'
inside sh -c 'zcat /usr/share/man/man1/ota-server-publish.1.gz' | grep -q '^.SH "OPTIONS"'

say "Units"
inside systemd-analyze verify /lib/systemd/system/ota-server.service /lib/systemd/system/ota-client.service \
    /lib/systemd/system/ota-client.timer /lib/systemd/system/ota-client-recover.service
[ -s "$root/var/cache/ota-client/client.jsa" ] || fail "there is no class-data archive"

say "The server, as its unit starts it"
inside setpriv --reuid ota-server --regid ota-server --init-groups \
    ota-server serve --config /etc/ota/server.ini >"$space/server.log" 2>&1 &
for _ in $(seq 100); do
    grep -q "Listening on" "$space/server.log" && break
    sleep 0.2
done
grep "Listening on" "$space/server.log" || fail "the server does not listen: $(cat "$space/server.log")"

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
inside ota-client update
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
inside ota-client check

say "Removing, then purging"
inside dpkg --remove ota-server ota-client
[ -e "$root/etc/ota/server.ini" ] || fail "a removal took the configuration"
[ ! -e "$root/usr/share/ota-server" ] || fail "a removal left the program"
inside dpkg --purge ota-server ota-client
[ ! -e "$root/etc/ota/token" ] || fail "a purge left the token"
[ ! -e "$root/var/lib/ota-server/state" ] || fail "a purge left the state"
[ -e "$root/var/lib/ota-server/packages/tree.tar.gz" ] || fail "a purge took the releases"
echo
echo "The packages install, upgrade, remove and purge."
