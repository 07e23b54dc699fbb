#!/usr/bin/env bash
# Goal: the OpenAPI file is right (R13, invariant 40). An independent linter reads it, and an
# independent client, made from it, calls every route of a running server; each answer is checked
# against the schema that the file has for it. Usage: openapi_test.sh PROGRAM WORK-FOLDER
set -euo pipefail
program=$1 work=$2
here=$(cd "$(dirname "$0")/openapi" && pwd)
mkdir -p "$work"
cp "$here"/{package.json,package-lock.json,spectral.yaml,exercise.mjs} "$work"
cd "$work"
# Installed once for each list of packages.
if ! cmp -s package-lock.json node_modules/installed.json; then
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/installed.json
fi

"$program" api openapi >openapi.json
echo "-- lint"
./node_modules/.bin/spectral lint openapi.json --ruleset spectral.yaml --fail-severity warn

run=$(mktemp -d)
server=
finish() {
  [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" || true
  rm -rf "$run"
}
trap finish EXIT
"$program" seed --db "sqlite:$run/shop.db" >/dev/null
export FOOTFALL_ADMIN_TOKEN=token-of-the-openapi-test-0123456789
export SUPABASE_JWT_ISSUER=https://project.example/auth/v1
export SUPABASE_JWT_SECRET=jwt-secret-of-the-openapi-test-0123456789
SIMULATION_MODE=true SUPABASE_ALLOW_HS256=true "$program" serve --db "sqlite:$run/shop.db" --listen 127.0.0.1:0 \
  --access-log off 2>"$run/log" &
server=$!
for _ in $(seq 100); do
  base=$(grep -o 'http://127\.0\.0\.1:[0-9]*' "$run/log" | head -1 || true)
  [ -n "$base" ] && break
  sleep 0.1
done
[ -n "$base" ] || { cat "$run/log"; exit 1; }
curl -sf "$base/openapi.json" | cmp - <(tr -d '\n' <openapi.json) || { echo "the server serves another file"; exit 1; }
echo "-- every route"
node exercise.mjs "$base" "$FOOTFALL_ADMIN_TOKEN" "$SUPABASE_JWT_ISSUER" "$SUPABASE_JWT_SECRET"
