# shellcheck shell=bash
# servers.sh: what the server scripts share. Source it: . "$(dirname "$0")/lib/servers.sh"

# fail SENTENCE: one sentence on stderr, and out.
fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# PostgreSQL refuses to run as root; root starts its servers as this user instead.
server_user=nobody server_group=nogroup

# as_server COMMAND...: run it as the user that servers run as (ourselves, unless we are root).
as_server() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid="$server_user" --regid="$server_group" --clear-groups -- "$@"
    else
        "$@"
    fi
}

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
