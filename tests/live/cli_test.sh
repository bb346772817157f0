#!/usr/bin/env bash
# cli_test: the program as a user meets it, on a real PostgreSQL: right input, wrong input, Ctrl-C, no privilege.
#   tests/live/cli_test.sh build/debug/whet 15
set -euo pipefail
whet=$(realpath "$1") version=${2:-15}
cd "$(dirname "$0")/../.."
work=$(mktemp -d /tmp/whet-cli.XXXXXX)
chmod 755 "$work"
export XDG_STATE_HOME=$work/state NO_COLOR=
trap 'tools/pgserver stop --dir "$work/pg" 2>/dev/null || true; rm -rf "$work"' EXIT
bin=$(tools/pgroot --bindir "$version")
url=$(tools/pgserver start --version "$version" --dir "$work/pg" --die-with $$ --preload pg_stat_statements --tcp | tail -1)
psql() { "$bin/psql" -Xq -v ON_ERROR_STOP=1 -o /dev/null "$@"; }
psql "$url" <<'SQL'
CREATE EXTENSION pg_stat_statements;
CREATE TABLE parent (id bigint PRIMARY KEY, name text);
CREATE TABLE child (id bigint PRIMARY KEY, parent_id bigint REFERENCES parent, note text, secret text);
INSERT INTO parent SELECT n, 'p' || n FROM generate_series(1, 2000) n;
INSERT INTO child SELECT n, n % 2000 + 1, repeat('x', 40), 'hunter2-' || n FROM generate_series(1, 60000) n;
CREATE INDEX child_note ON child (note);
CREATE INDEX child_note_again ON child (note);
ANALYZE;
SELECT count(*) FROM child WHERE secret = 'hunter2-77';
CREATE ROLE nobody_special LOGIN;
SQL

# shellcheck source=expect.sh
. tests/live/expect.sh
port=$(sed -E 's/.*:([0-9]+)\/.*/\1/' <<<"$url")

# Wrong input: one clear sentence, the right exit code, nothing written.
expect 2 'no command' "$whet"
expect 2 'unknown option' "$whet" analyze --nonsense "$url"
expect 2 'unknown scheme' "$whet" analyze oracle://host/db
one_sentence 'unknown scheme'
expect 2 'bad MongoDB URL' "$whet" analyze 'mongodb://host:port/db'
one_sentence 'bad MongoDB URL'
expect 3 'dead MongoDB server' "$whet" analyze mongodb://127.0.0.1:1/db
one_sentence 'dead MongoDB server'
expect 2 'bad URL' "$whet" analyze 'postgresql://host:port/db'
one_sentence 'bad URL'
expect 3 'dead server' "$whet" analyze 'postgresql://127.0.0.1:1/db'
one_sentence 'dead server'
expect 3 'unknown database' "$whet" analyze "${url%/*}/no_such_database"
one_sentence 'unknown database'
says no_such_database 'unknown database'
expect 3 'unknown host' "$whet" analyze postgresql://no-such-host.invalid/db
one_sentence 'unknown host'
expect 2 'unknown check' "$whet" analyze --only index.nonsense "$url"
one_sentence 'unknown check'
expect 2 'no such file' "$whet" analyze "$work/absent.json"
one_sentence 'no such file'
echo '{"a": 1}' >"$work/other.json"
expect 2 'not a snapshot' "$whet" analyze "$work/other.json"
one_sentence 'not a snapshot'
echo 'hello' >"$work/text.json"
expect 2 'not JSON' "$whet" analyze "$work/text.json"
one_sentence 'not JSON'
echo '{"format": 999, "whet_version": "9.9", "server": {}}' >"$work/newer.json"
expect 2 'newer snapshot' "$whet" analyze "$work/newer.json"
one_sentence 'newer snapshot'
says 9.9 'newer snapshot'
expect 2 'a directory' "$whet" analyze "$work"
one_sentence 'a directory'

# Wrong password: a role with one, over TCP.
psql "$url" -c "CREATE ROLE guarded LOGIN PASSWORD 'right-one'"
hba=$("$bin/psql" -XqAt "$url" -c 'SHOW hba_file')
sed -i '1i host all guarded 127.0.0.1/32 scram-sha-256' "$hba"
psql "$url" -c 'SELECT pg_reload_conf()'
for _ in {1..100}; do # the reload is done when the new rule refuses
    "$bin/psql" -Xq "postgresql://guarded:x@127.0.0.1:$port/postgres" -c '' 2>/dev/null || break
done
expect 3 'wrong password' "$whet" analyze "postgresql://guarded:wrong-one@127.0.0.1:$port/postgres"
one_sentence 'wrong password'
if grep -q wrong-one "$work/err"; then fail 'the password is in the error'; fi
expect 0 'right password' "$whet" doctor "postgresql://guarded:right-one@127.0.0.1:$port/postgres"
if grep -q right-one "$work/out" "$work/err"; then fail 'the password is in the output'; fi

