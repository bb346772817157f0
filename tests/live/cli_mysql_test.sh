#!/usr/bin/env bash
# cli_mysql_test: the program as a user meets it, on a real MySQL or MariaDB: right input, wrong input, Ctrl-C, no
# privilege.
#   tests/live/cli_mysql_test.sh build/debug/whet mysql|mariadb
set -euo pipefail
whet=$(realpath "$1") fork=${2:-mysql}
cd "$(dirname "$0")/../.."
work=$(mktemp -d /tmp/whet-cli.XXXXXX)
chmod 755 "$work"
export XDG_STATE_HOME=$work/state NO_COLOR=
trap 'tools/mysqlserver stop --dir "$work/my" 2>/dev/null || true; rm -rf "$work"' EXIT
client=$(tools/mysqlroot --fork "$fork")/bin/$fork
root=$(tools/mysqlserver start --fork "$fork" --dir "$work/my" --die-with $$ --port-file "$work/port" | tail -1)
port=$(cat "$work/port")
sql() { "$client" --no-defaults -u root -S "${root##*socket=}" -BN "$@"; }
sql >/dev/null <<'SQL'
CREATE DATABASE shop;
USE shop;
CREATE TABLE parent (id BIGINT PRIMARY KEY, name VARCHAR(40));
CREATE TABLE child (id BIGINT PRIMARY KEY, parent_id BIGINT, note VARCHAR(60), secret VARCHAR(60),
                    KEY note (note), KEY note_again (note));
SET @n := 0;
INSERT INTO parent SELECT a.ID * 1000 + b.ID, 'p' FROM information_schema.COLLATIONS a, information_schema.COLLATIONS b
  WHERE a.ID BETWEEN 1 AND 20 AND b.ID BETWEEN 1 AND 80;
INSERT INTO child SELECT id, id, REPEAT('x', 40), CONCAT('hunter2-', id) FROM parent;
ANALYZE TABLE parent, child;
SELECT count(*) FROM child WHERE secret = 'hunter2-77';
CREATE USER guarded@'%' IDENTIFIED BY 'right-one';
CREATE USER bare@'%' IDENTIFIED BY 'bare-one';
GRANT SELECT ON shop.parent TO bare@'%';
SQL
# shellcheck source=expect.sh
. tests/live/expect.sh
export HOME=$work # of the option file
url="$fork://root@localhost/shop?socket=${root##*socket=}"
tcp() { echo "$fork://$1@127.0.0.1:$port/${2:-}"; } # ACCOUNT [DATABASE]

# Wrong input: one clear sentence, the right exit code, nothing written.
while read -r code wrong; do
    expect "$code" "$wrong" "$whet" analyze "$wrong"
    one_sentence "$wrong"
done <<END
2 $fork://root@127.0.0.1:port/
2 $fork://root@127.0.0.1/?ssl-mode=perhaps
2 $fork://root@127.0.0.1/?nonsense=1
3 $fork://root@127.0.0.1:1/
3 $fork://root@localhost/?socket=$work/no-socket
3 $fork://root@no-such-host.invalid/
3 $(tcp root no_such_database)
3 $(tcp guarded:wrong-one)
END
if grep -q wrong-one "$work/err"; then fail 'the password is in the error'; fi
expect 0 'right password' "$whet" doctor "$(tcp guarded:right-one)"
if grep -q right-one "$work/out" "$work/err"; then fail 'the password is in the output'; fi
MYSQL_PWD=right-one expect 0 'password in the environment' "$whet" doctor "$(tcp guarded)"
(umask 077 && printf '[whet]\nuser=guarded\npassword=right-one\n' >"$work/.my.cnf")
expect 0 'option file' "$whet" doctor "$fork://127.0.0.1:$port/"
rm "$work/.my.cnf"

# A snapshot, and the same findings from it, byte for byte.
expect 0 'collect' "$whet" collect "$url" --window 1 -o "$work/one.json"
if grep -q hunter2 "$work/one.json"; then fail 'a literal is in the snapshot'; fi
for target in "$url" "$work/one.json"; do
    expect 2 "shadow of $target" "$whet" shadow "$target"
    says 'PostgreSQL server only' "shadow of $target"
    one_sentence "shadow of $target"
done
for format in text json md html sarif junit; do
    expect 0 "live $format" "$whet" analyze "$url" --window 1 --snapshot "$work/live.json" --format $format
    cp "$work/out" "$work/from-live"
    expect 0 "file $format" "$whet" analyze "$work/live.json" --format $format
    cmp -s "$work/out" "$work/from-live" || fail "$format: the file's findings differ from the live run's"
done
expect 0 'duplicate found' "$whet" analyze "$work/live.json" --format json
says index.duplicate 'duplicate found'
says note_again 'duplicate found'

# An account without privileges: what it may not see is listed, the rest goes on.
expect 0 'bare account' "$whet" analyze "$(tcp bare:bare-one)" --window 0
says 'Not collected' 'bare account'
expect 0 'doctor' "$whet" doctor "$(tcp bare:bare-one)"
says 'GRANT PROCESS' 'doctor'
expect 0 'grants' "$whet" grants "$fork" --role watcher --database shop
says 'GRANT PROCESS' 'grants'
"$whet" grants "$fork" --role watcher --database shop | sql || fail 'the grants script does not run'
sql -e "ALTER USER watcher@'%' IDENTIFIED BY 'w' ACCOUNT UNLOCK"
expect 0 'the granted account' "$whet" analyze "$(tcp watcher:w)" --window 0 --format json
says index.duplicate 'the granted account'

# Plans.
expect 0 'explain' "$whet" explain "$url" -- "SELECT * FROM child WHERE note = 'x' ORDER BY id"
says shop.child 'explain'
expect 0 'explain --analyze' "$whet" explain --analyze "$url" -- "SELECT count(*) FROM child WHERE parent_id = 7"
says 'execution' 'explain --analyze'
expect 4 'explain of nonsense' "$whet" explain "$url" -- "SELEC 1"
expect 2 'explain of a parameter' "$whet" explain "$url" -- "SELECT * FROM child WHERE id = ?"
expect 2 'explain --analyze of a write' "$whet" explain --analyze "$url" -- "DELETE FROM child"
[ "$(sql -e 'SELECT count(*) = (SELECT count(*) FROM shop.parent) FROM shop.child')" = 1 ] || fail 'a write was run'
sql --raw -e "EXPLAIN FORMAT=JSON SELECT * FROM shop.child WHERE note = 'x'" >"$work/plan.json"
expect 0 'explain a file' "$whet" explain "$work/plan.json"
says note 'explain a file'

# Ctrl-C in the middle of the window: the exit code, and no session is left.
"$whet" analyze "$url" --window 10m >"$work/out" 2>"$work/err" &
pid=$!
sessions() { sql -e "SELECT count(*) FROM performance_schema.session_connect_attrs WHERE ATTR_NAME = 'program_name' AND ATTR_VALUE = 'whet'"; }
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
echo "the program works on $fork"
