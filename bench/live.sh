#!/usr/bin/env bash
# `footfall simulate --api` beside `footfall serve` on the same machine, bundled shop, SQLite: how long a
# cycle takes in which all 372 shop; what the simulator costs when it is idle; with `day` as the second
# argument also 10,000 agents through a simulated Saturday at scale 48, which takes half an hour.
# Usage: bench/live.sh BUILD-FOLDER [day] (in a folder with data/).
set -euo pipefail
build=$1
footfall=$build/footfall
export FOOTFALL_ADMIN_TOKEN=admin-token-of-the-benchmark-0123456789
processes=()
trap 'for p in "${processes[@]}"; do kill "$p" 2>/dev/null || true; done' EXIT

# serve NAME: with the database sqlite:NAME.db; answers its port.
serve() {
  local port=$((20000 + RANDOM % 20000))
  SIMULATION_MODE=true "$footfall" serve --db "sqlite:$1.db" --listen "127.0.0.1:$port" \
    --access-log "$1.access" 2>"$1.serve" &
  processes+=("$!")
  until curl -sf -o /dev/null "http://127.0.0.1:$port/healthz"; do sleep 0.02; done
  echo "$port" >"$1.port"
}
memory() { awk '/VmHWM/{printf "%.0f MB", $2/1024}' "/proc/$1/status"; }
ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }

"$build"/bench/live_bench "$footfall"

"$footfall" seed --db sqlite:small.db >/dev/null
serve small
small=("$footfall" simulate --api "http://127.0.0.1:$(cat small.port)" --db sqlite:small.db --seed 7 --ramp off --run-log off --new --screen off)

"${small[@]}" --unpaced --rate-policy off --until 2026-01-12 >crowd.log 2>&1 &
simulator=$!
processes+=("$simulator")
while most=$(memory "$simulator" 2>/dev/null) && [ -n "$most" ]; do peak=$most; sleep 0.2; done
echo "372, a week of crowds, no rate limit: at most $peak resident"

# Two cycles begin meanwhile, in the small hours.
"${small[@]}" --activity persona --for 170s >idle.log 2>&1 &
simulator=$!
processes+=("$simulator")
sleep 10
before=$(ticks "$simulator")
sleep 150
after=$(ticks "$simulator")
awk -v t=$((after - before)) 'BEGIN{printf "372 at scale 48, idle: %.3f %% of a core\n", t / 150}'
wait "$simulator"

[ "${2:-}" = day ] || exit 0
"$footfall" personas make --count 10000 --seed 1 --out people.csv >/dev/null
# A Saturday from midnight to 16:00: the busiest hour of the week is in it.
rm -f running
for way in persona crowd; do
  "$footfall" seed --db "sqlite:$way.db" --personas people.csv >/dev/null
  serve "$way"
  flags=(--activity "$way")
  [ "$way" = persona ] || flags+=(--rate-policy off)
  "$footfall" simulate --api "http://127.0.0.1:$(cat "$way.port")" --db "sqlite:$way.db" --seed 7 --start 2026-01-10 \
    --ramp off --for 20m --run-log "$way.jsonl" --json "${flags[@]}" >"$way.json" 2>"$way.err" &
  simulators+=("$!")
  processes+=("$!")
  echo "$way $!" >>running
done
sleep $((20 * 60 - 20))
while read -r way simulator; do memory "$simulator" >"$way.memory"; done <running
for simulator in "${simulators[@]}"; do wait "$simulator"; done
while read -r way _; do
  python3 - "$way" <<'PY'
import json, sys
way = sys.argv[1]
r = json.load(open(way + ".json"))
print(f"10,000 agents at scale 48, {way}: until {r['now']}, {r['live']['late_cycles']} cycles late, "
      f"{r['shopping_sessions']} trips, {r['failed_trips']} failed, {open(way + '.memory').read()} resident")
PY
done <running
