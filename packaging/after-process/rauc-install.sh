#!/bin/sh
# After-process script for a package that is a RAUC bundle: RAUC checks its signature, writes it into the slot that is not
# running, and makes that one the next to boot. Copy it, and edit the places marked EDIT.
#
# It may be interrupted anywhere and run again: the slot is then written anew, and once the board runs from it nothing is
# done any more. It ends with 75 while RAUC is busy with another installation.
set -eu

package=$1
digest=${OTA_SHA256:-${OTA_MD5:?neither digest is set}}

# EDIT: what is another text on the other slot.
running=$(cat /proc/cmdline)

# Says which package was installed last, and from which slot.
note=$(dirname "$package")/.installed-from

if [ "$(head -n 1 "$note" 2>/dev/null)" = "$digest" ] && [ "$(tail -n +2 "$note")" != "$running" ]; then
    echo "the board runs from the slot of this bundle"
    exit 0
fi
printf '%s\n%s\n' "$digest" "$running" >"$note.new"
sync
mv "$note.new" "$note"

status=0
said=$(rauc install "$package" 2>&1) || status=$?
echo "$said"
case $status:$said in
    0:*) ;;
    *[Aa]'lready processing'*) exit 75 ;;
    *) exit 1 ;;
esac

# EDIT: the board runs the old system until it is started anew, for example:
# reboot