# A snapshot, and the same findings from it, byte for byte.
expect 0 'collect' "$whet" collect "$url" --window 1 -o "$work/one.json"
if grep -q hunter2 "$work/one.json"; then fail 'a literal is in the snapshot'; fi
[ "$(stat -c %a "$work/one.json")" = 600 ] || fail 'the snapshot can be read by others'
head -c 3000 "$work/one.json" >"$work/cut.json"
expect 2 'truncated snapshot' "$whet" analyze "$work/cut.json"
one_sentence 'truncated snapshot'
for format in text json md html sarif junit; do
    expect 0 "live $format" "$whet" analyze "$url" --window 1 --snapshot "$work/live.json" --format $format
    cp "$work/out" "$work/from-live"
    expect 0 "file $format" "$whet" analyze "$work/live.json" --format $format
    cmp -s "$work/out" "$work/from-live" || fail "$format: the file's findings differ from the live run's"
done
expect 0 'duplicate found' "$whet" analyze "$work/live.json" --format json
says index.duplicate 'duplicate found'
says index.foreign_key_missing 'foreign key without an index found'
expect 1 'fail on low' "$whet" analyze "$work/live.json" --fail-on info
expect 0 'text' "$whet" analyze "$work/live.json"
if grep -q $'\x1b' "$work/out"; then fail 'colours without a terminal'; fi
[ "$(wc -l <"$work/out")" -le 45 ] || fail 'the summary is longer than a screen'

# A role without privileges: what it may not see is listed, the rest goes on.
bare="${url%%//*}//nobody_special@${url#*@}"
expect 0 'bare role' "$whet" analyze "$bare" --window 0
says 'Not collected' 'bare role'
expect 0 'doctor' "$whet" doctor "$bare"
says pg_monitor 'doctor'
expect 0 'grants' "$whet" grants postgresql
says pg_monitor 'grants'
"$whet" grants postgresql | psql "$url" -f - || fail 'the grants script does not run'

# Plans.
expect 0 'explain' "$whet" explain "$url" -- "SELECT * FROM child WHERE note = 'x' ORDER BY id"
says child 'explain'
expect 4 'explain of nonsense' "$whet" explain "$url" -- "SELEC 1"
"$bin/psql" -XqAt "$url" -c 'EXPLAIN (ANALYZE, BUFFERS) SELECT count(*) FROM child' >"$work/plan.txt"
expect 0 'explain a file' "$whet" explain "$work/plan.txt"
says 'Seq Scan' 'explain a file'
expect 2 'explain rubbish' "$whet" explain "$work/text.json"

# A shadow: plans as the target, from it and from a file; gone with the command, however that ends.
expect 2 'shadow of a file without samples' "$whet" shadow "$work/one.json"
one_sentence 'shadow of a file without samples'
expect 0 'collect with samples' "$whet" collect --with-samples "$url" --window 0 -o "$work/samples.json"
question="EXPLAIN SELECT * FROM child c JOIN parent p ON p.id = c.parent_id WHERE c.id > 59000"
"$bin/psql" -XqAt "$url" -c "$question" >"$work/plan-target"
for way in "$url INT" "$work/samples.json KILL"; do
    read -r from signal <<<"$way"
    rm -f "$work/shadow"
    "$whet" shadow "$from" >"$work/shadow" 2>"$work/err" &
    pid=$!
    for _ in {1..600}; do
        if [ -s "$work/shadow" ]; then break; fi
        kill -0 $pid 2>/dev/null || break
        sleep 0.05
    done
    shadow=$(head -1 "$work/shadow")
    "$bin/psql" -XqAt "$shadow" -c "$question" >"$work/plan-shadow" || cat "$work/err"
    diff "$work/plan-target" "$work/plan-shadow" || fail "shadow of $from: another plan"
    folder=$(sed 's/.*host=//; s/%2F/\//g' <<<"$shadow")
    [ -d "$folder" ] || fail "shadow of $from: no folder $folder"
    kill "-$signal" $pid
    code=0
    wait $pid || code=$?
    if [ "$signal" = INT ] && [ $code != 0 ]; then fail "shadow: exit code $code after Ctrl-C"; fi
    for _ in {1..400}; do
        [ -e "$folder" ] || break
        sleep 0.05
    done
    if [ -e "$folder" ]; then fail "shadow of $from: its folder is left after SIG$signal"; fi
done

# whet index: wrong input, each one clear sentence; nothing is started.
cat >"$work/statements.sql" <<'SQL'
SELECT * FROM child WHERE parent_id = 7;
SELECT * FROM child WHERE secret = 'x';
SELEC nonsense;
SELECT * FROM no_such_table;
SQL
mkdir "$work/empty"
: >"$work/empty.sql"
for wrong in "--budget lots" "--budget -5GB" "--max-time soon" "--workload $work/empty" "--workload $work/empty.sql" \
    "--workload $work/no-such-file.sql" "--sizes guessed" "--min-gain 200" "--format xml"; do
    # shellcheck disable=SC2086  # an option and its value
    expect 2 "index $wrong" "$whet" index $wrong "$url"
    [ ! -s "$work/out" ] || fail "index $wrong: writes to stdout"
