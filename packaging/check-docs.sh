#!/bin/bash
# Runs the command blocks of a document as an operator would type them, each on its machine, which is named behind the fence.
#
#     packaging/check-docs.sh DOCUMENT     runs it; needs root and the packages of mvn package
#     packaging/check-docs.sh --marks      looks at README and all of docs/: no block is left out
#
# What a fence says:
#
#     ```sh MACHINE             commands, run there, in the folder that the last one left. A line that ends with "# status N" has to end
#                               with N, any other one with 0
#     ```LANGUAGE MACHINE /PATH what is in a file: it is put there. A program is tried, and so are the lines of cron and inittab, without
#                               their random delay
#     ```sh ci                  commands that .ci/run or .ci/long calls itself, by the same words (but for -B, -ntp, -q and "$@")
#     ```console                a screen; packaging/screens.sh makes it
#     ```LANGUAGE               no command: output, a drawing, lines of a file
#
# A machine is an overlay of this one's root, thrown away at the end; all share one loopback address, where every server's name
# leads. The sources, built, are in /root/ota-pair. No systemd runs there: packaging/check-docs/ stands in for systemctl, journalctl,
# logger, ssh and scp, and each says what it does not do.
set -euo pipefail
export LC_ALL=C.UTF-8

program=$(readlink -f "$0")
project=$(dirname "$(dirname "$program")")
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

die() {
    printf 'check-docs: %s\n' "$*" >&2
    exit 1
}

# Prints the blocks of a document, each as a line with its fence's words, its lines, and a line END. A heading chooses the first
# block behind it.
blocks() {
    awk -v heading="${2:-}" '
        heading != "" && $0 == "## " heading { here = 1; next }
        /^```/ && !inside { inside = 1; if (heading == "" || here) { shown = 1; print substr($0, 4) } next }
        /^```/ { inside = 0; if (shown) { print "END"; shown = 0; if (here) exit } next }
        shown { print }' "$project/$1"
}

# --- what all documents have to look like -----------------------------------------------------------------------------

# What .ci runs, without what its commands have more than a reader's.
ci_lines() {
    sed -E '/^ *#/d; s/ -(B|ntp|q)\b//g; s/ "\$@"//g' "$project/.ci/run" "$project/.ci/long"
}

marks() {
    local document text chinese line words lines=0
    cd "$project"
    for document in README.md README.zh-CN.md docs/*.md; do
        text=$(awk '
            /^```/ { if (!inside && $0 == "```") print FNR ": a fence without a language"; inside = !inside; blank = 0; next }
            inside { next }
            /^(    |\t)/ && blank { print FNR ": an indented block" }
            /^( +```|~~~)/ { print FNR ": a fence of another kind" }
            { blank = $0 == "" }
            END { if (inside) print FNR ": a fence is open" }' "$document")
        [ -z "$text" ] || die "$document: $text"
        text=$(blocks "$document" | awk '$1 == "sh" && NF < 2 { print }')
        [ -z "$text" ] || die "$document: a block of commands names no machine"
        text=$(blocks "$document" | awk '
            first { if ($0 ~ commands) print; first = 0 }
            !inside { inside = first = 1; if ($1 ~ /^(sh|console)$/ || NF > 1) first = 0; next }
            $0 == "END" { inside = 0 }' commands="^([\$#] )?(sudo|mvn|java|git|cp|mv|rm|ln|mkdir|install|sed|tar|ssh|scp|dpkg|apt-get|systemctl|[a-z.]+/[a-z/-]+[.](sh|py)|[.]ci/[a-z]+|ota-(server|client)) [a-z./-]")
        [ -z "$text" ] || die "$document: commands in a block that is not run: $text"
        while IFS= read -r line; do
            grep -qF -- "screen 0 '${line#'$ '}'" packaging/screens.sh || grep -qF -- "screen 10 '${line#'$ '}'" packaging/screens.sh \
                || die "$document: packaging/screens.sh does not make: $line"
        done < <(blocks "$document" | awk '$0 == "END" { shown = 0 } /^console/ { shown = 1; next } shown && /^\$ /')
        while IFS= read -r line; do
            line=$(sed -E 's/ +# .*//' <<<"$line")
            case $line in
                '' | '#'*) continue ;;
            esac
            grep -qF -- "$line" <<<"$(ci_lines)" || die "$document: neither .ci/run nor .ci/long has: $line"
            lines=$((lines + 1))
        done < <(blocks "$document" | awk '/^sh ci$/ { shown = 1; next } $0 == "END" { shown = 0 } shown')
        chinese=${document%.md}.zh.md
        [ -f "$chinese" ] || continue
        # Notes and comments are in the reader's language.
        diff <(commands_of "$document") <(commands_of "$chinese") || die "$chinese has other blocks than $document"
    done
    # A document that has commands is run by .ci.
    for document in README.md docs/*.md; do
        words=$(blocks "$document" | grep -cE '^(sh|cron|inittab) [^c]' || true)
        case $document in
            *.zh.md) continue ;;
        esac
        [ "$words" -eq 0 ] || grep -qx "step packaging/check-docs.sh $document" .ci/run || die ".ci/run does not run $document"
    done
    printf 'Every block says what it is; %s lines are called by .ci\n' "$lines"
}

commands_of() {
    blocks "$1" | awk '$0 == "END" { shown = 0 } /^(sh |[a-z]+ [a-z0-9-]+ \/)/ { shown = 1 } shown' \
        | sed -E '/^# /d; s/  +#( status [0-9]+)?.*/\1/; s/--notes ("[^"]*"|[^ "]+)/--notes NOTES/'
}

