#!/bin/sh
# Prints the version of the Debian packages:
#
#     version.sh PROJECT-VERSION TIME
#
# A release's is the project's. A snapshot's sorts before its release and after the snapshots of earlier commits: it has the time of the
# commit, which is the same wherever that commit is built. Sources without a repository have TIME.
set -eu

version=$1
time=$2
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")

case $version in
    *-SNAPSHOT) ;;
    *)
        echo "$version"
        exit
        ;;
esac
digits=
if [ -e "$root/.git" ]; then
    digits=$(TZ=UTC0 git -C "$root" log -1 --format=%cd --date=format-local:%Y%m%d%H%M%S) \
        || echo "version.sh: git tells no commit; the packages are called after $time" >&2
fi
echo "${version%-SNAPSHOT}~git${digits:-$(date -u -d "$time" +%Y%m%d%H%M%S)}"