done
head -c 4000 /dev/urandom >"$work/noise.sql"
expect 3 'index of noise' "$whet" index --workload "$work/noise.sql" "$url"
"$whet" collect "$url" -o "$work/plain.json" >/dev/null 2>&1
expect 2 'index of a snapshot without planner facts' "$whet" index --workload "$work/statements.sql" "$work/plain.json"
says 'whet collect --with-samples' 'index of a snapshot without planner facts'
# Broken statements are named, the rest goes on; a role that may not read a table gets what it may.
expect 0 'index' "$whet" index --budget 100MB --workload "$work/statements.sql" --format json "$url"
says '"skipped"' 'index'
says 'statements#3' 'index'
says 'no_such_table' 'index'
says '"parent_id"' 'index'
"$whet" index --workload "$work/statements.sql" "${url/postgres@/nobody_special@}" >"$work/out" 2>"$work/err" ||
    [ "$(wc -l <"$work/err")" = 1 ] || fail 'index without privileges: neither an answer nor one sentence'

# Ctrl-C and a shadow that is killed, in the middle of the search: the exit code, and nothing is left.
for n in {1..3000}; do echo "SELECT c.id + $n FROM child c JOIN parent p ON p.id = c.parent_id WHERE c.note = 'n$n' AND p.name > 'p$n';"; done >"$work/many.sql"
mkdir -m 777 "$work/tmp"
for way in INT KILL; do
    TMPDIR=$work/tmp "$whet" index --workload "$work/many.sql" --max-time 10m "$work/samples.json" >"$work/out" 2>"$work/err" &
    pid=$!
    sessions=''
    for _ in {1..1200}; do
        # Two of the administrator and its owner build the shadow, the third one plans.
        postmaster=$(cat "$work"/tmp/*/data/postmaster.pid 2>/dev/null | head -1 || true)
        sessions=$(cat "/proc/${postmaster:-0}/task/${postmaster:-0}/children" 2>/dev/null || true)
        named=0
        for session in $sessions; do
            if tr '\0' ' ' <"/proc/$session/cmdline" 2>/dev/null | grep -q '^postgres: whet '; then named=$((named + 1)); fi
        done
        if [ $named -ge 2 ] || ! kill -0 $pid 2>/dev/null; then break; fi
        sleep 0.05
    done
    if [ $way = INT ]; then
        kill -INT $pid
    else
        # shellcheck disable=SC2086  # numbers
        kill -KILL "$postmaster" $sessions
    fi
    code=0 wanted=5
    wait $pid || code=$?
    [ $way = INT ] || wanted=3
    [ $code = $wanted ] || { fail "index after SIG$way: exit code $code instead of $wanted"; cat "$work/err"; }
    [ "$(wc -l <"$work/err")" = 1 ] || { fail "index after SIG$way: not one sentence"; cat "$work/err"; }
    [ $way = INT ] || says 'shadow' 'index with a killed shadow'
    for _ in {1..400}; do
        [ -n "$(ls -A "$work/tmp")" ] || break
        sleep 0.05
    done
    [ -z "$(ls -A "$work/tmp")" ] || fail "index after SIG$way: left $(ls "$work/tmp")"
done

# Ctrl-C in the window: stopped at once, exit code 5, no session left.
"$whet" analyze "$url" --window 60 >"$work/out" 2>"$work/err" &
pid=$!
for _ in {1..200}; do
    [ "$("$bin/psql" -XqAt "$url" -c "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'whet%'")" = 0 ] || break
done
kill -INT $pid
code=0
wait $pid || code=$?
[ $code = 5 ] || fail "Ctrl-C: exit code $code instead of 5"
for _ in {1..200}; do
    left=$("$bin/psql" -XqAt "$url" -c "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'whet%'")
    [ "$left" != 0 ] || break
done
[ "$left" = 0 ] || fail 'Ctrl-C: sessions are left'

# The dry run changes nothing; the ledger is empty.
before=$("$bin/psql" -XqAt "$url" -c 'SELECT string_agg(indexrelid::text, $$,$$ ORDER BY 1) FROM pg_index')
expect 0 'dry run' "$whet" optimize "$url" --window 1
[ "$before" = "$("$bin/psql" -XqAt "$url" -c 'SELECT string_agg(indexrelid::text, $$,$$ ORDER BY 1) FROM pg_index')" ] || fail 'a dry run changed indexes'
expect 0 'ledger' "$whet" ledger
says 'empty' 'ledger'
# Apply, and undo all of it.
expect 0 'apply' "$whet" optimize --apply --yes "$url" --window 1 --only index
expect 0 'ledger after' "$whet" ledger -v
says 'CREATE INDEX CONCURRENTLY' 'ledger after'
expect 0 'undo' "$whet" undo --all "$url"
count=$("$bin/psql" -XqAt "$url" -c "SELECT count(*) FROM pg_index JOIN pg_class ON oid = indrelid WHERE relname = 'child'")
[ "$count" = 3 ] || fail "undo left $count indexes on child instead of 3"

[ $failures = 0 ] || exit 1
echo 'cli_test: all as expected'
