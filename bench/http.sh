#!/usr/bin/env bash
# The server with the bundled shop in SQLite: start to first answer, reads with wrk beside it, memory
# with 1,000 connections. Usage: bench/http.sh BUILD-FOLDER (in a folder of its own; bench/run.sh).
set -euo pipefail
footfall=$1/footfall
export FOOTFALL_ADMIN_TOKEN=admin-token-of-the-benchmark-0123456789
"$footfall" seed --db sqlite:http.db >/dev/null
port=$((20000 + RANDOM % 20000))
api=http://127.0.0.1:$port
serve() {
  SIMULATION_MODE=true "$footfall" serve --db sqlite:http.db --listen "127.0.0.1:$port" \
    --access-log access.log 2>serve.log &
  server=$!
  echo "$server" >server
}
started() { # milliseconds from start to first answer
  local began
  began=$(date +%s%N)
  serve
  until curl -sf -o /dev/null "$api/healthz"; do sleep 0.002; done
  echo $((($(date +%s%N) - began) / 1000000))
}
rate() { wrk -t1 -c"$1" -d4 --latency "${@:2}" | awk '/50%/{p50=$2} /99%/{p99=$2} /Requests\/sec/{r=$2} /Non-2xx/{bad=" NOT ALL 2xx"} END{printf "%10.0f/s   p50 %s  p99 %s%s\n", r, p50, p99, bad}'; }
trap 'kill $server 2>/dev/null || true' EXIT

times=()
for _ in 1 2 3 4 5; do
  started >time; times+=("$(cat time)")
  kill "$(cat server)"; sleep 0.3
done
echo "start to first answer, median of 5: $(printf '%s\n' "${times[@]}" | sort -n | sed -n 3p) ms"
serve
until curl -sf -o /dev/null "$api/healthz"; do sleep 0.01; done
curl -sf -o /dev/null -X POST "$api/simulation/start" -H "Authorization: Bearer $FOOTFALL_ADMIN_TOKEN" \
  -H 'Content-Type: application/json' -d '{"seed":7,"stagger":false}'
for _ in 1 2 3; do
  echo "GET /api/products, 50 rows:   $(rate 50 "$api/api/products?limit=50")"
  echo "GET /api/wallet, 32 coupons:  $(rate 50 -H 'Authorization: Bearer dev:1' "$api/api/wallet")"
done
wrk -t1 -c1000 -d3 -H 'Authorization: Bearer dev:1' "$api/api/wallet" >wrk.log &
sleep 2
echo "resident with 1,000 connections: $(awk '/VmRSS/{printf "%.0f MB", $2/1024}' "/proc/$server/status")"
wait %?wrk || true
