#!/usr/bin/env bash
# The benchmarks, as a table. Usage: bench/run.sh BUILD-FOLDER [day]. Prints medians of several runs; ratios
# are taken within one run, because machines are noisy.
set -euo pipefail
build=$(realpath "$1")
root=$(realpath "$(dirname "$0")/..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

echo "machine: $(nproc) cores, $(grep -m1 'model name' /proc/cpuinfo 2>/dev/null | cut -d: -f2 | xargs), $(uname -sm)"
echo
echo "-- state graph, trivial nodes, one core"
"$build"/bench/graph_bench --benchmark_min_time=0.5 2>/dev/null | grep -v '^-\|^Benchmark\|^$' || true
echo
echo "-- fast run, full behaviour, journal off, one core: 100,000 shoppers x 4 weeks"
"$build"/bench/fast_run_bench 100000 4 1
echo
echo "-- 372 shoppers x 52 weeks into SQLite, whole process, against a bare loop of inserts"
cp -r "$root/data" data
"$build"/footfall seed --db sqlite:year.db >/dev/null
"$build"/footfall simulate --fast --weeks 52 --seed 42 --db sqlite:year.db >/dev/null 2>&1
"$build"/bench/insert_bench year.db "$build"/footfall
echo
echo "-- whole shop sessions at the Store port, 50 in flight, full durability; refresh of 10,000 wallets"
"$build"/bench/store_bench
echo
echo "-- whole shop sessions over HTTP, PostgreSQL, full durability, beside pgbench"
"$build"/bench/http_bench "$build"/footfall
echo
echo "-- checkpoints: written to the disk, and taken up again"
"$build"/bench/checkpoint_bench
echo
echo "-- the server with the bundled shop in SQLite, wrk beside it"
"$root"/bench/http.sh "$build"
echo
echo "-- full shopper sessions over HTTP, one core, against canned answers; wrk beside it with the same mix"
"$root"/bench/load.sh "$build"
echo
echo "-- live runs over HTTP: everybody at once, idle, and with \`day\` 10,000 agents through a Saturday at scale 48"
"$root"/bench/live.sh "$build" "${2:-}"
