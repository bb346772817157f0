# shellcheck shell=bash
# demo.sh: what the demos of all engines share. Source it from the repository's root: . tools/lib/demo.sh
# The caller has set: work, a private folder, and results, where the outputs go.
# shellcheck disable=SC2154

# phase TITLE: end the phase before with its time, and name the next one.
phase_began=''
phase() {
    local now=${EPOCHREALTIME/[.,]/}
    [ -z "$phase_began" ] || printf '    %d.%01d s\n' $(((now - phase_began) / 1000000)) $(((now - phase_began) / 100000 % 10))
    phase_began=$now
    [ $# -eq 0 ] || printf '==> %s\n' "$1"
}

# whet COMMAND...: findings (1) are what the demo is about; any other failure ends it.
whet() {
    local code=0
    XDG_STATE_HOME=$work/state "$binary" "$@" || code=$?
    [ $code -le 1 ] || { echo "demo: 'whet $1' failed with exit code $code" >&2; return $code; }
}

# build TARGET...: optimised; whet is not among them when $WHET names one.
build() {
    binary=${WHET:-build/release/whet}
    [ $# -gt 0 ] || return 0
    phase 'Building Whet'
    { cmake --preset release && cmake --build --preset release --target "$@"; } >"$results/build.log" 2>&1 ||
        { tail -30 "$results/build.log" >&2; echo "demo: the build failed; all of it is in $results/build.log" >&2; exit 1; }
}

# say_speed RUN: one line about that run of the workload.
say_speed() {
    awk -F"\t" '$1 == "ALL" { n = $2; p = "p50 " $5 " ms, p95 " $6 " ms, p99 " $7 " ms" } $1 == "SECONDS" { s = $2 }
        END { printf "    %d transactions in %.1f s: %.0f per second, %s\n", n, s, n / s, p }' "$results/$1.tsv"
}

# compare: before.tsv and after.tsv as a table.
compare() {
    awk -F'\t' '
        FNR == NR { total[$1] = $3; p50[$1] = $5; p95[$1] = $6; p99[$1] = $7; one[$1] = $2; next }
        $1 == "ALL" {
            printf "%-24s %12s %12s %8s\n", "", "before", "after", "ratio"
            row("total time, s", total["ALL"] / 1000, $3 / 1000); row("p50, ms", p50["ALL"], $5)
            row("p95, ms", p95["ALL"], $6); row("p99, ms", p99["ALL"], $7)
        }
        $1 == "TPS" { row("transactions per second", one["TPS"], $2) }
        function row(title, a, b) { printf "%-24s %12.2f %12.2f %7.1fx\n", title, a, b, (a > b ? a / b : b / a) }
    ' "$results/before.tsv" "$results/after.tsv" | tee "$results/comparison.txt"
}
