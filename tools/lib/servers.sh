# shellcheck shell=bash
# servers.sh: what the server scripts share. Source it: . "$(dirname "$0")/lib/servers.sh"

# fail SENTENCE: one sentence on stderr, and out.
fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Servers refuse to run as root; root starts them as this user instead.
server_user=nobody server_group=nogroup
server_prefix=()
[ "$(id -u)" -ne 0 ] || server_prefix=(setpriv --reuid="$server_user" --regid="$server_group" --clear-groups --)

# as_server COMMAND...: run it as the user that servers run as (ourselves, unless we are root).
as_server() { "${server_prefix[@]}" "$@"; }

# for_server FILE...: that user's from now on.
for_server() { [ "$(id -u)" -ne 0 ] || chown "$server_user:$server_group" "$@"; }

# cache_dir: print the folder, outside the build tree, that keeps private roots and templates.
# It must be reachable by the server user, which root's home usually is not.
cache_dir() {
    local dir
    if [ -n "${WHET_CACHE:-}" ]; then
        dir=$WHET_CACHE
    elif [ "$(id -u)" -eq 0 ] && ! as_server test -x "$HOME"; then
        dir=/var/cache/whet
    else
        dir=${XDG_CACHE_HOME:-$HOME/.cache}/whet
    fi
    mkdir -p "$dir"
    as_server test -x "$dir" ||
        fail "the user '$server_user' cannot reach $dir; set WHET_CACHE to a folder that it can reach"
    printf '%s\n' "$dir"
}

# free_port ATTEMPT: a port that is likely free, below those that outgoing connections take.
free_port() { echo $((20000 + (RANDOM + $1 * 997) % 12000)); }

# A server's folder is $dir; $state in it has NAME=VALUE lines that `start` wrote.

# state_of NAME: one remembered value.
# shellcheck disable=SC2154 # the scripts set it
state_of() { sed -n "s/^$1=//p" "$state"; }

# have_server: or out.
have_server() { [ -e "$state" ] || fail "there is no server in $dir"; }

# make_place: a fresh $dir that the server's user can write to.
make_place() {
    mkdir -p "$dir" || exit 1
    dir=$(cd "$dir" && pwd)
    [ -z "$(ls -A "$dir")" ] || fail "$dir is not empty"
    for_server "$dir"
    as_server test -w "$dir" || fail "the user '$server_user' cannot reach $dir; choose a folder that it can"
}

# guard_server SCRIPT: start what stops the server when the process $guard ends.
guard_server() {
    [ -n "$guard" ] || return 0
    setsid "$1" watch --die-with "$guard" --dir "$dir" >/dev/null 2>&1 </dev/null &
    echo "watcher=$!" >>"$state"
}

# still_wanted: that process is there, or out.
still_wanted() {
    [ -z "$guard" ] || kill -0 "$guard" 2>/dev/null || fail "the process $guard, which this server serves, has ended"
}

# end_watcher: unless we are it. It leads a process group of its own; its command line proves that the pid is
# still its.
end_watcher() {
    local watcher
    watcher=$(state_of watcher)
    if [ -n "$watcher" ] && [ "$watcher" != $$ ] && grep -qzxF -- "$dir" "/proc/$watcher/cmdline" 2>/dev/null; then
        kill -- "-$watcher" 2>/dev/null || true
    fi
}

# watch: what `guard_server` starts; calls `stop` in the end.
watch() {
    tail --pid="$guard" -s 0.2 -f /dev/null
    [ ! -e "$state" ] || stop
}
