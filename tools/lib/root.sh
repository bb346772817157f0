# shellcheck shell=bash
# root.sh: a private folder with newer Debian packages, without touching the machine. Source it after servers.sh.
# The packages and their libraries, libc too, are downloaded by a private apt, unpacked (no maintainer script
# runs), and their programs made to use the folder's own loader.
#
#   make_root NAME WHAT PROGRAM PACKAGE...   WHAT is for messages; PROGRAM (a path inside) proves that it is whole
#
# Sets `root`, and builds the folder when it is not there. After unpacking it calls `after_unpacking FOLDER` (what
# to remove) and then makes each program that `root_programs FOLDER` prints find the root's loader by itself.

# What the packages want but the programs do not need. The epoch makes it newer than any wanted version.
pretended=(mysql-common postgresql-common postgresql-client-common ssl-cert tzdata locales debconf ucf
    init-system-helpers adduser passwd media-types libjson-perl libllvm19 libllvm21 lsb-base sysvinit-utils
    systemd sensible-utils readline-common perl-base)

# pretended_status: the status file of a machine that has all of that.
pretended_status() {
    local p
    for p in "${pretended[@]}"; do
        printf 'Package: %s\nStatus: install ok installed\nArchitecture: all\nMulti-Arch: foreign\n' "$p"
        printf 'Version: 99:999\nMaintainer: none\nDescription: pretended\n\n'
    done
    # Perl's reverse dependencies ask for perl:any, which only this form satisfies.
    printf 'Package: perl\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: allowed\n'
    printf 'Version: 99:999\nMaintainer: none\nDescription: pretended\n\n'
}

# private_apt WORK ARGUMENT...: The machine's own apt.conf stays in force (proxies); sources, lists and status are
# ours. A mirror that is a frozen copy serves an index past its date: hence no date checks; signatures are checked.
private_apt() {
    local apt=$1/apt
    shift
    apt-get -q -o Dir::Etc::sourcelist="$apt/sources" -o Dir::Etc::sourceparts=- \
        -o Dir::Etc::preferences=- -o Dir::Etc::preferencesparts=- -o Dir::State::lists="$apt/lists" \
        -o Dir::State::status="$apt/status" -o Dir::State::extended_states="$apt/extended" \
        -o Dir::Cache="$apt" -o Dir::Cache::archives="$apt/archives" \
        -o Acquire::Check-Valid-Until=false -o Acquire::Check-Date=false -o Acquire::Languages=none \
        -o APT::Install-Recommends=false -o APT::Sandbox::User=root -o Debug::NoLocking=true "$@"
}

# download WORK WHAT PACKAGE...: the packages from sid, which the mirror that this machine uses carries too.
download() {
    local work=$1 what=$2 codename mirror
    shift 2
    # shellcheck disable=SC1091
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    mirror=$(apt-get indextargets --format "\$(REPO_URI) \$(RELEASE) \$(COMPONENT)" 'Created-By: Packages' |
        awk -v release="$codename" '$2 == release && $3 == "main" { print $1; exit }')
    [ -n "$mirror" ] || fail "the machine's apt sources name no Debian mirror for $codename main"
    mkdir -p "$work"/apt/{lists,archives}/partial
    pretended_status >"$work/apt/status"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >"$work/apt/sources"
    echo "${0##*/}: downloading $what into $root" >&2
    private_apt "$work" update >"$work/log" 2>&1 ||
        fail "the package index of sid could not be read: $(grep -m1 '^[EW]:' "$work/log" || tail -1 "$work/log")"
    private_apt "$work" install -y --download-only "$@" >"$work/log" 2>&1 ||
        fail "the packages could not be downloaded: $(grep -m1 '^E:' "$work/log" || tail -1 "$work/log")"
}

# unpack WORK: all that was downloaded, into WORK/root.
unpack() {
    local d deb
    mkdir -p "$1"/root/usr/{bin,sbin,lib,lib64}
    for d in bin sbin lib lib64; do ln -s usr/$d "$1/root/$d"; done
    for deb in "$1"/apt/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$1/root" --keep-directory-symlink --no-same-owner \
            --exclude='./usr/share/doc' --exclude='./usr/share/man' --exclude='./usr/share/locale' \
            --exclude='./usr/share/info' --exclude='./usr/share/lintian' --exclude='*/gconv' --exclude='*/bitcode'
    done
}

make_root() {
    local name=$1 what=$2 program=$3 cache key work lib old one
    shift 3
    # The key names what the root is made of; change the recipe number when the steps change.
    key=$(printf '%s\n' recipe-1 "$@" | sha256sum | cut -c1-12)
    cache=$(cache_dir)
    root=$cache/$name-$key
    [ ! -x "$root/$program" ] || return 0
    exec 9>"$cache/$name.lock"
    flock 9
    [ ! -x "$root/$program" ] || return 0 # somebody else built it while we waited
    command -v patchelf >/dev/null || fail "patchelf is not installed; run tools/setup test"
    work=$(mktemp -d "$cache/$name-build.XXXXXX")
    # shellcheck disable=SC2064 # the folder of now
    trap "rm -rf '$work'" EXIT
    download "$work" "$what" "$@"
    unpack "$work"
    after_unpacking "$work/root"
    # Programs that start each other (initdb runs postgres) must find the root's loader by themselves.
    lib=$root/usr/lib/x86_64-linux-gnu
    while read -r one; do
        old=$(patchelf --print-rpath "$one" 2>/dev/null) || continue # a script, not a program
        patchelf --set-interpreter "$lib/ld-linux-x86-64.so.2" --force-rpath --set-rpath "$lib${old:+:$old}" "$one"
    done < <(root_programs "$work/root")
    chmod -R a+rX "$work/root"
    rm -rf "$root" # an unusable leftover, if any
    mv "$work/root" "$root"
    "$root/$program" --version >&2 || { rm -rf "$root"; fail "the built $what does not start"; }
}
