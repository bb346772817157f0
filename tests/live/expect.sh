# shellcheck shell=bash
# expect.sh: what the tests of the program share. Source it; $work is a folder of the test's own.
# shellcheck disable=SC2154 # the test sets it

failures=0
fail() { printf 'FAILED: %s\n' "$*"; failures=$((failures + 1)); }

# expect CODE WHAT COMMAND...: the exit code; output is kept in $work/out and $work/err.
expect() {
    local code=$1 what=$2 got=0
    shift 2
    "$@" >"$work/out" 2>"$work/err" || got=$?
    [ "$got" = "$code" ] || { fail "$what: exit code $got instead of $code"; cat "$work/err"; }
}
says() { grep -qF -- "$1" "$work/out" "$work/err" || { fail "$2: does not say '$1'"; head -5 "$work/out" "$work/err"; }; }
one_sentence() {
    if [ "$(wc -l <"$work/err")" != 1 ] || [ -s "$work/out" ]; then
        fail "$1: not one line on stderr"
        cat "$work/out" "$work/err"
    fi
}
