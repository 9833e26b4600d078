#!/bin/sh
# After-process script for a package that is a .swu of SWUpdate. Copy it, and edit the places marked EDIT.
#
# It may be interrupted anywhere and run again: the .swu is then installed anew, and once the board runs from another slot
# nothing is done any more. It ends with 75 while another SWUpdate runs.
set -eu

package=$1
digest=${OTA_SHA256:-${OTA_MD5:?neither digest is set}}

# EDIT: what is another text on the other slot.
running=$(cat /proc/cmdline)

# EDIT: which part of sw-description is for the slot that is not running, and the key that signs.
case $running in
    *root=/dev/mmcblk0p2*) selection=stable,slot-b ;;
    *) selection=stable,slot-a ;;
esac
key=/etc/swupdate/public.pem

# Says which package was installed last, and from which slot.
note=$(dirname "$package")/.installed-from

if [ "$(head -n 1 "$note" 2>/dev/null)" = "$digest" ] && [ "$(tail -n +2 "$note")" != "$running" ]; then
    echo "the board runs from the slot of this package"
    exit 0
fi

# EDIT: where SWUpdate runs as a daemon, remove these lines, and give the package to swupdate-client below.
if pidof swupdate >/dev/null; then
    echo "another SWUpdate runs"
    exit 75
fi

printf '%s\n%s\n' "$digest" "$running" >"$note.new"
sync
mv "$note.new" "$note"

# Its status may be any, and 75 would say: later.
swupdate -i "$package" -e "$selection" -k "$key" || exit 1
sync

# EDIT: the board runs the old system until it is started anew, for example:
# reboot
