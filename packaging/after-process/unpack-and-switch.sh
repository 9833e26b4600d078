#!/bin/sh
# After-process script for a package that is a tar archive, compressed or not: unpacks it into a release folder of its
# own, then points the link `current` at it in one step. Copy it, and edit the two places marked EDIT.
#
# ota-client runs it in the folder of config.ini, with the package's path as $1, its name in OTA_NAME and its digest in
# OTA_SHA256 (from a v1 server in OTA_MD5). It may be interrupted anywhere and run again: until the switch `current` is
# the release before, and after the switch the new one is whole on the disk.
set -eu

# EDIT: where the releases are kept. A relative path starts at the folder of config.ini.
root=app

package=$1
name=${OTA_NAME%.tgz}
name=${name%.tar*}
# The digest keeps two packages apart that were published under one name.
release=$name-$(printf %.8s "${OTA_SHA256:-${OTA_MD5:?neither digest is set}}")

# Not every busybox tar finds out by itself.
case $OTA_NAME in
    *.tgz | *.gz) compression=z ;;
    *.bz2) compression=j ;;
    *.xz) compression=J ;;
    *) compression= ;;
esac

mkdir -p "$root/releases"
cd "$root"

# A release folder is complete: it has this name only once all of it is on the disk.
if [ ! -d "releases/$release" ]; then
    rm -rf releases/.unpacking
    mkdir releases/.unpacking
    tar "-x${compression}of" "$package" -C releases/.unpacking
    sync
    mv -T releases/.unpacking "releases/$release"
fi

# A rename replaces a link in one step; `ln -sf` would remove it first.
point() {
    rm -f ".$1"
    ln -s "$2" ".$1"
    mv -T ".$1" "$1"
}

before=$(readlink current || true)
if [ "$before" != "releases/$release" ]; then
    if [ -n "$before" ]; then
        point previous "$before"
    fi
    point current "releases/$release"
fi
sync
echo "$root/current is now $release"

# Of older releases only the one before stays, behind the link `previous`.
previous=$(readlink previous || true)
for old in releases/*; do
    if [ "$old" != "releases/$release" ] && [ "$old" != "$previous" ]; then
        rm -rf "$old"
    fi
done

# EDIT: tell the application, for example:
# systemctl try-restart my-application.service
