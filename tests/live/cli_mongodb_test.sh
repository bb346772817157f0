#!/usr/bin/env bash
# cli_mongodb_test: the program as a user meets it, on a real MongoDB: right input, wrong input, Ctrl-C, no privilege.
#   tests/live/cli_mongodb_test.sh build/debug/whet
# A server of one's own is named with WHET_TEST_MONGODB_URL (an administrator's); without it and with
# WHET_REAL_MONGODB=1 tools/mongodserver starts one; without either there is nothing to test on.
# shellcheck disable=SC2016 # the $ of MongoDB's operators is meant
set -euo pipefail
whet=$(realpath "$1")
cd "$(dirname "$0")/../.."
work=$(mktemp -d /tmp/whet-cli.XXXXXX)
chmod 755 "$work"
export XDG_STATE_HOME=$work/state NO_COLOR=
url=${WHET_TEST_MONGODB_URL:-}
accounts=
shop=whet_cli_$$
cleanup() {
    [ ! -e "$work/accounts" ] || run admin '{"dropUser": "guarded"}' >/dev/null 2>&1 || true
    [ ! -e "$work/url" ] || run "$shop" '{"dropDatabase": 1}' >/dev/null 2>&1 || true
    tools/mongodserver stop --dir "$work/mg" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
if [ -z "$url" ]; then
    if [ -z "${WHET_REAL_MONGODB:-}" ]; then
        echo 'skipped: neither WHET_TEST_MONGODB_URL nor WHET_REAL_MONGODB is set'
        exit 77
    fi
    url=$(tools/mongodserver start --dir "$work/mg" --replicas 1 --auth --die-with $$ | tail -1)
    accounts=1
fi
echo "$url" >"$work/url"
login=${url#mongodb://}
case $login in *@*) login=${login%%@*} rest=${url#*@} ;; *) login='' rest=${url#mongodb://} ;; esac
hosts=${rest%%/*}
first=${hosts%%,*}
options=${rest#*\?}
[ "$options" != "$rest" ] || options=''
# run DATABASE COMMAND: one command, its reply as JSON.
run() { python3 tools/lib/mongo.py "${first##*:}" "$1" "$2" ${login:+"${login%%:*}" "${login#*:}"}; }
# as LOGIN [DATABASE] [OPTIONS]: a URL.
as() { echo "mongodb://${1:+$1@}$hosts/${2:-}?${options}${3:+&$3}"; }
target=$(as "$login" "$shop")

rows=''
for i in {1..400}; do
    rows+="${rows:+,}{\"_id\": $i, \"parent\": $((i % 40)), \"note\": \"xxxxxxxxxxxxxxxxxxxx\", \"secret\": \"hunter2-$i\"}"
done
run "$shop" "{\"insert\": \"child\", \"documents\": [$rows]}" >/dev/null
run "$shop" '{"createIndexes": "child", "indexes": [{"key": {"parent": 1}, "name": "parent_1"},
    {"key": {"parent": 1, "note": 1}, "name": "parent_note"}]}' >/dev/null
run "$shop" '{"find": "child", "filter": {"secret": "hunter2-77"}}' >/dev/null
# shellcheck source=expect.sh
. tests/live/expect.sh

# Wrong input: one clear sentence, the right exit code, nothing written.
while read -r code wrong; do
    expect "$code" "$wrong" "$whet" analyze "$wrong"
    one_sentence "$wrong"
done <<END
2 mongodb://root@127.0.0.1:port/
2 mongodb://127.0.0.1/?tls=perhaps
2 mongodb://127.0.0.1/?nonsense=1
2 mongodb://whet@127.0.0.1/
2 mongodb+srv://127.0.0.1:27017/
2 mongodb://127.0.0.1/?tls=true&tlsCAFile=$work/no-such-file
3 mongodb://127.0.0.1:1/
3 mongodb://no-such-host.invalid/
3 mongodb+srv://db.no-such-host.invalid/
2 mongodb+srv://localhost/
END

# A snapshot, and the same findings from it, byte for byte.
expect 0 'collect' "$whet" collect "$target" --window 1 -o "$work/one.json"
if grep -q hunter2 "$work/one.json"; then fail 'a literal is in the snapshot'; fi
for format in text json md html sarif junit; do
    expect 0 "live $format" "$whet" analyze "$target" --window 0 --snapshot "$work/live.json" --format $format
    cp "$work/out" "$work/from-live"
    expect 0 "file $format" "$whet" analyze "$work/live.json" --format $format
    cmp -s "$work/out" "$work/from-live" || fail "$format: the file's findings differ from the live run's"
done
expect 2 'shadow' "$whet" shadow "$target"
one_sentence 'shadow'
expect 0 'redundant found' "$whet" analyze "$work/live.json" --format json
says parent_1 'redundant found'
expect 0 'an option with several values before the target' "$whet" analyze --only index,schema "$target" --window 0

# The server's log, as a file.
cat >"$work/mongod.log" <<'END'
{"t":{"$date":"2026-11-26T10:00:00.000+00:00"},"s":"I","c":"COMMAND","id":51803,"ctx":"conn7","msg":"Slow query","attr":{"type":"command","ns":"SHOP.logged","command":{"find":"logged","filter":{"secret":"hunter2"},"$db":"SHOP"},"planSummary":"COLLSCAN","keysExamined":0,"docsExamined":90000,"nreturned":1,"durationMillis":812}}
this line is none
END
sed -i "s/SHOP/$shop/g" "$work/mongod.log"
expect 0 'a log' "$whet" collect "$target" --window 0 --log "$work/mongod.log" -o "$work/log.json"
grep -q logged "$work/log.json" || fail 'the operation of the log is not in the snapshot'
if grep -q hunter2 "$work/log.json"; then fail 'a literal of the log is in the snapshot'; fi
expect 0 'a log with a line that is none' "$whet" analyze -v "$target" --window 0 --log "$work/mongod.log"
says '1 of its 2 lines could not be understood, the' 'a log with a line that is none'
expect 2 'a log that is not there' "$whet" collect "$target" --window 0 --log "$work/none.log" -o "$work/none.json"

# Plans.
expect 0 'explain' "$whet" explain "$target" -- 'db.child.find({parent: 7}).sort({note: 1})'
says "IXSCAN" 'explain'
says 'parent_note' 'explain'
expect 0 'explain as JSON' "$whet" explain "$target" -- '{"count": "child", "query": {"parent": 7}}'
expect 0 'explain --analyze' "$whet" explain --analyze "$target" -- 'db.child.find({secret: "x"})'
says 'COLLSCAN' 'explain --analyze'
expect 0 'explain of a write' "$whet" explain "$target" -- 'db.child.updateMany({parent: 7}, {$set: {note: ""}})'
expect 2 'explain of nonsense' "$whet" explain "$target" -- 'db.child.fnd('
expect 2 'explain of a parameter' "$whet" explain "$target" -- 'db.child.find({parent: ?})'
expect 2 'explain --analyze of a write' "$whet" explain --analyze "$target" -- 'db.child.deleteMany({})'
expect 2 'explain --analyze of $out' "$whet" explain --analyze "$target" -- 'db.child.aggregate([{$out: "copy"}])'
[ "$(run "$shop" '{"count": "child"}' | grep -o '"n": *[0-9]*' | grep -o '[0-9]*$')" = 400 ] || fail 'a write was run'

# A mistyped name is not a healthy database.
expect 0 'no such database' "$whet" analyze -v "$(as "$login" "${shop}x")" --window 0
says "the database ${shop}x, because the server has none of that name" 'no such database'

expect 0 'doctor' "$whet" doctor "$target"
says 'topology' 'doctor'
expect 0 'optimize' "$whet" optimize "$target" --window 0
expect 0 'grants' "$whet" grants mongodb --role watcher --database "$shop"
says 'clusterMonitor' 'grants'

# An account without privileges: what it may not see is listed, the rest goes on.
if [ -n "$login" ]; then
    touch "$work/accounts"
    run admin '{"createUser": "guarded", "pwd": "right-one", "roles": [{"role": "read", "db": "'"$shop"'"}]}' >/dev/null
    expect 4 'a wrong password' "$whet" analyze "$(as guarded:wrong-one)"
    one_sentence 'a wrong password'
    if grep -q wrong-one "$work/err"; then fail 'the password is in the error'; fi
    expect 0 'right password' "$whet" doctor "$(as guarded:right-one)"
    says grantRolesToUser 'right password'
    if grep -q right-one "$work/out" "$work/err"; then fail 'the password is in the output'; fi
    MONGODB_PASSWORD=right-one expect 0 'password in the environment' "$whet" doctor "$(as guarded)"
    expect 0 'bare account' "$whet" analyze "$(as guarded:right-one)" --window 0
    says 'Not collected' 'bare account'
    # Nothing seen is no health.
    run admin '{"revokeRolesFromUser": "guarded", "roles": [{"role": "read", "db": "'"$shop"'"}]}' >/dev/null
    expect 3 'an account without any privilege' "$whet" analyze "$(as guarded:right-one "$shop" authSource=admin)" --window 0
    one_sentence 'an account without any privilege'
    expect 3 'no account' "$whet" analyze "$(as '' "$shop")" --window 0
    one_sentence 'no account'
    expect 0 'doctor says it once' "$whet" doctor "$(as guarded:right-one "$shop" authSource=admin)"
    [ "$(grep -c clusterMonitor "$work/out")" -le 3 ] || fail 'doctor repeats the same remedy'
fi

# Ctrl-C in the middle of the window: the exit code, and no session is left.
"$whet" analyze "$target" --window 10m >"$work/out" 2>"$work/err" &
pid=$!
sessions() {
    run admin '{"aggregate": 1, "cursor": {}, "pipeline": [{"$currentOp": {"allUsers": true, "idleConnections": true}},
        {"$match": {"appName": "whet"}}]}' | grep -c '"appName"' || true
}
for _ in {1..400}; do
    [ "$(sessions)" = 0 ] || break
    kill -0 $pid 2>/dev/null || break
    sleep 0.05
done
kill -INT $pid
code=0
wait $pid || code=$?
[ $code = 5 ] || fail "exit code $code after Ctrl-C"
for _ in {1..100}; do
    [ "$(sessions)" != 0 ] || break
    sleep 0.05
done
[ "$(sessions)" = 0 ] || fail 'a session is left after Ctrl-C'
[ $failures = 0 ] || { echo "$failures failures"; exit 1; }
echo "the program works on MongoDB${accounts:+ with accounts}"
