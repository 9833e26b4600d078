#!/bin/sh
# After-process script for a package that is a .deb. Copy it, and edit the place marked EDIT.
#
# It may be interrupted anywhere and run again: what was left half installed is finished, and the same package is installed
# once more. It ends with 75 while another program has locked dpkg.
set -eu

package=$1

# Nobody is there to answer; config files that were changed on the board stay.
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

# Runs a command; a lock ends the script with 75, any other failure with 1.
run() {
    status=0
    said=$("$@" 2>&1 </dev/null) || status=$?
    echo "$said"
    case $status:$said in
        0:*) ;;
        *'locked by another process'* | *'lock was locked'* | *'Could not get lock'*) exit 75 ;;
        *) exit 1 ;;
    esac
}

run dpkg --configure -a --force-confdef --force-confold

# EDIT: this needs no network. Where the package's dependencies may come from a network:
# run apt-get install -y --allow-downgrades -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$package"
run dpkg -i --force-confdef --force-confold "$package"
sync
