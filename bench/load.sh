#!/usr/bin/env bash
# `footfall bench load` against `footfall bench echo`, beside wrk sending the same mix: one core each,
# the same number of connections. Medians of 3. Usage: bench/load.sh BUILD-FOLDER [SECONDS] (in a
# folder with data/sample).
set -euo pipefail
footfall=$1/footfall
seconds=${2:-8}
connections=50
here=$(realpath "$(dirname "$0")")
export FOOTFALL_ADMIN_TOKEN=admin-token-of-the-benchmark-0123456789
first=() second=() # cores, where they can be chosen
if command -v taskset >/dev/null; then first=(taskset -c 0) second=(taskset -c 1); fi

port=$((20000 + RANDOM % 20000))
api=http://127.0.0.1:$port
"${second[@]}" "$footfall" bench echo --listen "127.0.0.1:$port" --threads 1 >echo.log &
echo=$!
trap 'kill $echo 2>/dev/null || true' EXIT
until curl -sf -o /dev/null "$api/healthz"; do sleep 0.02; done
"$footfall" personas make --count 5000 --seed 1 --out people.csv >/dev/null

mapfile -t categories < <(tail -n +2 data/sample/products.csv | cut -d, -f3 | sort | uniq | sed 's/^/category=/')
loads=() wrks=()
for _ in 1 2 3; do
  "${first[@]}" "$footfall" bench load --api "$api" --for "${seconds}s" --connections $connections \
    --personas people.csv --seed 7 --json >load.json
  read -r rate sessions p50 p99 failed mix < <(python3 - load.json <<'PY'
import json, sys
r = json.load(open(sys.argv[1]))
mix = " ".join(f"{name}={count}" for name, count in r["requests_by_action"].items())
sent = r["latency_from_sent"]
print(round(r["requests_per_second"]), round(r["sessions_per_second"]), sent["p50_us"], sent["p99_us"],
      sum(r["errors"].values()) + r["failed_sessions"], mix)
PY
  )
  read -r -a mix <<<"$mix"
  beside=$("${first[@]}" wrk -t1 -c$connections -d"${seconds}s" --latency -s "$here/load.lua" "$api" -- "${mix[@]}" "${categories[@]}" |
    awk '/Requests\/sec/{r=$2} /Non-2xx/{bad=" NOT-ALL-2xx"} END{printf "%.0f%s", r, bad}')
  printf 'load %7d requests/s (%d sessions/s, from sent p50 %.2f ms, p99 %.2f ms, %d errors)   wrk %7s/s\n' \
    "$rate" "$sessions" "$(echo "$p50" | awk '{print $1/1000}')" "$(echo "$p99" | awk '{print $1/1000}')" "$failed" "$beside"
  loads+=("$rate") wrks+=("${beside%% *}")
done
median() { printf '%s\n' "$@" | sort -n | sed -n 2p; }
load=$(median "${loads[@]}") wrk=$(median "${wrks[@]}")
awk -v l="$load" -v w="$wrk" 'BEGIN{printf "medians: load %d/s, wrk %d/s, ratio %.2f (wanted: 25000/s and 0.5)\n", l, w, l / w}'
echo "other work on the machine: load average $(cut -d' ' -f1 /proc/loadavg 2>/dev/null || echo '?')"
