#!/usr/bin/env bash
# Goal: every command does what its help says, and bad use ends in a sentence and an exit code (2 for
# wrong use, 1 for failure), with nothing damaged. Method: the real program, in a temporary folder.
# Usage: cli_test.sh PROGRAM
set -u
program=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
passed=0
failed=0

# expect CODE WHAT-IT-MUST-SAY -- COMMAND…: checks exit code and that the output holds the words.
expect() {
  local code=$1 words=$2 out got
  shift 3
  out=$("$@" 2>&1)
  got=$?
  if [ "$got" = "$code" ] && grep -qF -- "$words" <<<"$out"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAILED: %s\n  wanted exit %s and "%s"\n  got exit %s:\n%s\n' "$*" "$code" "$words" "$got" "$out" | head -n 20
  fi
}
ff() { "$program" "$@"; }
sql() { sqlite3 data/footfall.db "$1"; }
same() {  # WHAT WANTED GOT
  if [ "$2" = "$3" ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $1: wanted '$2', got '$3'"; fi
}

# --- help, versions, wrong use ---
expect 0 "fills a shop" -- ff --help
expect 0 "footfall " -- ff --version
for command in seed simulate report runs check-db personas "personas make" "personas check" graph config; do
  expect 0 "Usage" -- ff $command --help
done
expect 2 "subcommand" -- ff
expect 2 "there is no command 'frobnicate'" -- ff frobnicate
expect 2 "did you mean 'simulate'" -- ff simulat --fast
expect 2 "there is no flag --wekks; did you mean '--weeks'?" -- ff simulate --fast --wekks 3
expect 2 "status or migrate" -- ff db
expect 2 "there is no command 'db statu'; did you mean 'status'?" -- ff db statu
expect 0 "Usage" -- ff db --help
expect 0 "Usage" -- ff db status --help
expect 2 "a whole number from 1 to 595" -- ff simulate --fast --weeks 0
expect 2 "one of uniform, affinity" -- ff simulate --fast --policy best
expect 2 "a day like 2026-01-05" -- ff simulate --fast --start yesterday
expect 2 "--direct in the database" -- ff simulate
expect 1 "footfall seed" -- ff simulate --fast
expect 1 "footfall seed" -- ff report
expect 1 "footfall seed" -- ff check-db
expect 2 "names no database" -- ff seed --db oracle:x
expect 1 "is a folder" -- ff seed --db sqlite:.
expect 2 "--threads does nothing in a live run" -- ff simulate --direct --threads 2
expect 2 "--fast and --direct exclude each other" -- ff simulate --fast --direct
expect 2 "--fast and --dry-run exclude each other" -- ff simulate --fast --dry-run
expect 2 "--ramp does nothing in a fast run" -- ff simulate --fast --ramp off
expect 2 "--rate does nothing in a direct run" -- ff simulate --direct --rate 10
expect 2 "--mock-db would leave nothing" -- ff simulate --direct --mock-db
expect 2 "leave one of them out" -- ff simulate --direct --mock-api
expect 2 "--no-journal goes with --fast only" -- ff simulate --direct --no-journal
expect 2 "--new and --continue exclude each other" -- ff simulate --direct --new --continue 1
expect 2 "--batch-size does nothing in a fast run" -- ff simulate --fast --batch-size 2
expect 2 "mermaid" -- ff graph --format png

# --- drawing the graph (R16) ---
expect 0 "decide_shop -. goes shopping .-> browse_products" -- ff graph
expect 0 "digraph" -- ff graph --format dot
expect 0 '"conditional":true' -- ff graph --format json

# --- settings: flags beat environment beats file beats default (R6) ---
expect 0 "OFFER_CYCLE_DAYS" -- ff config
echo 'offer-cycle-days = 5' >footfall.toml
expect 0 "file footfall.toml" -- ff config
OFFER_CYCLE_DAYS=6 expect 0 "environment OFFER_CYCLE_DAYS" -- ff config
OFFER_CYCLE_DAYS=6 expect 0 "flag --offer-cycle-days" -- ff config --offer-cycle-days 8
OFFER_CYCLE_DAYS=six expect 2 "environment OFFER_CYCLE_DAYS: 'six'" -- ff config
echo 'offer-cycel-days = 5' >footfall.toml
expect 2 "did you mean 'offer-cycle-days'" -- ff config
echo 'offer-cycle-days = [' >footfall.toml
expect 2 "footfall.toml, line 1" -- ff config
rm footfall.toml
expect 1 "no file none.toml" -- ff --config none.toml config

# --- personas ---
expect 0 "40 personas written" -- ff personas make --count 40 --seed 9 --out people.xlsx
expect 0 "40 personas, nothing to mend" -- ff personas check people.xlsx
expect 0 "40 personas written" -- ff personas make --count 40 --seed 9 --out people.csv
expect 0 "40 personas, nothing to mend" -- ff personas check people.csv
expect 2 "ends in" -- ff personas make --count 4 --out people.txt
sed '3s/^P000002,[0-9]*/P000001,seven/' people.csv >bad.csv
expect 2 "row 3, column age" -- ff personas check bad.csv
expect 2 "each must be unique" -- ff personas check bad.csv
expect 2 "2 problems in bad.csv; nothing was loaded" -- ff personas check bad.csv
printf 'PK\x03\x04 not a workbook' >broken.xlsx
expect 2 "broken.xlsx" -- ff personas check broken.xlsx
expect 1 "none.xlsx" -- ff personas check none.xlsx

# --- seeding (R2) ---
sample=$(dirname "$program")/../data/sample
expect 0 "  12 added        0 changed        0 as they were" -- ff seed --test --db sqlite:small.db
expect 0 "372 added" -- ff seed
before=$(sql 'SELECT count(*), sum(id) FROM products; SELECT group_concat(traits) FROM agents' | cksum)
expect 0 "0 added        0 changed      372 as they were" -- ff seed
same "seeding twice changes nothing" "$before" "$(sql 'SELECT count(*), sum(id) FROM products; SELECT group_concat(traits) FROM agents' | cksum)"
mkdir shop && cp "$sample"/{stores,products,coupons}.csv shop/
sed -i '2s/^\([^,]*,[^,]*,[^,]*,[^,]*\),[^,]*/\1,-3.00/; 3s/^[^,]*/PRO-0001/' shop/products.csv
expect 2 "row 2, column price: '-3.00'" -- ff seed --catalogue shop
expect 2 "column sku: 'PRO-0001' stands above already" -- ff seed --catalogue shop
cp "$sample"/products.csv shop/
sed -i 's/,category,\(.*\),Snacks,/,category,\1,Snaks,/' shop/coupons.csv
expect 2 "did you mean 'Snacks'?" -- ff seed --catalogue shop
same "a refused catalogue changes nothing" "560" "$(sql 'SELECT count(*) FROM products')"
expect 1 "no-such-folder" -- ff seed --catalogue no-such-folder

# --- running (R6, R7, R20) ---
expect 0 "run 1 in sqlite:data/footfall.db" -- ff simulate --fast --weeks 1 --seed 42
expect 0 '"seed":42' -- ff simulate --fast --weeks 1 --seed 42 --json
digest() { sql "SELECT type, product_id, qty, amount_minor, occurred_sim_us FROM shopping_session_events WHERE run_id = $1 ORDER BY session_id, seq" | cksum; }
same "the same seed gives the same events" "$(digest 1)" "$(digest 2)"
expect 0 "sessions" -- ff simulate --fast --weeks 1
seed=$(sql 'SELECT seed FROM simulation_state WHERE run_id = 3')
expect 0 "Seed $seed" -- ff simulate --fast --weeks 1 --seed "$seed"
same "a printed seed gives the run again" "$(digest 3)" "$(digest 4)"
expect 0 "run 5" -- ff simulate --fast --until 2026-01-08 --seed 42 --agents 50 --threads 2 --activity crowd --profile online --policy affinity --wallet replace --stagger off --deals 0.5 --offer-cycle-days 3 --offer-expiration-days 4 --max-wallet-capacity 12 --frontstore-per-cycle 1 --category-brand-per-cycle 5
same "the run's own rules hold" "0" "$(sql "SELECT count(*) FROM (SELECT user_id FROM user_coupons WHERE run_id = 5 AND status = 'active' GROUP BY 1 HAVING count(*) > 12)")"
expect 0 "nothing was kept" -- ff simulate --fast --weeks 1 --seed 42 --no-journal
expect 1 "asks for 500" -- ff simulate --fast --agents 500
expect 2 "later than" -- ff simulate --fast --until 2025-01-01
expect 2 "give one of them" -- ff simulate --fast --until 2026-02-01 --weeks 2

# --- going on ---
expect 0 "to 2026-01-12" -- ff simulate --fast --weeks 1 --seed 77
run=$(sql 'SELECT max(run_id) FROM simulation_state')
expect 0 "run $run goes on from 2026-01-12" -- ff simulate --fast --continue "$run" --weeks 2
expect 0 "run $((run + 1)) in" -- ff simulate --fast --weeks 2 --seed 77
same "two weeks in two parts are two weeks" "$(digest "$run")" "$(digest $((run + 1)))"
expect 2 "has lived to" -- ff simulate --fast --continue "$run"
expect 2 "cannot go on with affinity" -- ff simulate --fast --continue "$run" --weeks 3 --policy affinity
expect 2 "leave --seed out" -- ff simulate --fast --continue "$run" --weeks 3 --seed 5
expect 1 "no run 99" -- ff simulate --fast --continue 99 --weeks 3
expect 0 "finished" -- ff runs

# --- behaviour from a file ---
ff config --behavior-defaults >behavior.toml
expect 0 "run " -- ff simulate --fast --weeks 1 --seed 42 --behavior behavior.toml
same "the defaults as a file change nothing" "$(digest 1)" "$(digest "$(sql 'SELECT max(run_id) FROM simulation_state')")"
echo 'price_base = 3' >behavior.toml
expect 2 "price_base is 3" -- ff simulate --fast --behavior behavior.toml
echo 'prise_base = -1' >behavior.toml
expect 2 "did you mean 'price_base'" -- ff simulate --fast --behavior behavior.toml

# --- showing ---
expect 0 "From visit to payment" -- ff report
expect 0 '"run"' -- ff report --run 1 --json
expect 1 "run 4711" -- ff report --run 4711
expect 0 "shopping_session_events" -- ff check-db
same "check-db finds the fresh schema sound" "0" "$(ff check-db >/dev/null 2>&1; echo $?)"
cp data/footfall.db damaged.db
sqlite3 damaged.db 'DROP VIEW offer_cycle_overview; DROP INDEX coupons_kind'
expect 1 "coupons_kind" -- ff check-db --db sqlite:damaged.db

# --- files that cannot be used ---
sqlite3 songs.db 'CREATE TABLE songs (name TEXT)'
expect 1 "another program" -- ff seed --db sqlite:songs.db
same "another program's database is left alone" "songs" "$(sqlite3 songs.db .tables | tr -d ' ')"
echo "no database at all, only words, and quite a few of them" >words.db
expect 1 "not an SQLite database" -- ff seed --db sqlite:words.db
cp data/footfall.db future.db
sqlite3 future.db "INSERT INTO footfall_migrations VALUES (99, 'future', 0)"
expect 1 "newer footfall" -- ff simulate --fast --db sqlite:future.db
if [ "$(id -u)" != 0 ]; then
  cp data/footfall.db locked.db && chmod 444 locked.db && mkdir shut && chmod 555 shut
  expect 1 "read-only" -- ff simulate --fast --weeks 1 --db sqlite:locked.db
  expect 1 "opened" -- ff seed --db sqlite:shut/x.db
fi
# A full disk, as a limit on the size of files (ulimit counts KiB): what was committed stays.
cp data/footfall.db full.db
kept=$(sqlite3 full.db 'SELECT count(*) FROM shopping_sessions')
limit=$(($(stat -c %s full.db) / 1024 + 4096))
expect 1 "kept" -- bash -c "trap '' XFSZ; ulimit -f $limit; '$program' simulate --fast --weeks 52 --seed 1 --db sqlite:full.db"
same "after a full disk the database is whole" "ok" "$(sqlite3 full.db 'PRAGMA quick_check')"
same "and holds what it held" "$kept" "$(sqlite3 full.db "SELECT count(*) FROM shopping_sessions WHERE run_id <= (SELECT max(run_id) - 1 FROM simulation_state)")"

# --- stopped in the middle ---
interrupt() {  # SIGNAL: starts a long run, signals it once rows arrive
  "$program" simulate --fast --weeks 500 --seed 3 --db sqlite:stop.db >stop.out 2>&1 &
  local child=$! tries=0
  until [ "$(sqlite3 stop.db 'SELECT count(*) > 0 FROM shopping_sessions' 2>/dev/null)" = 1 ] || [ $((tries += 1)) -gt 500 ]; do :; done
  kill "-$1" $child
  wait $child 2>/dev/null
}
ff seed --db sqlite:stop.db >/dev/null
interrupt INT
same "Ctrl-C ends the run in order" "stopped" "$(sqlite3 stop.db 'SELECT status FROM simulation_state')"
expect 0 "--continue 1" -- cat stop.out
# The second one does not wait. The run stands still meanwhile, as behind a slow disk. Where the system
# tells (/proc), the first has been taken before the second is sent: two that wait are one.
cat >taken <<'SH'
sleep 0.3; while grep -qs '^ShdPnd:.*[2367abef]$' /proc/$1/status; do sleep 0.05; done
SH
"$program" simulate --fast --new --weeks 500 --seed 3 --db sqlite:stop.db >stop.out 2>&1 &
child=$!
until [ "$(sqlite3 stop.db 'SELECT count(*) FROM simulation_state' 2>/dev/null)" = 2 ]; do :; done
sqlite3 stop.db '.timeout 5000' 'BEGIN EXCLUSIVE' '.shell kill -INT '$child'; sh taken '$child'; kill -INT '$child'; sleep 0.3' 'COMMIT' 2>/dev/null
wait $child
same "the second Ctrl-C ends the program" "130" "$?"
rm -f stop.db stop.db-* && ff seed --db sqlite:stop.db >/dev/null
interrupt KILL
same "killed at once, the database is whole" "ok" "$(sqlite3 stop.db 'PRAGMA quick_check')"
until=$(sqlite3 stop.db 'SELECT date(sim_now_us / 1000000 + 7 * 86400, "unixepoch") FROM simulation_state')
expect 1 "has no run 7" -- ff simulate --fast --continue 7 --db sqlite:stop.db
expect 0 "run 1 goes on" -- ff simulate --fast --until "$until" --db sqlite:stop.db
expect 0 "run 2 in" -- ff simulate --fast --seed 3 --until "$until" --db sqlite:stop.db
stop_digest() { sqlite3 stop.db "SELECT type, product_id, qty, amount_minor, occurred_sim_us FROM shopping_session_events WHERE run_id = $1 ORDER BY session_id, seq" | cksum; }
same "a killed run that goes on equals one that was never killed" "$(stop_digest 1)" "$(stop_digest 2)"

# --- a direct run whose database fails it ---
ff seed --db sqlite:ill.db >/dev/null
sqlite3 ill.db "CREATE TRIGGER ill BEFORE INSERT ON orders WHEN NEW.id % 5 = 0 BEGIN SELECT RAISE(ABORT, 'ill'); END"
expect 0 "failed trips" -- ff simulate --direct --weeks 1 --seed 5 --db sqlite:ill.db
same "every session is counted, failed ones too" "$(sqlite3 ill.db 'SELECT count(*) FROM shopping_sessions')" \
  "$(ff simulate --direct --weeks 1 --seed 5 --db sqlite:ill.db --json 2>/dev/null | grep -oE '"sessions":[0-9]+' | cut -d: -f2)"
sqlite3 ill.db "DROP TRIGGER ill; CREATE TRIGGER ill BEFORE INSERT ON user_coupons BEGIN SELECT RAISE(ABORT, 'ill'); END"
expect 1 "Run 3 ended at" -- timeout 60 "$program" simulate --direct --skip-preflight --activity crowd --stagger off --weeks 1 --db sqlite:ill.db
same "a run whose wallets cannot be filled has failed" "failed" "$(sqlite3 ill.db 'SELECT status FROM simulation_state WHERE run_id = 3')"

# --- loading a shop's API, and something to load ---
for command in bench "bench echo" "bench load"; do expect 0 "Usage" -- ff $command --help; done
expect 2 "needs a subcommand: echo or load" -- ff bench
expect 2 "127.0.0.1 or [::1]), not on 0.0.0.0" -- ff bench echo --listen 0.0.0.0:0
expect 2 "write ADDRESS:PORT" -- ff bench echo --listen nowhere
expect 2 "not in range" -- ff bench echo --threads 0
expect 2 "a load needs --api URL" -- ff bench load
export FOOTFALL_ADMIN_TOKEN=0123456789012345678901234567890123456789
expect 2 "--i-own-this-host" -- ff bench load --api https://shop.example
expect 2 "did you mean '--agents'" -- ff bench load --api http://127.0.0.1:9 --agent 3
bad_load() { expect 2 "$1" -- ff bench load --api http://127.0.0.1:9 "${@:2}"; }
bad_load "--for takes 1s to 1h" --for 61m
bad_load "must be a number with its unit" --for soon
bad_load "must be off, or 0.1 to 1000000" --rate 0
bad_load "there are 372 personas" --agents 373
bad_load "not in range" --connections 0
expect 1 "cannot be reached" -- timeout 60 "$program" bench load --api http://127.0.0.1:9 --for 1s
"$program" bench echo --listen 127.0.0.1:0 >echo.log &
echo_server=$!
for _ in $(seq 600); do grep -q http echo.log && break; sleep 0.1; done
echo_api=$(grep -oE 'http://[0-9.:]+' echo.log)
timeout 60 "$program" bench load --api "$echo_api" --for 1s --connections 8 --json >load.json
same "a load ends by itself" "0" "$?"
expect 0 "in 1 simulated hour." -- timeout 60 "$program" bench load --api "$echo_api" --for 1s --rate 20
kill -INT $echo_server
wait $echo_server
same "the echo ends well on SIGINT" "0" "$?"
expect 0 "answered" -- cat echo.log
expect 0 "[0, 0]" -- python3 -c 'import json; r = json.load(open("load.json")); print([sum(r["errors"].values()), r["failed_sessions"]])'
expect 0 "True" -- python3 -c 'import json; r = json.load(open("load.json")); print(r["orders"] > 0 and r["requests"] == sum(r["requests_by_action"].values()) == r["latency_from_sent"]["count"])'

# --- live runs: flags, and runs that touch nothing (R24) ---
expect 2 "as 90s, 45m, 6h or 2d" -- ff simulate --direct --for soon
expect 2 "wait, exit, or retry:SECONDS" -- ff simulate --direct --on-freeze never
expect 2 "--ramp" -- ff simulate --direct --ramp 10
expect 2 "http" -- ff simulate --api ftp://127.0.0.1
expect 2 "FOOTFALL_ADMIN_TOKEN" -- env -u FOOTFALL_ADMIN_TOKEN "$program" simulate --api http://127.0.0.1:9
expect 1 "there is no file none.toml" -- ff simulate --api http://127.0.0.1:9 --api-profile none.toml
expect 2 "--journal api needs footfall's own API" -- ff simulate --mock-api --journal api
ff seed --db sqlite:dry.db >/dev/null
before=$(sqlite3 dry.db .dump | cksum)
expect 0 "nothing was kept" -- ff simulate --dry-run --ramp off --activity persona --until 2026-01-07 --seed 3 --db sqlite:dry.db --run-log dry.log
same "a dry run writes nothing" "$before" "$(sqlite3 dry.db .dump | cksum)"
orders=$(ff simulate --dry-run --unpaced --ramp off --activity persona --until 2026-01-07 --seed 3 --db sqlite:dry.db --run-log off --json 2>/dev/null | grep -oE '"orders":[0-9]+' | cut -d: -f2)
same "its log tells each checkout" "$orders" "$(grep -c '"action":"checkout"' dry.log)"
same "and each session's end" "$(grep -c '"action":"open_session"' dry.log)" "$(grep -c '"action":"end_session"' dry.log)"
expect 0 "run 1 in" -- ff simulate --mock-api --unpaced --ramp off --activity persona --until 2026-01-07 --seed 3 --db sqlite:dry.db --run-log off
same "a mocked shop's orders are mirrored" "$orders" "$(sqlite3 dry.db 'SELECT count(*) FROM orders WHERE is_simulated = 1')"
export FOOTFALL_ADMIN_TOKEN=0123456789012345678901234567890123456789
expect 2 "one of clear, keep" -- ff simulate --fast --on-failed-checkout maybe
expect 1 "cannot be reached" -- ff simulate --api http://127.0.0.1:9 --on-freeze exit --db sqlite:dry.db --run-log off
expect 1 "start failed" -- ff simulate --api http://127.0.0.1:9 --http-tries 1 --on-freeze exit --db sqlite:dry.db --run-log off
# Preflight (R4): looks, and leaves nothing behind; a live run begins with it.
expect 0 "Usage" -- ff preflight --help
before=$(sqlite3 dry.db .dump | cksum)
expect 0 "yes  an offer can be assigned" -- ff preflight --db sqlite:dry.db --run-log off
same "it takes everything back" "$before" "$(sqlite3 dry.db .dump | cksum)"
expect 0 "True 8" -- bash -c "'$program' preflight --db sqlite:dry.db --run-log off --json | python3 -c 'import json, sys; r = json.load(sys.stdin); print(r[\"good\"], len(r[\"checks\"]))'"
expect 1 "there is no database none.db" -- ff preflight --db sqlite:none.db
expect 1 "cannot be reached" -- ff preflight --db sqlite:dry.db --api http://127.0.0.1:9
expect 1 "NO   the log is writable" -- ff preflight --db sqlite:dry.db --run-log dry.db/x
cp dry.db short.db
sqlite3 short.db "UPDATE coupons SET active = 0 WHERE id > 60; UPDATE users SET status = 'disabled' WHERE id = 7"
expect 1 "2 of 8 checks failed" -- ff preflight --db sqlite:short.db --run-log off
expect 1 "NO   at least 50 frontstore and 150 category or brand coupons" -- ff simulate --direct --until 2026-01-06 --db sqlite:short.db --run-log off
expect 1 "go on anyway with --skip-preflight" -- ff simulate --direct --until 2026-01-06 --db sqlite:short.db --run-log off
expect 0 "orders" -- ff simulate --direct --until 2026-01-06 --skip-preflight --db sqlite:short.db --run-log off
expect 2 "a fast run has no preflight" -- ff simulate --fast --skip-preflight
# Profiles: the built-in one, tried at a server in a run of its own; and files that are none.
for command in profile "profile check" "profile show"; do expect 0 "Usage" -- ff $command --help; done
ff profile show >mine.toml
expect 0 "the profile 'footfall' is in order" -- ff profile check mine.toml
expect 1 "there is no file nix.toml" -- ff profile check nix.toml
sed 's/^path = "\/api\/wallet"$//' mine.toml >bad.toml
expect 2 "actions.view_coupons" -- ff profile check bad.toml
expect 1 "cannot be reached" -- ff profile check mine.toml --api http://127.0.0.1:9 --db sqlite:dry.db
SIMULATION_MODE=true "$program" serve --db sqlite:dry.db --listen 127.0.0.1:0 --access-log access.log 2>serve.log >/dev/null &
server=$!
for _ in $(seq 600); do grep -q 'listening on' serve.log && break; sleep 0.1; done
expect 0 "All that was tried was understood" -- timeout 60 "$program" profile check mine.toml --api "$(grep -oE 'http://[0-9.:]+' serve.log | head -1)" --db sqlite:dry.db --buy
expect 0 "yes  SIMULATION_MODE is on" -- ff preflight --api "$(grep -oE 'http://[0-9.:]+' serve.log | head -1)" --db sqlite:dry.db --run-log off
same "its run is over" "stopped" "$(sqlite3 dry.db 'SELECT status FROM simulation_state ORDER BY run_id DESC LIMIT 1')"
kill $server; wait $server
# A paced run that is paused, resumed and ended by signals.
"$program" simulate --mock-api --time-scale 36000 --ramp off --activity persona --weeks 4 --seed 3 --db sqlite:dry.db --run-log steer.log >steer.out 2>steer.err &
child=$!
until grep -q cycle_ended steer.log 2>/dev/null; do :; done
kill -USR1 $child; until grep -q '^Paused' steer.err; do :; done
kill -USR2 $child; until grep -q '^Resumed' steer.err; do :; done
kill -TERM $child; wait $child
same "a run that is told to end ends well" "0" "$?"
same "its scale is kept" "36000" "$(sqlite3 dry.db 'SELECT rate_num / rate_den FROM simulation_state WHERE run_id = 3')"
same "the run is stopped" "stopped" "$(sqlite3 dry.db 'SELECT status FROM simulation_state WHERE run_id = 3')"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
