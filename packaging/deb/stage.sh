#!/bin/sh
# Lays out below target/deb what each Debian package installs; jdeb packs it (pom.xml). Called by mvn package, after the program
# folders are made:
#
#     stage.sh TARGET VERSION TIME
#
# TARGET is the folder that holds ota-server and ota-client; all files are dated by TIME.
set -eu

target=$1
version=$2
time=$3
here=$(dirname "$(readlink -f "$0")")
root=$(dirname "$(dirname "$here")")

# Writes one end's part of config.ini.example, with the values that suit a package.
#     conffile SECTION KEY=VALUE...
conffile() {
    section=$1
    shift
    awk -v section="$section" -v edits="$*" '
        BEGIN {
            count = split(edits, words, " ")
            for (i = 1; i <= count; i++) {
                at = index(words[i], "=")
                value[substr(words[i], 1, at - 1)] = substr(words[i], at + 1)
            }
        }
        /^\[/ { name = $0; gsub(/[][]/, "", name) }
        name != "" && name != "DEFAULT" && name != section { next }
        /^[a-z_]+ *=/ {
            key = $1
            sub(/=.*/, "", key)
            if (key in value) {
                print key " =" (value[key] == "" ? "" : " " value[key])
                used[key] = 1
                next
            }
        }
        { print }
        END {
            for (key in value) {
                if (!(key in used)) {
                    print "no key " key " in config.ini.example" >"/dev/stderr"
                    exit 1
                }
            }
        }
    ' "$root/config.ini.example"
}

# Compresses what Debian wants compressed, the same way every time.
compress() {
    gzip -9n "$@"
}

# What both packages have: program, command, pages, completion, documents.
#     stage PROGRAM CONFIGURATION VARIABLE
stage() {
    program=$1
    ini=$2
    variable=$3
    dir=$target/deb/$program
    rm -rf "$dir"
    mkdir -p "$dir/usr/bin" "$dir/usr/share/$program" "$dir/usr/share/man/man1" \
        "$dir/usr/share/bash-completion/completions" "$dir/usr/share/doc/$program" "$dir/lib/systemd/system" \
        "$dir/usr/share/lintian/overrides" "$dir/etc/ota"
    cp -R "$target/$program/bin" "$target/$program/lib" "$dir/usr/share/$program/"
    # Has no class: it names the other jars of Netty to Maven.
    rm -f "$dir/usr/share/$program"/lib/netty-all-*.jar
    cat >"$dir/usr/bin/$program" <<END
#!/bin/sh
# Runs $program with the configuration of this machine; --config takes another one.
export $variable="\${$variable:-/etc/ota/$ini}"
export OTA_ARCHIVE="\${OTA_ARCHIVE-/var/cache/ota-client/client.jsa}"
exec /usr/share/$program/bin/$program "\$@"
END
    chmod 755 "$dir/usr/bin/$program"
    "$target/$program/bin/$program" generate-man "$dir/usr/share/man/man1"
    compress "$dir"/usr/share/man/man1/*.1
    # It is read, not run.
    "$target/$program/bin/$program" generate-completion | sed '1{/^#!/d}' >"$dir/usr/share/bash-completion/completions/$program"
    cp "$here/copyright" "$dir/usr/share/doc/$program/"
    sed "s/PROGRAM/$program/; s/VERSION/$version/; s/DATE/$(date -u -R -d "$time")/" "$here/changelog" \
        >"$dir/usr/share/doc/$program/changelog"
    # Maven makes none when it works without a network (mvn -o).
    if [ -e "$root/$program/target/$program.cdx.json" ]; then
        cp "$root/$program/target/$program.cdx.json" "$target/"
        cp "$target/$program.cdx.json" "$dir/usr/share/doc/$program/"
    fi
    cp "$root/README.md" "$root"/docs/*.md "$dir/usr/share/doc/$program/"
    compress "$dir/usr/share/doc/$program/changelog"
    sed "s/PROGRAM/$program/" "$here/lintian-overrides" >"$dir/usr/share/lintian/overrides/$program"
    unit "$program.service"
}

# Writes a unit that runs the package's command, whatever else of that name is on PATH, with the package's configuration.
#     unit NAME
unit() {
    sed "s|^ExecStart=$program |ExecStart=/usr/bin/$program |; s|--config /etc/ota/config.ini|--config /etc/ota/$ini|" \
        "$root/packaging/systemd/$1" >"$dir/lib/systemd/system/$1"
}

stage ota-server server.ini OTA_SERVER_CONFIG
conffile Server security= security_file=token path=/var/lib/ota-server/packages state_dir=/var/lib/ota-server/state \
    >"$target/deb/ota-server/etc/ota/server.ini"

stage ota-client client.ini OTA_CLIENT_CONFIG
conffile Client path=/var/lib/ota-client/packages state_dir=/var/lib/ota-client/state \
    >"$target/deb/ota-client/etc/ota/client.ini"
unit ota-client-recover.service
cp "$root/packaging/systemd/ota-client.timer" "$target/deb/ota-client/lib/systemd/system/"
mkdir -p "$target/deb/ota-client/usr/share/doc/ota-client/examples"
cp -R "$root/packaging/after-process" "$target/deb/ota-client/usr/share/doc/ota-client/examples/"

# Every file has the age of the sources, so that two builds give the same packages.
find "$target/deb" -exec touch -h -d "$time" {} +
