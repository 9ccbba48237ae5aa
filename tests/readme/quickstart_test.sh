#!/usr/bin/env bash
# tools/quickstart prints the right answers to its three questions, and leaves no process or folder behind.
set -euo pipefail
cd "$1"
out=$(mktemp)
trap 'rm -f "$out"' EXIT
TMPDIR=$(mktemp -d) && export TMPDIR
tools/quickstart >"$out"
cat "$out"

expect() { grep -qE "$1" "$out" || { echo "quickstart did not print: $1" >&2; exit 1; }; }
expect "API server .*login-tokens .*running"
expect "Web shop .*checkout-redesign .*running"
expect "checkout-redesign .*4.*6"
expect "Web shop .*build .*the payment tests time out .*0\.41"
expect '^\$ tain sql --fresh "SELECT'
if grep -q "no network" "$out"; then
  echo "quickstart showed a failed run of another phase" >&2
  exit 1
fi
[ -z "$(ls -A "$TMPDIR")" ] || { echo "quickstart left files: $(ls "$TMPDIR")" >&2; exit 1; }
rmdir "$TMPDIR"
if grep -qs -- "$TMPDIR" /proc/[0-9]*/cmdline; then
  echo "quickstart left its daemon running" >&2
  exit 1
fi