# --- the machines -----------------------------------------------------------------------------------------------------

# Runs a command on a machine, in this process's place. It begins in the folder that the last one of check-docs.sh left.
on() {
    local root=$CHECK_DOCS/$1/root
    exec chroot "$root" /usr/bin/env -i PATH="$path" HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        CHECK_DOCS="$CHECK_DOCS" CHECK_DOCS_PROGRAM="$program" CHECK_DOCS_MACHINE="$1" ${JAVA_HOME:+JAVA_HOME="$JAVA_HOME"} \
        bash -euo pipefail -c "$2"
}

machine() {
    local name=$1 root=$CHECK_DOCS/$1/root folder
    mkdir -p "$CHECK_DOCS/$name"/{upper,work,root,sources,sources-work}
    if ! mount -t overlay -o "lowerdir=/,upperdir=$CHECK_DOCS/$name/upper,workdir=$CHECK_DOCS/$name/work" overlay "$root"; then
        echo "check-docs: SKIPPED, nothing was checked: this machine mounts no overlay" >&2
        exit 77
    fi
    mount -t proc proc "$root/proc"
    mount -t devtmpfs devtmpfs "$root/dev" 2>/dev/null || mount --rbind /dev "$root/dev"
    # A machine of its own: what this one forbids its packages to start does not count.
    rm -f "$root/usr/sbin/policy-rc.d"
    rm -rf "$root/run"/* "$root"/{etc/ota,var/lib/ota-server,var/lib/ota-client,opt/ota-server,opt/ota-client}
    for folder in root tmp media; do
        mkdir -p "$root/$folder"
        mount -t tmpfs tmpfs "$root/$folder"
    done
    mkdir -p "$root/run/systemd/system" "$root/root/ota-pair" "$root/usr/local/sbin"
    mount -t overlay -o "lowerdir=$project,upperdir=$CHECK_DOCS/$name/sources,workdir=$CHECK_DOCS/$name/sources-work" overlay \
        "$root/root/ota-pair"
    cp "$project"/packaging/check-docs/* "$root/usr/local/sbin/"
    echo "127.0.0.1 server ota.example.org" >>"$root/etc/hosts"
    start_in "$name" /root
}

start_in() {
    echo "$2" >"$CHECK_DOCS/$1/where"
}

on_machine() {
    "$program" --on "$1" "$2"
}

# Runs one command of a block there, and remembers the folder that it leaves.
type_on() {
    local machine=$1 status=0
    on_machine "$machine" "cd '$(cat "$CHECK_DOCS/$machine/where")'; trap 'pwd >/run/where' EXIT
$2" </dev/null || status=$?
    [ ! -e "$CHECK_DOCS/$machine/root/run/where" ] || mv "$CHECK_DOCS/$machine/root/run/where" "$CHECK_DOCS/$machine/where"
    return "$status"
}

# --- the blocks -------------------------------------------------------------------------------------------------------

# What a reader puts in for a word in capitals.
filled() {
    local text=$1 key id
    [[ $text != *TOKEN* ]] || text=${text//TOKEN/$(cat "$CHECK_DOCS/server/root/etc/ota/token")}
    for key in "$CHECK_DOCS"/*/root/root/*.pub; do
        [ -f "$key" ] || continue
        id=$(basename "$key" .pub)
        id=${id^^}
        [[ $text != *KEYID-OF-$id* ]] \
            || text=${text//KEYID-OF-$id/$(openssl pkey -pubin -in "$key" -outform DER | sha256sum | cut -c1-16)}
    done
    printf '%s' "${text//FOLDER//root/folder}"
}

# Types a command, which has to end with the status that it names. Rows of a table that it prints stand in the document.
execute() {
    local machine=$1 text row due=0 status=0
    [[ ! $2 =~ '# status '([0-9]+) ]] || due=${BASH_REMATCH[1]}
    text=$(filled "$2")
    printf '%s$ %s\n' "$machine" "$text"
    type_on "$machine" "$text" | tee "$CHECK_DOCS/said" || status=$?
    while IFS= read -r row; do
        grep -qxF -- "$row" "$project/$document" || die "$document does not have: $row"
    done < <(grep -a '^| .* |$' "$CHECK_DOCS/said")
    [ "$status" -eq "$due" ] || die "status $status, due was $due: $machine\$ $2
$(tail -n 20 "$CHECK_DOCS/server/root/run/stand-in"/*.log 2>/dev/null)"
    commands=$((commands + 1))
}

# Whether lines are a whole command: no quote, loop or document is open.
is_whole() {
    [[ $1 != *\\ ]] && [ -z "$(bash -n <<<"$1" 2>&1)" ]
}

# Puts a file of the document where it belongs, and tries what in it is run by others.
put() {
    local language=$1 machine=$2 file=$3 text=$4 line
    [ -d "$CHECK_DOCS/$machine/root${file%/*}" ] || die "$machine has no ${file%/*}"
    printf '%s: %s\n' "$machine" "$file"
    filled "$text" >>"$CHECK_DOCS/$machine/root$file"
    case $language in
        sh)
            chmod 755 "$CHECK_DOCS/$machine/root$file"
            execute "$machine" "$file"
            ;;
        cron)
            # The minute or @reboot, the user, the line; cron takes sh for it.
            while IFS= read -r line; do
                [[ $line =~ ^(@reboot|([0-9*/,-]+ +){5})" "*root\ +(.*)$ ]] || continue
                line=${BASH_REMATCH[3]}
                sh -n -c "$line"
                execute "$machine" "sleep() { :; }; $line"
            done <<<"$text"
            ;;
        inittab)
            # SIGHUP makes it run at once.
            line=${text#::respawn:}
            execute "$machine" "${line%$'\n'} >/run/told 2>&1 & pid=\$!
                said() { for _ in {1..100}; do ! grep -q \"\$1\" /run/told || return 0; sleep 0.2; done; return 1; }
                said 'first run comes' && kill -HUP \$pid && said 'up to date'; cat /run/told; kill \$pid; wait \$pid"
            ;;
    esac
}

# Runs the blocks on standard input.
run_blocks() {
    local fence language machine file line text
    while IFS= read -r fence <&3; do
        read -r language machine file <<<"$fence"
        [ "$machine" != ci ] || machine=
        text=
        while IFS= read -r line <&3 && [ "$line" != END ]; do
            if [ -z "$machine" ]; then
                continue
            fi
            text+=$line
            if [ -n "$file" ]; then
                text+=$'\n'
            elif [ "$language" = sh ] && is_whole "$text"; then
                [[ $text =~ ^(#.*)?$ ]] || execute "$machine" "$text"
                text=
            else
                text+=$'\n'
            fi
        done
        if [ -n "$machine" ] && [ -n "$file" ]; then
            put "$language" "$machine" "$file" "$text"
        elif [ -n "$text" ]; then
            die "a command does not end: $text"
        fi
    done 3<&0
}

# --- what a document begins with --------------------------------------------------------------------------------------

# The server and the board of the README's how-tos.
set_up() {
    start_in server /root/ota-pair
    start_in board-17 /root/ota-pair
    run_blocks < <(blocks README.md 'How to: the server as a service')
    run_blocks < <(blocks README.md 'How to: a board')
    start_in server /etc/ota
    start_in board-17 /etc/ota
}

# One machine's stick is the other's.
carry_sticks() {
    mount --bind "$CHECK_DOCS/server/root/media" "$CHECK_DOCS/board-17/root/media"
}

# Packages to publish, in a folder of a machine.
packages() {
    local machine=$1 folder=$2 version
    on_machine "$machine" 'mkdir -p /root/build'
    for version in 1.4.0 1.5.0 1.7.0 1.8.0; do
        on_machine "$machine" "echo $version >/root/build/VERSION; mkdir -p $folder; tar -czf $folder/fw-$version.tar.gz -C /root/build ."
    done
}

prepare() {
    case $1 in
        README.md)
            start_in server /root/ota-pair
            start_in board-17 /root/ota-pair
            packages server /etc/ota
            echo "Faster." >"$CHECK_DOCS/server/root/etc/ota/NEWS"
            ;;
        docs/signing.md | docs/signing.zh.md)
            set_up
            packages laptop /root
            # shellcheck disable=SC2016 # expanded there
            on_machine server 'cd /etc/ota; mkdir build; echo 1 >build/app; tar --zstd -cf rootfs.tar.zst -C build .'
            on_machine laptop 'cp -R /root/ota-pair/packaging/target/ota-server /opt/; ln -sf /opt/ota-server/bin/ota-server /usr/local/bin/'
            # shellcheck disable=SC2016 # a line of the script
            on_machine board-17 'echo "[ ! -d current/keys.d ] || cp current/keys.d/*.pub /etc/ota/keys.d/" >>/etc/ota/unpack-and-switch.sh'
            carry_sticks
            ;;
        docs/operating.md | docs/operating.zh.md)
            carry_sticks
            local machine version
            for machine in server board-17; do
                cp "$project"/packaging/target/*.deb "$CHECK_DOCS/$machine/root/root/"
            done
            for version in 1 2; do
                on_machine server "mkdir -p /root/build/fw-$version/bin; echo $version >/root/build/fw-$version/bin/app"
            done
            start_in laptop /root/ota-pair
            mkdir "$CHECK_DOCS/laptop/root/root/folder"
            printf '[DEFAULT]\nport = 1234\nsecurity = of-the-field\n[Server]\npath = sv_package\nlatest = gateway-7.bin\n' \
                >"$CHECK_DOCS/laptop/root/root/folder/config.ini"
            mkdir "$CHECK_DOCS/laptop/root/root/folder/sv_package"
            head -c 100000 /dev/urandom >"$CHECK_DOCS/laptop/root/root/folder/sv_package/gateway-7.bin"
            ;;
        docs/installing.md | docs/installing.zh.md)
            set_up
            start_in board-17 /root/ota-pair
            start_in laptop /root/ota-pair
            on_machine board-17 'mkdir -p /etc/ota/keys.d'
            on_machine laptop 'cd /root; /root/ota-pair/packaging/target/ota-server/bin/ota-server keygen release; scp release.pub board-17:/etc/ota/keys.d/'
            # The application of the health check.
            on_machine board-17 'mkdir -p /srv/gateway; touch /srv/gateway/health
                printf "[Service]\nExecStart=python3 -m http.server 8080\nWorkingDirectory=/srv/gateway\n" >/etc/systemd/system/gateway.service
                systemctl start gateway; for _ in 1 2 3 4 5 6 7 8 9 10; do wget -q -O /dev/null http://127.0.0.1:8080/health && break; sleep 0.5; done'
            ;;
        docs/increments.md)
            start_in laptop /root/ota-pair
            # A pair to be measured: a file, and a change.
            # shellcheck disable=SC2016 # expanded there
            on_machine laptop 'mkdir -p /root/folder/rootfs-tgz /root/old /root/new; seq 100000 >/root/old/file; seq 2 100001 >/root/new/file
                for side in old new; do tar -czf /root/folder/rootfs-tgz/$side -C /root/$side .; done'
            ;;
    esac
}

case ${1:-} in
    --on)
        on "$2" "$3"
        ;;
    --marks)
        marks
        exit
        ;;
    --inside)
        document=$2
        ;;
    ?*)
        [ -f "$project/$1" ] || die "there is no $1"
        # Mounts and processes end with this namespace, whatever happens.
        if ! unshare --mount --net --pid --fork true; then
            echo "check-docs: SKIPPED, nothing was checked: this machine makes no namespaces" >&2
            exit 77
        fi
        exec unshare --mount --net --pid --fork --kill-child "$program" --inside "$1"
        ;;
    *)
        sed -n '2,6s/^# \{0,1\}//p' "$program" >&2
        exit 64
        ;;
esac

ip link set lo up
# The first process's root is seen by all of its namespace.
mount -t proc proc /proc
CHECK_DOCS=$(mktemp -d)
export CHECK_DOCS
trap 'umount -R -l "$CHECK_DOCS"; rmdir "$CHECK_DOCS"' EXIT
mount -t tmpfs tmpfs "$CHECK_DOCS"
for name in server board-17 laptop; do
    machine "$name"
done
commands=0
prepare "$document"
commands=0
run_blocks < <(blocks "$document")
[ "$commands" -gt 0 ] || die "$document has no command"
printf '%s commands of %s did what the document says\n' "$commands" "$document"
