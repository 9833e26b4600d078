#!/bin/sh
# After-process script for a package that is the image of a file system: writes it into the slot that is not running, reads
# it again, then tells the bootloader. Copy it, and edit the places marked EDIT.
#
# It may be interrupted anywhere and run again: until the bootloader is told, the board starts from the slot it runs from;
# once the board runs from the other one nothing is done any more.
set -eu

# EDIT: the two slots, as root= of the kernel's command line names them.
slot_a=/dev/mmcblk0p2
slot_b=/dev/mmcblk0p3
running=$(cat /proc/cmdline)

# EDIT: makes the bootloader start from slot $1, a or b, in one step. This is for U-Boot with a redundant environment.
boot_from() {
    fw_setenv boot_slot "$1"
}

package=$1
digest=${OTA_SHA256:-${OTA_MD5:?neither digest is set}}

case " $running " in
    *" root=$slot_a "*) other=b target=$slot_b ;;
    *" root=$slot_b "*) other=a target=$slot_a ;;
    *)
        echo "neither $slot_a nor $slot_b is root= of: $running" >&2
        exit 1
        ;;
esac

# Says which package was installed last, and from which slot.
note=$(dirname "$package")/.installed-from

if [ "$(head -n 1 "$note" 2>/dev/null)" = "$digest" ] && [ "$(tail -n +2 "$note")" != "$running" ]; then
    echo "the board runs from the slot of this image"
    exit 0
fi
# dd would make a file of that name.
if [ ! -w "$target" ]; then
    echo "$target is not there or cannot be written" >&2
    exit 1
fi
printf '%s\n%s\n' "$digest" "$running" >"$note.new"
sync
mv "$note.new" "$note"

dd if="$package" of="$target" bs=1048576 conv=fsync,notrunc || exit 1
# Else what is compared could be the memory's copy.
blockdev --flushbufs "$target" 2>/dev/null || true
cmp -n "$(wc -c <"$package")" "$package" "$target" || exit 1
boot_from "$other" || exit 1
sync
echo "the board starts from slot $other next time"

# EDIT: the board runs the old system until it is started anew, for example:
# reboot
